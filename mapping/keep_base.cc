#include "mapping/keep_base.h"

#include "mapping/charset.h"
#include "mapping/compile_row.h"
#include "mapping/wire.h"

namespace luqiao::mapping {

Written::Written(const Program& program, const Plan& plan) : covers_(plan.nodes) {
    const WireScope& scope = program.format->root_scope;
    root_.resize(scope.fields.size());
    for (const WireList& list : scope.lists) items_.emplace_back(list.scope.fields.size());
    lists_.resize(scope.lists.size());
    keys_.resize(scope.lists.size());
    block(program, program.body, nullptr);
    walk(plan.root, &root_);
}

void Written::block(const Program& program, const Block& rules, const EachRule* each) {
    for (const Rule& rule : rules.rules) {
        if (const auto* when = std::get_if<WhenRule>(&rule)) {
            for (const Block& branch : when->branches) block(program, branch, each);
        } else if (const auto* list = std::get_if<EachRule>(&rule)) {
            if (!writes(list->arrow)) continue;
            if (!list->columns) lists_[list->wire_list] = true;
            for (const Block& body : list->body) block(program, body, list);
        } else if (const auto* row = std::get_if<RowRule>(&rule)) {
            if (!writes(row->arrow)) continue;
            for (const std::size_t slot : row->wire) {
                (row->wire_in_item ? items_[each->wire_list] : root_)[slot] = true;
            }
            if (!row->wire_in_item || row->canonical.size() != 1 || row->wire.size() != 1) continue;
            const List& items = program.form->root.lists[each->list];
            const FieldRef& ref = row->canonical[0];
            if (!ref.in_item || items.scope.fields[ref.slot].path != items.key) continue;
            const WireList& wire = program.format->root_scope.lists[each->wire_list];
            keys_[each->wire_list] = &wire.scope.fields[row->wire[0]];
        }
    }
}

void Written::walk(const PathNode& node, const std::vector<bool>* scope) {
    if (node.items != nullptr) {
        covers_[node.number] = lists_[node.list];
        scope = &items_[node.list];
    } else if (node.leaf != nullptr) {
        covers_[node.number] = (*scope)[node.field];
    }
    for (const PathNode& attribute : node.attributes) walk(attribute, scope);
    for (const PathNode& child : node.children) walk(child, scope);
}

namespace {

Result<std::string> in_charset(const Format& format, std::string text) {
    if (format.charset == Charset::Utf8) return {std::move(text)};
    return from_utf8(text, format.charset);
}

}  // namespace

Result<std::string> keep_base(const Program& program,
                              std::string_view written,
                              std::string_view base) {
    const Format& format = *program.format;
    const Plan& plan = program.plan.of(program);
    Arena arena;
    {
        // Strictly, as when it was received: twice the same key, an undeclared prefix are errors.
        WireMessage message;
        LQ_CHECK(read_wire(plan, format, base, arena, message));
    }
    LQ_TRY(const std::string_view before, message_text(format, base, arena));
    LQ_TRY(const std::string_view after, message_text(format, written, arena));
    const Written rows(program, plan);
    if (format.kind == FormatKind::Json) {
        return in_charset(format, keep_json(rows, plan.root, after, before));
    }
    LQ_TRY(std::string merged, keep_xml(rows, plan, format, after, before));
    return in_charset(format, std::move(merged));
}

}  // namespace luqiao::mapping
