#include "broker/step_work.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::broker {
namespace {

bool contains(const std::vector<std::string>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// False, with the refusal, when the choice is empty or names an item the service does not have.
bool check_choice(Work& work, const Arrived& event) {
    if (!work.state().items.empty()) {
        work.refuse(Errc::Conflict, {"该办件已受理", "the case has been accepted already"});
        return false;
    }
    if (event.items.empty()) {
        work.refuse(Errc::MissingRequired, {"未选择任何申请事项", "no item was chosen"});
        return false;
    }
    for (const std::string& code : event.items) {
        if (work.rules().service.find(code) != nullptr) continue;
        work.refuse(Errc::BadValue, {fmt::format("本服务没有事项“{}”", code),
                                     fmt::format("the service has no item \"{}\"", code)});
        return false;
    }
    return true;
}

/// One Item per chosen rule, in the order of the catalogue.
void create_items(Work& work, const Arrived& event) {
    Case& one = work.state();
    for (const ItemRule& rule : work.rules().service.items) {
        if (!contains(event.items, rule.code)) continue;
        Item item;
        item.code = rule.code;
        item.serial = fmt::format("{}-{:02}", one.number, one.items.size() + 1);
        one.items.push_back(std::move(item));
    }
}

/// What could have been applied for along with `rule`, in both languages.
Text names_of_prerequisites(const Service& service, const ItemRule& rule) {
    Text names;
    for (const ItemRule& other : service.items) {
        if (!contains(rule.after, other.group)) continue;
        names.zh += (names.zh.empty() ? "" : "、") + other.label.zh;
        names.en +=
            (names.en.empty() ? "" : ", ") + (other.label.en.empty() ? other.code : other.label.en);
    }
    return names;
}

/// All items that lack what must come before them, in one refusal (第十二条 一次告知).
bool check_evidence(Work& work, const Arrived& event) {
    Text why;
    for (std::size_t index = 0; index < work.state().items.size(); ++index) {
        const ItemRule& rule = *work.rule(index);
        if (!rule.evidence_required || has_prerequisite(work, index) ||
            contains(event.evidence, rule.evidence)) {
            continue;
        }
        const Text names = names_of_prerequisites(work.rules().service, rule);
        why.zh += fmt::format("{}申请“{}”须先获批前置事项：请一并申请{}，或填写 {}",
                              why.zh.empty() ? "" : "；", rule.label.zh, names.zh, rule.evidence);
        why.en +=
            fmt::format("{}{} needs a granted prerequisite: apply for {} as well, or give {}",
                        why.en.empty() ? "" : "; ",
                        rule.label.en.empty() ? rule.code : rule.label.en, names.en, rule.evidence);
    }
    if (why.zh.empty()) return true;
    work.refuse(Errc::NotEligible, std::move(why));
    return false;
}

}  // namespace

void apply(Work& work, const Arrived& event) {
    if (!check_choice(work, event)) return;
    create_items(work, event);
    if (!check_evidence(work, event)) return;
    Case& one = work.state();
    one.service = work.rules().service.code;
    one.service_version = work.rules().service.version;
    one.accepted_at = work.now();
    work.note("case.accepted");
    work.tell_acceptance();
    const Reason reason{work.now(), {}, {}};
    for (std::size_t index = 0; index < one.items.size(); ++index) {
        if (has_prerequisite(work, index)) {
            work.move(index, ItemState::Held, reason);
            continue;
        }
        work.move_quietly(index, ItemState::Forwarding, reason);
        begin_forwarding(work, index, DeliveryKind::Dispatch);
    }
}

}  // namespace luqiao::broker
