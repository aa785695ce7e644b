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

std::string address_of(const WireField& field) {
    std::string out;
    for (const std::string& segment : field.segments) out += (out.empty() ? "" : ".") + segment;
    return out;
}

/// By the field's name; a path with prefixes may also be the address.
std::optional<std::size_t> find_in(const WireScope& scope, const PathSyntax& path) {
    const auto found =
        std::find_if(scope.fields.begin(), scope.fields.end(), [&](const WireField& field) {
            const bool is_named =
                field.path == path.text || (path.has_prefix && address_of(field) == path.text);
            return is_named && (!path.is_attribute || field.is_attribute);
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

namespace {

/// The format's prefix with its colon for a prefix of the map, or of the format itself.
std::optional<std::string> prefix_in_format(const NameScope& scope, const std::string& prefix) {
    const std::string* uri = nullptr;
    if (scope.namespaces != nullptr) {
        for (const NamespaceSyntax& one : *scope.namespaces) {
            if (one.prefix == prefix) uri = &one.uri;
        }
    }
    for (const Namespace& one : scope.format->namespaces) {
        const bool is_it = uri != nullptr ? one.uri == *uri : one.prefix == prefix;
        if (is_it) return one.prefix.empty() ? std::string{} : one.prefix + ":";
    }
    return std::nullopt;
}

/// The name for all columns of an `each … cols`, `{n}` in place of this one's number; empty for a
/// name without the number: in place of `XM{n}` it would mean one field for every item.
std::string for_columns(const NameScope& scope, const PathSyntax& written, std::string name) {
    if (!written.is_column || name.empty()) return name;
    const std::size_t at = name.rfind(scope.column);
    return at == std::string::npos ? std::string{} : name.replace(at, scope.column.size(), "{n}");
}

}  // namespace

std::optional<PathSyntax> wire_path(const NameScope& scope,
                                    const PathSyntax& path,
                                    Report& report) {
    PathSyntax out = path;
    if (path.is_column && scope.column.empty()) {
        report.error("M100", path.at,
                     {"{n} 只能用在 each … cols(…) 之内", "{n} stands inside each … cols(…) only"});
        return std::nullopt;
    }
    for (std::size_t at = out.text.find("{n}"); path.is_column && at != std::string::npos;
         at = out.text.find("{n}", at)) {
        out.text.replace(at, 3, scope.column);
    }
    if (!path.has_prefix || scope.format == nullptr) return out;
    std::string text;
    std::size_t begin = 0;
    while (begin <= out.text.size()) {
        const std::size_t end = std::min(out.text.find('.', begin), out.text.size());
        std::string segment = out.text.substr(begin, end - begin);
        const std::size_t colon = segment.find(':');
        if (colon != std::string::npos) {
            const std::string prefix = segment.substr(0, colon);
            const auto own = prefix_in_format(scope, prefix);
            if (!own) {
                report.error("M101", path.at,
                             {fmt::format("格式{}没有前缀{}的命名空间", scope.format->name, prefix),
                              fmt::format("format {} has no namespace for the prefix {}",
                                          scope.format->name, prefix)},
                             fmt::format("ns {} = \"…\"", prefix));
                return std::nullopt;
            }
            segment.replace(0, colon + 1, *own);
        }
        text += (text.empty() ? "" : ".") + segment;
        begin = end + 1;
    }
    out.text = std::move(text);
    return out;
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
                                    const PathSyntax& written,
                                    Report& report) {
    const auto resolved = wire_path(scope, written, report);
    if (!resolved) return std::nullopt;
    const PathSyntax& path = *resolved;
    if (const auto found = find_wire(scope, path)) return found;
    std::vector<Named> names;
    if (scope.wire_item != nullptr) add_names(names, scope.wire_item->scope);
    if (scope.format != nullptr) add_names(names, scope.format->root_scope);
    const std::string format = scope.format != nullptr ? scope.format->name : "";
    report.error("M101", path.at,
                 {fmt::format("格式{}没有字段{}", format, path.text),
                  fmt::format("format {} has no field {}", format, path.text)},
                 as_fix(path.at, for_columns(scope, written, did_you_mean(path.text, names))));
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

std::string listed(const std::vector<std::string_view>& names) {
    constexpr std::size_t kShown = 5;
    const auto end = names.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, names.size()));
    std::string out = fmt::format("{}", fmt::join(names.begin(), end, ", "));
    if (names.size() > kShown) out += ", …";
    return out;
}

}  // namespace luqiao::mapping
