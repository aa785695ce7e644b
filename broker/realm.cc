#include "broker/realm.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::broker {
namespace {

/// Adds findings about one service or party file.
class RealmCheck {
public:
    RealmCheck(const Realm& realm, Diagnostics& findings) : realm_(realm), findings_(findings) {}

    /// @param where  the file without its ending, as findings name it
    void service(const Service& service, const std::string& where) {
        const auto form = realm_.bundle->form(service.form);
        if (form == nullptr) {
            return report("C501", where, fmt::format("没有表单 {}", service.form),
                          fmt::format("there is no form {}", service.form));
        }
        const auto list = form->find_list(service.items_list);
        if (!list || !mapping::find_field(form->root.lists[*list].scope, service.item_field)) {
            report("C502", where, fmt::format("表单中没有列表 {}", service.items_list),
                   fmt::format("the form has no list {} with {}", service.items_list,
                               service.item_field));
        }
        for (const ItemRule& item : service.items) {
            party(where, item.party);
            map(where, item.dispatch, service.form);
            if (!item.supplement.empty()) map(where, item.supplement, service.form);
            if (!item.withdraw.empty()) map(where, item.withdraw, {});
            if (!item.evidence.empty() && !form->find(item.evidence)) {
                report("C503", where,
                       fmt::format("事项 {} 的 evidence 字段 {} 不存在", item.code, item.evidence),
                       fmt::format("evidence field {} of item {} does not exist", item.evidence,
                                   item.code));
            }
        }
        for (const std::string& path : service.search.numbers) search_field(where, *form, path);
        for (const auto& name : service.search.names) {
            for (const std::string& path : name) search_field(where, *form, path);
        }
        for (const Observer& observer : service.observers) {
            party(where, observer.party);
            map(where, observer.map, {});
        }
    }

    /// @param versions  oldest first
    void versions(const std::string& code, const std::vector<Service>& versions) {
        for (std::size_t place = 1; place < versions.size(); ++place) {
            if (versions[place].version != versions[place - 1].version) continue;
            report("C513", code, fmt::format("第 {} 版有两个定义", versions[place].version),
                   fmt::format("version {} is defined twice", versions[place].version));
        }
    }

    void submitting_party(const Party& party) {
        for (const SubmitRight& right : party.submit) {
            map(party.code, right.map, {});
            for (const std::string& path : right.attachments) attachment(party, right, path);
            if (right.meaning != "application" && right.meaning != "supplement" &&
                right.meaning != "withdrawal" && right.meaning != "answer") {
                report(
                    "C506", party.code, fmt::format("不认识的 meaning {}", right.meaning),
                    fmt::format("meaning {} is none of application, supplement, withdrawal, answer",
                                right.meaning));
            }
        }
        if (!party.reply_map.empty()) map(party.code, party.reply_map, {});
    }

private:
    void search_field(const std::string& where,
                      const mapping::Form& form,
                      const std::string& path) {
        if (field_at(form, path) != nullptr) return;
        report("C503", where, fmt::format("[search] 的字段 {} 不存在", path),
               fmt::format("field {} of [search] does not exist", path));
    }

    void attachment(const Party& party, const SubmitRight& right, const std::string& path) {
        const mapping::Program* program = realm_.bundle->find(right.map);
        if (program == nullptr) return;
        const mapping::Field* field = field_at(*program->form, path);
        using Kind = mapping::TypeKind;
        const bool is_digest =
            field != nullptr && (field->type.kind == Kind::Blob ||
                                 (field->type.kind == Kind::Hex && field->type.size_max == 32));
        if (is_digest) return;
        report("C514", party.code,
               fmt::format("attachments：表单 {} 中没有摘要字段 {}（hex(32)）", program->form->name,
                           path),
               fmt::format("attachments: form {} has no field {} for a digest, hex(32)",
                           program->form->name, path));
    }

    /// In the form itself, or in a list of it; nullptr: there is none.
    static const mapping::Field* field_at(const mapping::Form& form, const std::string& path) {
        if (const auto slot = form.find(path)) return &form.root.fields[*slot];
        const std::size_t dot = std::min(path.rfind('.'), path.size());
        const auto list = form.find_list(path.substr(0, dot));
        if (!list) return nullptr;
        const mapping::Scope& scope = form.root.lists[*list].scope;
        const auto slot = mapping::find_field(scope, path.substr(std::min(dot + 1, path.size())));
        return slot ? &scope.fields[*slot] : nullptr;
    }

    void party(const std::string& where, const std::string& code) {
        const Party* found = realm_.party(code);
        if (found == nullptr) {
            report("C504", where, fmt::format("没有单位 {}", code),
                   fmt::format("there is no party {}", code));
        } else if (!found->push) {
            report("C507", where, fmt::format("单位 {} 没有 [push]，无法投递", code),
                   fmt::format("party {} has no [push]: nothing can be delivered to it", code));
        }
    }

    void map(const std::string& where, const std::string& name, const std::string& form) {
        const mapping::Program* program = realm_.bundle->find(name);
        if (program == nullptr) {
            report("C505", where, fmt::format("没有映射 {}", name),
                   fmt::format("there is no map {}", name));
        } else if (!form.empty() && program->form->name != form) {
            report("C508", where, fmt::format("映射 {} 不是表单 {} 的映射", name, form),
                   fmt::format("map {} is not one of form {}", name, form));
        }
    }

    void report(const std::string& code, const std::string& where, std::string zh, std::string en) {
        findings_.add(code, {where + ".toml", 1, 1, 1}, {std::move(zh), std::move(en)});
    }

    const Realm& realm_;
    Diagnostics& findings_;
};

}  // namespace

const Service* Realm::service_of_form(std::string_view form) const {
    for (const auto& [code, versions] : services) {
        if (!versions.empty() && versions.back().form == form) return &versions.back();
    }
    return nullptr;
}

const Service* Realm::service(std::string_view code, int version) const {
    for (const auto* versions : {&services, &retired}) {
        const auto found = versions->find(code);
        if (found == versions->end()) continue;
        for (const Service& one : found->second) {
            if (one.version == version) return &one;
        }
    }
    return nullptr;
}

std::string retired_file(std::string_view code, int version) {
    return fmt::format("kept/{}@{}.toml", code, version);
}

void check_realm(const Realm& realm, Diagnostics& findings) {
    if (realm.bundle == nullptr) return;
    RealmCheck check(realm, findings);
    for (const auto& [code, versions] : realm.services) {
        for (const Service& service : versions) check.service(service, code);
        check.versions(code, versions);
    }
    for (const auto& [code, versions] : realm.retired) {
        for (const Service& service : versions) {
            const std::string file = retired_file(code, service.version);
            check.service(service, file.substr(0, file.rfind('.')));
        }
    }
    for (const auto& [code, party] : realm.parties) check.submitting_party(party);
}

}  // namespace luqiao::broker
