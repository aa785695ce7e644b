#include "base/json.h"
#include "mapping/json_cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "authoring/golden.h"

namespace luqiao::authoring {
namespace {

std::string_view word(Severity severity) {
    switch (severity) {
        case Severity::Error: return "error";
        case Severity::Warning: return "warning";
        case Severity::Note: return "note";
    }
    return "error";
}

/// End of the string that begins at `begin`, behind its closing quote.
std::size_t string_end(std::string_view json, std::size_t begin) {
    std::size_t at = begin + 1;
    while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2U : 1U;
    return std::min(at + 1, json.size());
}

/// One issue as one line: code, severity, field, pointer, rule. Nothing: the cursor failed.
std::optional<std::string> issue_line(mapping::JsonCursor& cursor) {
    constexpr std::array<std::string_view, 5> kKeys{"code", "severity", "field", "pointer", "rule"};
    std::array<std::string, kKeys.size()> values;
    if (!cursor.enter('{')) return std::nullopt;
    do {
        const auto key = cursor.key();
        if (!key) return std::nullopt;
        const auto* const known = std::find(kKeys.begin(), kKeys.end(), *key);
        if (known == kKeys.end()) {
            cursor.fail(Errc::UnknownField, "an issue has code, severity, field, pointer and rule");
            return std::nullopt;
        }
        const auto text = cursor.string();
        if (!text) return std::nullopt;
        values[static_cast<std::size_t>(known - kKeys.begin())] = std::string(*text);
    } while (cursor.more('}'));
    if (cursor.failed()) return std::nullopt;
    return fmt::format("{}", fmt::join(values, " "));
}

bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

Result<std::vector<std::string>> issue_lines(std::string_view json) {
    constexpr std::size_t kDepthMax = 4;
    mapping::Arena arena;
    mapping::JsonCursor cursor;
    LQ_CHECK(cursor.open(json, arena, kDepthMax));
    std::vector<std::string> out;
    if (!cursor.enter('[')) return cursor.error();
    if (cursor.take(']')) return out;
    do {
        auto line = issue_line(cursor);
        if (!line) return cursor.error();
        out.push_back(*std::move(line));
    } while (cursor.more(']'));
    if (!cursor.failed() && !cursor.at_end())
        cursor.fail(Errc::ParseFailed, "text behind the list");
    if (cursor.failed()) return cursor.error();
    std::sort(out.begin(), out.end());
    return out;
}

std::string issues_json(const mapping::Issues& issues) {
    std::vector<std::string> lines;
    lines.reserve(issues.list.size());
    for (const mapping::Issue& issue : issues.list) {
        lines.push_back(JsonWriter()
                            .begin_object()
                            .field("code", info(issue.code).id)
                            .field("severity", word(issue.severity))
                            .field("pointer", issue.pointer)
                            .field("field", issue.field)
                            .field("rule", issue.rule.substr(0, issue.rule.find(':')))
                            .end_object()
                            .take());
    }
    std::sort(lines.begin(), lines.end());
    JsonWriter json;
    json.begin_array();
    for (const std::string& line : lines) json.raw(line);
    return laid_out(json.end_array().take());
}

std::string laid_out(std::string_view json) {
    std::string out;
    std::size_t depth = 0;
    const auto line = [&] { out += '\n' + std::string(depth * 2, ' '); };
    for (std::size_t at = 0; at < json.size();) {
        const char c = json[at];
        if (c == '"') {
            const std::size_t end = string_end(json, at);
            out += json.substr(at, end - at);
            at = end;
            continue;
        }
        ++at;
        if (is_blank(c)) continue;
        if (c == '{' || c == '[') {
            out += c;
            while (at < json.size() && is_blank(json[at])) ++at;
            const bool is_empty = at < json.size() && (json[at] == '}' || json[at] == ']');
            if (is_empty) {
                out += json[at++];
            } else {
                ++depth;
                line();
            }
        } else if (c == '}' || c == ']') {
            depth -= depth > 0 ? 1 : 0;
            line();
            out += c;
        } else {
            out += c;
            if (c == ',') line();
            if (c == ':') out += ' ';
        }
    }
    return out + '\n';
}

}  // namespace luqiao::authoring
