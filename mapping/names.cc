#include "mapping/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::mapping {
namespace {

void add_names(std::vector<Named>& out, const Scope& scope) {
    for (const Field& field : scope.fields) out.push_back({field.path, field.label.zh});
}

void add_names(std::vector<Named>& out, const WireScope& scope) {
    for (const WireField& field : scope.fields) out.push_back({field.path, field.label.zh});
}

std::string_view last_segment(std::string_view path) {
    return path.substr(path.rfind('.') + 1);
}

std::optional<std::size_t> find_in(const WireScope& scope, const PathSyntax& path) {
    const auto found =
        std::find_if(scope.fields.begin(), scope.fields.end(), [&](const WireField& field) {
            return field.path == path.text && (!path.is_attribute || field.is_attribute);
        });
    if (found == scope.fields.end()) return std::nullopt;
    return static_cast<std::size_t>(found - scope.fields.begin());
}

}  // namespace

std::optional<FieldRef> find_canonical(const NameScope& scope, const std::string& path) {
    if (scope.item != nullptr) {
        if (const auto slot = find_field(scope.item->scope, path)) return FieldRef{true, *slot};
    }
    if (const auto slot = scope.form.find(path)) return FieldRef{false, *slot};
    return std::nullopt;
}

std::optional<WireRef> find_wire(const NameScope& scope, const PathSyntax& path) {
    if (scope.wire_item != nullptr) {
        if (const auto slot = find_in(scope.wire_item->scope, path)) return WireRef{true, *slot};
    }
    if (scope.format == nullptr) return std::nullopt;
    if (const auto slot = find_in(scope.format->root_scope, path)) return WireRef{false, *slot};
    return std::nullopt;
}

std::optional<FieldRef> resolve_canonical(const NameScope& scope,
                                          const PathSyntax& path,
                                          Report& report) {
    if (const auto found = find_canonical(scope, path.text)) return found;
    std::vector<Named> names;
    if (scope.item != nullptr) add_names(names, scope.item->scope);
    add_names(names, scope.form.root);
    const bool is_list = scope.form.find_list(path.text).has_value();
    report.error(
        "M101", path.at,
        is_list ? Text{fmt::format("{}是列表，要用 each", path.text),
                       fmt::format("{} is a list: use each", path.text)}
                : Text{fmt::format("表单{}没有字段{}", scope.form.name, path.text),
                       fmt::format("form {} has no field {}", scope.form.name, path.text)},
        is_list ? Fix("each " + path.text) : as_fix(path.at, did_you_mean(path.text, names)));
    return std::nullopt;
}

std::optional<WireRef> resolve_wire(const NameScope& scope,
                                    const PathSyntax& path,
                                    Report& report) {
    if (const auto found = find_wire(scope, path)) return found;
    std::vector<Named> names;
    if (scope.wire_item != nullptr) add_names(names, scope.wire_item->scope);
    if (scope.format != nullptr) add_names(names, scope.format->root_scope);
    const std::string format = scope.format != nullptr ? scope.format->name : "";
    report.error("M101", path.at,
                 {fmt::format("格式{}没有字段{}", format, path.text),
                  fmt::format("format {} has no field {}", format, path.text)},
                 as_fix(path.at, did_you_mean(path.text, names)));
    return std::nullopt;
}

std::string did_you_mean(std::string_view word, const std::vector<Named>& names) {
    const auto by = [&](auto&& fits) -> std::string {
        const auto first = std::find_if(names.begin(), names.end(), fits);
        if (first == names.end()) return {};
        const bool is_only = std::none_of(std::next(first), names.end(), fits);
        return is_only ? std::string(first->path) : std::string{};
    };
    std::string out = by([&](const Named& one) { return one.label_zh == word; });
    if (out.empty()) out = by([&](const Named& one) { return last_segment(one.path) == word; });
    if (!out.empty()) return out;
    std::vector<std::string_view> paths;
    paths.reserve(names.size());
    for (const Named& one : names) paths.push_back(one.path);
    out = nearest(word, paths);
    if (!out.empty()) return out;
    return by([&](const Named& one) { return last_segment(one.path) == last_segment(word); });
}

Fix as_fix(const Position& at, const std::string& name) {
    return name.empty() ? Fix{} : write_instead(at, name);
}

}  // namespace luqiao::mapping
