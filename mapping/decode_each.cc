#include "mapping/decoder.h"

#include <algorithm>

namespace luqiao::mapping {

void Decoder::each(const EachRule& rule, const Op& op) {
    if (rule.arrow == Arrow::Write) return;
    if (rule.columns) return columns(rule, op);
    const List& list = program_.form->root.lists[rule.list];
    const WireList& wire_list = format_.root_scope.lists[rule.wire_list];
    WireItems& items = message_.root.lists[rule.wire_list];
    Rows& rows = out_.record.root().lists[rule.list];
    const std::size_t form_max = list.items_max == 0 ? SIZE_MAX : list.items_max;
    const std::size_t most = std::min(rule.items_max == 0 ? SIZE_MAX : rule.items_max, form_max);
    if (items.count > most) {
        note_too_many(
            list, rule, most,
            wire_pointer(format_, {nullptr, &format_.root_scope.lists[rule.wire_list], most}));
        if (!rule.drop_over) return;
    }
    const std::size_t base = rows.size();
    for (std::size_t item = 0; item < std::min(items.count, most); ++item) {
        Row& row = rows.emplace_back(list.scope);
        const Here here{{&rule, item, base}, &row, &items.rows[item]};
        items_.push_back(here.at);
        wire_required(wire_list.scope, items.rows[item], here.at);
        block(op.blocks[0], here);
        unread_bad(wire_list.scope, items.rows[item], here.at);
    }
}

/// An item for every column that has a value; the record's items have no gaps.
void Decoder::columns(const EachRule& rule, const Op& op) {
    const List& list = program_.form->root.lists[rule.list];
    auto& rows = out_.record.root().lists[rule.list];
    const std::size_t base = rows.size();
    const std::size_t form_max = list.items_max == 0 ? SIZE_MAX : list.items_max;
    const std::size_t most = std::min(rule.items_max == 0 ? SIZE_MAX : rule.items_max, form_max);
    for (std::size_t column = 0; column < rule.body.size(); ++column) {
        const WireField* first = column_field(rule.body[column], format_, message_.root);
        if (first == nullptr) continue;
        const std::size_t item = rows.size() - base;
        if (item == most) {
            note_too_many(list, rule, most, wire_pointer(format_, {first, nullptr, 0}));
            return;
        }
        Row& row = rows.emplace_back(list.scope);
        const Here here{{&rule, item, base, column}, &row, nullptr};
        items_.push_back(here.at);
        block(plan_.ops.columns[op.blocks[0] + column], here);
    }
}

void Decoder::note_too_many(const List& list,
                            const EachRule& rule,
                            std::size_t most,
                            std::string pointer) {
    IssueParts parts;
    parts.code = Errc::LimitExceeded;
    parts.severity = rule.drop_over ? Severity::Warning : Severity::Error;
    parts.pointer = std::move(pointer);
    parts.field = list.path;
    parts.rule = &rule.at;
    parts.label = list.label;
    parts.expected = fmt::format("at most {} items", most);
    out_.issues.list.push_back(make_issue(parts));
    issue_items_.emplace_back();
}

}  // namespace luqiao::mapping
