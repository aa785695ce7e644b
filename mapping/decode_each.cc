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
        out_.issues.list.push_back(too_many_items(
            list, rule, {most, items.count}, wire_pointer(format_, {nullptr, &wire_list, most})));
        issue_items_.emplace_back();
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
            std::size_t count = item;
            for (; column < rule.body.size(); ++column) {
                if (column_field(rule.body[column], format_, message_.root) != nullptr) ++count;
            }
            out_.issues.list.push_back(too_many_items(list, rule, {most, count},
                                                      wire_pointer(format_, {first, nullptr, 0})));
            issue_items_.emplace_back();
            return;
        }
        Row& row = rows.emplace_back(list.scope);
        const Here here{{&rule, item, base, column}, &row, nullptr};
        items_.push_back(here.at);
        block(plan_.ops.columns[op.blocks[0] + column], here);
    }
}

}  // namespace luqiao::mapping
