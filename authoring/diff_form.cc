#include <map>

#include "authoring/condition_text.h"
#include "authoring/diff_list.h"

namespace luqiao::authoring {
namespace {

using mapping::Field;
using mapping::Form;
using mapping::List;
using mapping::Scope;
using mapping::Type;
using mapping::TypeKind;

/// Whether every value of `narrow` is one of `wide`. Both are of one kind.
bool fits_in(const Type& narrow, const Type& wide) {
    const bool size =
        wide.size_max == 0 || (narrow.size_max != 0 && narrow.size_max <= wide.size_max);
    const bool exact_size = narrow.kind != TypeKind::Hex || narrow.size_max == wide.size_max;
    // Digit ⊂ Ascii ⊂ Latin ⊂ Any, Ascii ⊂ Gb2312 ⊂ Gbk ⊂ Any: Latin alone is in no GB repertoire.
    using mapping::Repertoire;
    const bool latin =
        narrow.repertoire == Repertoire::Latin &&
        (wide.repertoire == Repertoire::Gb2312 || wide.repertoire == Repertoire::Gbk);
    return size && exact_size && !latin && narrow.repertoire <= wide.repertoire &&
           narrow.low >= wide.low && narrow.high <= wide.high &&
           narrow.precision - narrow.scale <= wide.precision - wide.scale &&
           narrow.scale <= wide.scale && narrow.table == wide.table;
}

void diff_type(const std::string& path, const Field& old, const Field& now, DiffList& out) {
    const std::string before = mapping::to_string(old.type);
    const std::string after = mapping::to_string(now.type);
    if (before == after) return;
    if (old.type.kind == now.type.kind && fits_in(old.type, now.type)) {
        out.safe({"field.type", path, before, after}, {"类型放宽", "the type is wider"});
    } else if (old.type.kind == now.type.kind && fits_in(now.type, old.type)) {
        out.breaking(
            {"field.type", path, before, after},
            {"类型收窄，原来能收的值会被拒绝", "the type is narrower: values are refused"});
    } else {
        out.breaking({"field.type", path, before, after},
                     {"类型改变", "the field is of another type"});
    }
}

void diff_field(const std::string& path, const Field& old, const Field& now, DiffList& out) {
    diff_type(path, old, now, out);
    if (!old.required && now.required) {
        out.breaking({"field.required", path, "?", "!"},
                     {"改为必填，缺少它的报文会被拒绝", "messages without it are refused"});
    } else if (old.required && !now.required) {
        out.review({"field.required", path, "!", "?"},
                   {"不再必填，接收方可能收不到", "receivers may find it missing"});
    }
    const std::string before = mapping::to_string(old.privacy);
    const std::string after = mapping::to_string(now.privacy);
    if (now.privacy < old.privacy) {
        out.breaking({"field.class", path, before, after},
                     {"隐私级别降低，更多单位可以接收", "more parties may be sent it"});
    } else if (old.privacy < now.privacy) {
        out.review({"field.class", path, before, after}, {"隐私级别提高", "the class is higher"});
    }
    if (old.label != now.label) {
        out.safe({"field.label", path, old.label.zh, now.label.zh}, {"名称改变", "another label"});
    }
}

void diff_scope(const std::string& prefix, const Scope& old, const Scope& now, DiffList& out) {
    std::map<std::string, const Field*> before;
    std::map<std::string, const Field*> after;
    for (const Field& field : old.fields) before[prefix + field.path] = &field;
    for (const Field& field : now.fields) after[prefix + field.path] = &field;
    pair_up(
        before, after,
        [&](const std::string& path, const Field* field) {
            out.breaking({"field.removed", path, mapping::to_string(field->type)},
                         {"字段删除，已有数据无处存放", "there is no place for its data"});
        },
        [&](const std::string& path, const Field* field) {
            const DiffList::Change change{"field.added", path, {}, mapping::to_string(field->type)};
            if (field->required) {
                out.breaking(change, {"新的必填字段，缺少它的报文会被拒绝",
                                      "messages without it are refused"});
            } else {
                out.safe(change, {"新的可选字段", "an optional field is new"});
            }
        },
        [&](const std::string& path, const Field* left, const Field* right) {
            diff_field(path, *left, *right, out);
        });
}

void diff_list(const std::string& path, const List& old, const List& now, DiffList& out) {
    if (old.key != now.key) {
        out.breaking({"list.key", path, old.key, now.key},
                     {"键改变，补正按另一字段合并", "supplements are merged by another field"});
    }
    const auto size = [](std::size_t max) { return max == 0 ? SIZE_MAX : max; };
    if (size(now.items_max) < size(old.items_max)) {
        out.breaking(
            {"list.max", path, fmt::format("{}", old.items_max), fmt::format("{}", now.items_max)},
            {"允许的条数减少", "fewer items are allowed"});
    } else if (old.items_max != now.items_max) {
        out.safe(
            {"list.max", path, fmt::format("{}", old.items_max), fmt::format("{}", now.items_max)},
            {"允许的条数增加", "more items are allowed"});
    }
    diff_scope(path + ".", old.scope, now.scope, out);
}

void diff_checks(const Form& old, const Form& now, DiffList& out) {
    const auto texts = [](const Form& form) {
        mapping::Program program;
        program.form = std::shared_ptr<const Form>(&form, [](const Form*) {});
        std::map<std::string, std::string> checks;
        for (const mapping::Check& check : form.checks) {
            checks[condition_text(program, nullptr, check.condition)] = check.message.zh;
        }
        for (const mapping::ItemCheck& one : form.item_checks) {
            const List& list = form.root.lists[one.list];
            checks[condition_text(program, &list, one.check.condition)] = one.check.message.zh;
        }
        return checks;
    };
    pair_up(
        texts(old), texts(now),
        [&](const std::string& check, const std::string& message) {
            out.review({"check.removed", check, message},
                       {"不再校验，原来拒绝的报文会被接受", "messages it refused are accepted"});
        },
        [&](const std::string& check, const std::string& message) {
            out.review({"check.added", check, {}, message},
                       {"新的校验，可能拒绝原来接受的报文", "messages may be refused by it"});
        },
        [](const std::string&, const std::string&, const std::string&) {});
}

std::map<std::string, const Form*> forms_of(const mapping::Bundle& bundle) {
    std::map<std::string, const Form*> out;
    for (const auto& [name, program] : bundle.programs()) {
        out[program.form->name] = program.form.get();
    }
    return out;
}

std::map<std::string, const List*> lists_of(const Form& form) {
    std::map<std::string, const List*> out;
    for (const List& list : form.root.lists) out[list.path] = &list;
    return out;
}

void diff_lists(const Form& old, const Form& now, DiffList& out) {
    pair_up(
        lists_of(old), lists_of(now),
        [&](const std::string& path, const List*) {
            out.breaking({"list.removed", path},
                         {"列表删除，已有数据无处存放", "there is no place for its data"});
        },
        [&](const std::string& path, const List*) {
            out.safe({"list.added", path}, {"新列表", "a new list"});
        },
        [&](const std::string& path, const List* left, const List* right) {
            diff_list(path, *left, *right, out);
        });
}

}  // namespace

void diff_forms(const mapping::Bundle& before, const mapping::Bundle& after, DiffList& out) {
    pair_up_files(forms_of(before), forms_of(after), {"forms", "form", {"表单", "form"}}, out,
                  [&](const Form& old, const Form& now) {
                      diff_scope("", old.root, now.root, out);
                      diff_lists(old, now, out);
                      diff_checks(old, now, out);
                  });
}

}  // namespace luqiao::authoring
