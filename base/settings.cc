#include "base/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <toml++/toml.h>

namespace luqiao {
namespace {

constexpr std::size_t kSettingsSizeMax = 1u << 20;
constexpr int kSettingsDepthMax = 16;

Position position(const toml::source_region& region, const std::string& file) {
    return {file, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column), 1};
}

Setting convert(const toml::node& node, const std::string& file, int depth, Diagnostics& findings) {
    Setting out{Setting::Table{}, position(node.source(), file)};
    if (depth > kSettingsDepthMax) {
        findings.add("C101", out.at, {"配置嵌套超过 16 层", "settings are nested deeper than 16"});
        return out;
    }
    if (const auto* table = node.as_table()) {
        Setting::Table fields;
        for (const auto& [key, child] : *table) {
            Setting value = convert(child, file, depth + 1, findings);
            value.at = position(key.source(), file);
            value.at.length = static_cast<int>(key.str().size());
            fields.emplace(std::string(key.str()), std::move(value));
        }
        out.value = std::move(fields);
    } else if (const auto* array = node.as_array()) {
        Setting::Array items;
        for (const auto& child : *array) items.push_back(convert(child, file, depth + 1, findings));
        out.value = std::move(items);
    } else if (const auto* text = node.as_string()) {
        out.value = text->get();
    } else if (const auto* integer = node.as_integer()) {
        out.value = integer->get();
    } else if (const auto* flag = node.as_boolean()) {
        out.value = flag->get();
    } else {
        findings.add("C101", out.at,
                     {"配置值只能是文本、整数、布尔、数组或表",
                      "a setting is text, an integer, a flag, an array or a table"});
    }
    return out;
}

bool fits(const Setting& value, SettingKind kind) {
    switch (kind) {
        case SettingKind::Text:
        case SettingKind::Path:
        case SettingKind::Secret: return std::holds_alternative<std::string>(value.value);
        case SettingKind::Time: {
            const auto* text = std::get_if<std::string>(&value.value);
            return text != nullptr && parse_duration(*text).has_value();
        }
        case SettingKind::Integer: return std::holds_alternative<std::int64_t>(value.value);
        case SettingKind::Flag: return std::holds_alternative<bool>(value.value);
        case SettingKind::Table: return std::holds_alternative<Setting::Table>(value.value);
        case SettingKind::List:
        case SettingKind::Tables: {
            const auto* array = std::get_if<Setting::Array>(&value.value);
            return array != nullptr &&
                   std::all_of(array->begin(), array->end(), [kind](const Setting& item) {
                       return kind == SettingKind::List
                                  ? std::holds_alternative<std::string>(item.value)
                                  : std::holds_alternative<Setting::Table>(item.value);
                   });
        }
    }
    std::abort();
}

Text kind_name(SettingKind kind) {
    switch (kind) {
        case SettingKind::Text: return {"文本", "text"};
        case SettingKind::Path: return {"路径文本", "a path"};
        case SettingKind::Secret: return {"密钥引用文本", "a reference to a secret"};
        case SettingKind::Time: return {"时长，如 \"10s\"", "a duration such as \"10s\""};
        case SettingKind::Integer: return {"整数", "an integer"};
        case SettingKind::Flag: return {"true 或 false", "true or false"};
        case SettingKind::Table: return {"表", "a table"};
        case SettingKind::List: return {"文本数组", "an array of text"};
        case SettingKind::Tables: return {"表数组 [[…]]", "an array of tables"};
    }
    std::abort();
}

[[noreturn]] void undeclared(std::string_view spec, std::string_view key) {
    fmt::print(stderr, "settings: '{}' does not declare '{}' with this kind\n", spec, key);
    std::abort();
}

}  // namespace

std::optional<Setting> parse_toml(std::string_view text,
                                  const std::string& file,
                                  Diagnostics& findings) {
    if (text.size() > kSettingsSizeMax) {
        findings.add("C100", {file, 1, 1, 1},
                     {"配置文件超过 1 MiB", "a settings file is larger than 1 MiB"});
        return std::nullopt;
    }
    try {
        const toml::table document = toml::parse(text, file);
        return convert(document, file, 0, findings);
    } catch (const toml::parse_error& failure) {
        findings.add("C100", position(failure.source(), file),
                     {fmt::format("不是合法的 TOML：{}", failure.description()),
                      fmt::format("not TOML: {}", failure.description())});
        return std::nullopt;
    }
}

bool same(const Setting& a, const Setting& b) {
    if (a.value.index() != b.value.index()) return false;
    if (const auto* table = std::get_if<Setting::Table>(&a.value)) {
        const auto& other = std::get<Setting::Table>(b.value);
        return std::equal(table->begin(), table->end(), other.begin(), other.end(),
                          [](const auto& one, const auto& two) {
                              return one.first == two.first && same(one.second, two.second);
                          });
    }
    if (const auto* array = std::get_if<Setting::Array>(&a.value)) {
        const auto& other = std::get<Setting::Array>(b.value);
        return std::equal(array->begin(), array->end(), other.begin(), other.end(), same);
    }
    if (const auto* text = std::get_if<std::string>(&a.value)) {
        return *text == std::get<std::string>(b.value);
    }
    if (const auto* number = std::get_if<std::int64_t>(&a.value)) {
        return *number == std::get<std::int64_t>(b.value);
    }
    return std::get<bool>(a.value) == std::get<bool>(b.value);
}

