#include "mapping/issue.h"

#include "base/json.h"
#include "base/text_json.h"

#include <fmt/format.h>

namespace luqiao::mapping {
namespace {

constexpr std::size_t kGotMax = 64;  // characters

std::string shown(std::string_view got, Privacy privacy) {
    if (!is_utf8(got)) return {};
    const std::string_view head = prefix_code_points(got, kGotMax);
    switch (privacy) {
        case Privacy::C0:
        case Privacy::C1: return std::string(head);
        case Privacy::C2:
        case Privacy::C3: return masked(head);
    }
    return {};
}

std::string named(const std::string& label, std::string_view wire_name, const std::string& field) {
    if (label.empty()) return wire_name.empty() ? field : std::string(wire_name);
    return wire_name.empty() ? label : fmt::format("{}({})", label, wire_name);
}

/// What is said when nothing is known about what was expected: the catalogue's own words.
Text worded(const IssueParts& parts, const std::string& zh, const std::string& en) {
    const std::string& expected = parts.expected;
    const ErrorInfo& what = info(parts.code);
    if (parts.code == Errc::MissingRequired) {
        return {fmt::format("{} 必填", zh), fmt::format("{} is required", en)};
    }
    if (parts.code == Errc::UnmappedCode) {
        return {fmt::format("{} 的代码不在代码表中，应为 {}", zh, expected),
                fmt::format("the code of {} is in no row of the code table: {} expected", en,
                            expected)};
    }
    if (parts.code == Errc::ExpiredCode) {
        return {fmt::format("{} 的代码在业务日期无效", zh),
                fmt::format("the code of {} was not valid on that date", en)};
    }
    if (parts.code == Errc::NotEncodable) {
        return {fmt::format("{} 有无法用接收方格式表示的字符或值：{}", zh, expected),
                fmt::format("{} cannot be represented in the receiver's format: {}", en, expected)};
    }
    if (expected.empty()) {
        return {fmt::format("{} {}", zh, what.title_zh), fmt::format("{}: {}", en, what.title_en)};
    }
    return {fmt::format("{} 应为 {}", zh, expected), fmt::format("{} should be {}", en, expected)};
}

std::string_view to_word(Severity severity) {
    switch (severity) {
        case Severity::Error: return "error";
        case Severity::Warning: return "warning";
        case Severity::Note: return "note";
    }
    return {};
}

}  // namespace

Issue make_issue(const IssueParts& parts) {
    Issue issue;
    issue.code = parts.code;
    issue.severity = parts.severity;
    issue.pointer = parts.pointer;
    issue.field = parts.field;
    if (parts.rule != nullptr && parts.rule->line > 0) {
        issue.rule =
            fmt::format("{}:{}:{}", parts.rule->file, parts.rule->line, parts.rule->column);
    }
    issue.expected = parts.expected;
    issue.got_masked = shown(parts.got, parts.privacy);
    issue.message = worded(parts, named(parts.label.zh, parts.wire_name, parts.field),
                           named(parts.label.en, parts.wire_name, parts.field));
    return issue;
}

std::string to_json(const Issue& issue, std::string_view bundle) {
    JsonWriter json;
    json.begin_object()
        .field("code", info(issue.code).id)
        .field("pointer", issue.pointer)
        .field("field", issue.field)
        .field("rule", issue.rule)
        .field("expected", issue.expected)
        .field("got_masked", issue.got_masked)
        .field("severity", to_word(issue.severity));
    write_text(json, "message", issue.message);
    if (!bundle.empty()) json.field("bundle", bundle);
    json.end_object();
    return json.take();
}

}  // namespace luqiao::mapping
