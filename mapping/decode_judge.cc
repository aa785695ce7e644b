#include "mapping/decoder.h"
#include "mapping/evaluate.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

bool same_item(const ItemPlace& left, const ItemPlace& right) {
    return left.each == right.each && left.item == right.item;
}

}  // namespace

/// Beyond the limit an error replaces the last issue: it must never be lost.
bool Decoder::add(const RowFinding& finding) {
    if (out_.issues.list.size() < kIssuesMax) {
        out_.issues.list.push_back(row_issue(program_, finding));
        issue_items_.push_back(finding.at);
        return true;
    }
    if (finding.severity != Severity::Error) return false;
    out_.issues.list.back() = row_issue(program_, finding);
    issue_items_.back() = finding.at;
    return true;
}

const Row* Decoder::item_row(const ItemPlace& at) const {
    if (at.each == nullptr) return nullptr;
    return &out_.record.root().lists[at.each->list][at.base + at.item];
}

const Slot& Decoder::slot_at(const FieldRef& ref, const ItemPlace& at) const {
    const Row* item = ref.in_item ? item_row(at) : nullptr;
    return (item != nullptr ? *item : out_.record.root()).slots[ref.slot];
}

bool Decoder::was_said(const FieldRef& ref, const ItemPlace& at) const {
    return std::any_of(said_.begin(), said_.end(), [&](const Said& said) {
        return said.field == ref && (!ref.in_item || same_item(said.at, at));
    });
}

/// What the format itself demands, whatever the rows do.
void Decoder::wire_required(const WireScope& scope, const WireRow& row, const ItemPlace& at) {
    for (const std::uint16_t slot :
         plan_.wire_required[at.each != nullptr ? 1 + at.each->wire_list : 0]) {
        const SlotState state = row.slots[slot].state;
        if (state == SlotState::Value || state == SlotState::Bad) continue;
        if (!is_demanded(scope, row, slot)) continue;
        RowFinding finding;
        finding.code = Errc::MissingRequired;
        finding.wire = &scope.fields[slot];
        finding.at = at;
        add(finding);
        const RowRule* reader = row_of_wire(program_, scope.fields[slot], at);
        if (reader == nullptr) continue;
        for (const FieldRef& field : reader->canonical) said_.push_back({at, field});
    }
}

/// A value of the wrong kind that no row has looked at.
void Decoder::unread_bad(const WireScope& scope, const WireRow& row, const ItemPlace& at) {
    const auto is_bad = [](const Slot& slot) { return slot.state == SlotState::Bad; };
    if (std::none_of(row.slots.begin(), row.slots.end(), is_bad)) return;
    for (std::size_t slot = 0; slot < scope.fields.size(); ++slot) {
        const Slot& wire = row.slots[slot];
        if (wire.state != SlotState::Bad || wire.reason == kReported) continue;
        RowFinding finding;
        finding.code = wire.reason;
        finding.wire = &scope.fields[slot];
        finding.at = at;
        finding.expected = wire_type_name(scope.fields[slot].type);
        finding.got = wire.text();
        add(finding);
    }
}

void Decoder::judge_pending() {
    for (const Pending& pending : pending_) {
        if (pending.check != nullptr) {
            judge_check(*pending.check, pending.at);
        } else {
            judge_required(pending);
        }
    }
}

void Decoder::judge_required(const Pending& pending) {
    const RowRule& rule = *pending.row;
    const Operands operands{out_.record.root(), item_row(pending.at), &context_};
    if (!rule.required && !(rule.required_when && holds(*rule.required_when, operands))) return;
    for (std::size_t part = 0; part < rule.canonical.size(); ++part) {
        const FieldRef& ref = rule.canonical[part];
        const SlotState state = slot_at(ref, pending.at).state;
        if (state == SlotState::Value || state == SlotState::Bad) continue;
        if (was_said(ref, pending.at)) continue;
        report(rule, pending.at, {Errc::MissingRequired, {}, {}}, Severity::Error, part);
        said_.push_back({pending.at, ref});
    }
}

/// Nothing is said about a condition on a field that could not be read: the reader was told why.
void Decoder::judge_check(const Check& check, const ItemPlace& at) {
    const Operands operands{out_.record.root(), item_row(at), &context_};
    if (holds(check.condition, operands) || depends_on_bad(check.condition, operands)) return;
    RowFinding finding;
    finding.code = check.eligibility ? Errc::NotEligible : Errc::RuleViolated;
    finding.canonical = check.field ? &*check.field : nullptr;
    finding.at = at;
    if (check.field) finding.got = slot_at(*check.field, at).text();
    if (!add(finding)) return;
    Issue& issue = out_.issues.list.back();
    issue.message = check.message;
    issue.rule = fmt::format("{}:{}:{}", check.at.file, check.at.line, check.at.column);
}

void Decoder::form_rules() {
    form_required(out_.record.root(), {});
    for (const ItemPlace& at : items_) {
        form_required(*item_row(at), at);
    }
    for (const Check& check : program_.form->checks) judge_check(check, {});
    if (program_.form->item_checks.empty()) return;
    for (const ItemPlace& at : items_) {
        for (const ItemCheck& one : program_.form->item_checks) {
            if (one.list == at.each->list) judge_check(one.check, at);
        }
    }
}

void Decoder::form_required(const Row& row, const ItemPlace& at) {
    for (const std::uint16_t slot :
         plan_.form_required[at.each != nullptr ? 1 + at.each->list : 0]) {
        const SlotState state = row.slots[slot].state;
        if (state == SlotState::Value || state == SlotState::Bad) continue;
        const FieldRef ref{at.each != nullptr, slot};
        if (was_said(ref, at)) continue;
        RowFinding finding;
        finding.code = Errc::MissingRequired;
        finding.canonical = &ref;
        finding.at = at;
        add(finding);
    }
}

/// `each … ; bad drop`: an item with an error goes, its issues stay as warnings.
void Decoder::drop_items() {
    for (std::size_t issue = 0; issue < issue_items_.size(); ++issue) {
        const ItemPlace& at = issue_items_[issue];
        if (at.each == nullptr || out_.issues.list[issue].severity != Severity::Error) continue;
        const bool is_dropped =
            at.each->drop_bad || std::any_of(dropped_.begin(), dropped_.end(),
                                             [&](const auto& drop) { return same_item(drop, at); });
        if (!is_dropped) continue;
        out_.issues.list[issue].severity = Severity::Warning;
        dropped_.push_back(at);
    }
    std::sort(dropped_.begin(), dropped_.end(), [](const ItemPlace& a, const ItemPlace& b) {
        return a.base + a.item > b.base + b.item;
    });
    for (std::size_t drop = 0; drop < dropped_.size(); ++drop) {
        const ItemPlace& at = dropped_[drop];
        const bool again =
            std::any_of(dropped_.begin(), dropped_.begin() + static_cast<std::ptrdiff_t>(drop),
                        [&](const auto& other) { return same_item(other, at); });
        if (at.each == nullptr || again) continue;
        out_.record.root().lists[at.each->list].erase(at.base + at.item);
    }
}

}  // namespace luqiao::mapping