void overlay(Setting& base, const Setting& over) {
    auto* into = std::get_if<Setting::Table>(&base.value);
    const auto* from = std::get_if<Setting::Table>(&over.value);
    if (into == nullptr || from == nullptr) {
        base = over;
        return;
    }
    for (const auto& [key, value] : *from) {
        const auto [place, added] = into->try_emplace(key, value);
        if (!added) overlay(place->second, value);
    }
}

Section Section::check(const Spec& spec, const Setting& table, Diagnostics& findings) {
    Section section;
    section.spec_ = spec;
    section.table_ = table;
    auto* fields = std::get_if<Setting::Table>(&section.table_.value);
    if (fields == nullptr) {
        findings.add(
            "C111", table.at,
            {fmt::format("{} 应为表", spec.name), fmt::format("{} must be a table", spec.name)});
        section.table_.value = Setting::Table{};
        return section;
    }
    std::vector<std::string_view> names;
    for (const SettingField& field : spec.fields) {
        names.push_back(field.name);
        const auto found = fields->find(field.name);
        if (found == fields->end()) {
            if (!field.fallback && field.kind != SettingKind::Table &&
                field.kind != SettingKind::Tables) {
                findings.add("C112", table.at,
                             {fmt::format("{} 缺少必需的键 {}", spec.name, field.name),
                              fmt::format("{} lacks the required key {}", spec.name, field.name)});
            }
        } else if (!fits(found->second, field.kind)) {
            const Text kind = kind_name(field.kind);
            findings.add("C111", found->second.at,
                         {fmt::format("{} 应为{}", field.name, kind.zh),
                          fmt::format("{} must be {}", field.name, kind.en)});
            fields->erase(found);
        }
    }
    for (const auto& [key, value] : *fields) {
        if (std::find(names.begin(), names.end(), key) != names.end()) continue;
        const std::string_view meant = nearest(key, names);
        findings.add("C110", value.at,
                     {fmt::format("{} 没有键 {}", spec.name, key),
                      fmt::format("{} has no key {}", spec.name, key)},
                     {}, meant.empty() ? std::string{} : std::string(meant));
    }
    return section;
}

const SettingField& Section::field(std::string_view key,
                                   std::initializer_list<SettingKind> kinds) const {
    for (const SettingField& one : spec_.fields) {
        if (one.name == key && std::find(kinds.begin(), kinds.end(), one.kind) != kinds.end())
            return one;
    }
    undeclared(spec_.name, key);
}

const Setting* Section::find(std::string_view key) const {
    const auto& fields = std::get<Setting::Table>(table_.value);
    const auto found = fields.find(key);
    return found == fields.end() ? nullptr : &found->second;
}

bool Section::has(std::string_view key) const {
    return find(key) != nullptr;
}

std::string Section::text(std::string_view key) const {
    const SettingField& declared =
        field(key, {SettingKind::Text, SettingKind::Path, SettingKind::Secret});
    const Setting* found = find(key);
    return found != nullptr ? std::get<std::string>(found->value)
                            : std::string(declared.fallback.value_or(""));
}

std::int64_t Section::integer(std::string_view key) const {
    const SettingField& declared = field(key, {SettingKind::Integer});
    if (const Setting* found = find(key)) return std::get<std::int64_t>(found->value);
    const std::string_view fallback = declared.fallback.value_or("0");
    std::int64_t value = 0;
    std::from_chars(fallback.data(), fallback.data() + fallback.size(), value);
    return value;
}

bool Section::flag(std::string_view key) const {
    const SettingField& declared = field(key, {SettingKind::Flag});
    const Setting* found = find(key);
    return found != nullptr ? std::get<bool>(found->value) : declared.fallback == "true";
}

Duration Section::time(std::string_view key) const {
    const SettingField& declared = field(key, {SettingKind::Time});
    const Setting* found = find(key);
    return parse_duration(found != nullptr ? std::get<std::string>(found->value)
                                           : std::string(declared.fallback.value_or("0s")))
        .value_or(Duration{0});
}

std::vector<std::string> Section::list(std::string_view key) const {
    field(key, {SettingKind::List});
    std::vector<std::string> out;
    if (const Setting* found = find(key)) {
        for (const Setting& item : std::get<Setting::Array>(found->value)) {
            out.push_back(std::get<std::string>(item.value));
        }
    }
    return out;
}

const Setting* Section::table(std::string_view key) const {
    field(key, {SettingKind::Table});
    return find(key);
}

std::vector<const Setting*> Section::tables(std::string_view key) const {
    field(key, {SettingKind::Tables});
    std::vector<const Setting*> out;
    if (const Setting* found = find(key)) {
        for (const Setting& item : std::get<Setting::Array>(found->value)) out.push_back(&item);
    }
    return out;
}

Position Section::at(std::string_view key) const {
    const Setting* found = find(key);
    return found != nullptr ? found->at : table_.at;
}

}  // namespace luqiao
