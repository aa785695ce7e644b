#include <algorithm>

#include "authoring/sheet_export.h"

namespace luqiao::authoring {
namespace {

/// The paths of a side: "(a, b)" are two, a constant is none. Quotes of segments go.
std::vector<std::string> paths_of(std::string side) {
    if (side.starts_with("const")) return {};
    std::erase_if(side, [](char c) { return c == '(' || c == ')' || c == '"'; });
    std::vector<std::string> out;
    for (const std::string_view piece : split(side, ',')) out.emplace_back(trimmed(piece));
    return out;
}

/// Without the prefix of a namespace and the sign of an attribute.
std::string bare(const std::string& path) {
    std::string out;
    for (const std::string_view segment : split(path, '.')) {
        std::string_view name = segment.substr(segment.find(':') + 1);
        if (name.starts_with('@')) name.remove_prefix(1);
        if (!out.empty()) out += '.';
        out += name;
    }
    return out;
}

template <class Fields>
std::string label_in(const Fields& fields, const std::string& path) {
    for (const auto& field : fields) {
        if (field.path == path || bare(field.path) == bare(path)) return field.label.zh;
    }
    return {};
}

template <class Lists>
auto list_in(const Lists& lists, const std::string& path) -> decltype(&lists[0]) {
    for (const auto& list : lists) {
        if (list.path == path || bare(list.path) == bare(path)) return &list;
    }
    return nullptr;
}

void join(std::string& out, const std::string& more) {
    if (!out.empty() && !more.empty()) out += "、";
    out += more;
}

}  // namespace

FieldLabels::FieldLabels(const mapping::Program& program)
    : program_(program), levels_{{false, &program.form->root, &program.format->root_scope}} {}

void FieldLabels::add(SheetCells& cells) {
    const std::string& kind = cell(cells, SheetColumn::Kind);
    const std::string& target = cell(cells, SheetColumn::Target);
    const std::string& source = cell(cells, SheetColumn::Source);
    if (kind.ends_with("end")) {
        if (levels_.size() > 1) levels_.pop_back();
        return;
    }
    if (kind.ends_with("when")) {
        levels_.push_back(levels_.back());
        return;
    }
    std::string& target_label = cell(cells, SheetColumn::TargetLabel);
    std::string& source_label = cell(cells, SheetColumn::SourceLabel);
    if (kind.ends_with("each")) {
        Level level{true, levels_.back().scope, levels_.back().wire};
        if (const auto* list = list_in(level.scope->lists, target)) {
            target_label = list->label.zh;
            level.scope = &list->scope;
        }
        if (const auto* list = list_in(level.wire->lists, source)) level.wire = &list->scope;
        levels_.push_back(level);
        return;
    }
    if (cell(cells, SheetColumn::Arrow).empty()) return;
    for (const std::string& path : paths_of(target)) {
        std::string label = label_in(levels_.back().scope->fields, path);
        if (label.empty()) label = label_in(program_.form->root.fields, path);
        join(target_label, label);
    }
    for (const std::string& path : paths_of(source)) {
        std::string label = label_in(levels_.back().wire->fields, path);
        if (label.empty()) label = label_in(program_.format->root_scope.fields, path);
        join(source_label, label);
    }
}

}  // namespace luqiao::authoring
