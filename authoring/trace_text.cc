#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>

#include "authoring/text_table.h"
#include "authoring/trace.h"

namespace luqiao::authoring {
namespace {

using mapping::Issue;
using mapping::SlotState;

/// In a terminal the whole of a long text hides what matters.
constexpr std::size_t kShownMax = 60;

std::string_view state_word(SlotState state) {
    switch (state) {
        case SlotState::Absent: return "absent";
        case SlotState::Cleared: return "cleared";
        case SlotState::Value: return "value";
        case SlotState::Bad: return "bad";
    }
    return "absent";
}

std::string_view severity_word(Severity severity) {
    switch (severity) {
        case Severity::Error: return "error";
        case Severity::Warning: return "warning";
        case Severity::Note: return "note";
    }
    return "error";
}

std::string quoted_text(std::string_view text) {
    const std::string line = one_line(text);
    const std::string_view head = prefix_code_points(line, kShownMax);
    return fmt::format("\"{}{}\"", head, head.size() < line.size() ? "…" : "");
}

std::string value_text(SlotState state, const std::string& text, Errc reason) {
    switch (state) {
        case SlotState::Absent: return "缺";
        case SlotState::Cleared: return "清空";
        case SlotState::Value: return quoted_text(text);
        case SlotState::Bad:
            return fmt::format("✗{}{}", info(reason).id,
                               text.empty() ? "" : " " + quoted_text(text));
    }
    return {};
}

std::string verdict(const Trace& trace) {
    if (trace.rejected()) return "rejected";
    return trace.issues.empty() ? "ok" : "ok with issues";
}

/// `"19900102" → date(yyyyMMdd) "1990-01-02"`
std::string steps_text(const TraceEntry& entry) {
    std::string out;
    for (const TraceStep& step : entry.steps) {
        const bool is_first = &step == &entry.steps.front();
        const bool is_side =
            step.what == entry.canonical || step.what == entry.wire || step.what == "const";
        if (!is_first) out += " → ";
        if (!is_first || !is_side) out += step.what + " ";
        out += value_text(step.state, step.text, step.reason);
    }
    return out;
}

std::string operands_text(const TraceEntry& entry) {
    std::vector<std::string> parts;
    for (const TraceOperand& one : entry.operands) {
        parts.push_back(
            fmt::format("{} = {}", one.name, value_text(one.state, one.text, Errc::BadValue)));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

bool is_missing(const TraceEntry& entry) {
    return entry.holds && (entry.steps.empty() || entry.steps.back().state == SlotState::Absent ||
                           entry.steps.back().state == SlotState::Cleared);
}

/// "#2 E2004": where to look below.
std::string issue_numbers(const TraceEntry& entry, const std::vector<Issue>& issues) {
    std::vector<std::string> parts;
    for (const std::size_t at : entry.issues) {
        parts.push_back(fmt::format("#{} {}", at + 1, info(issues[at].code).id));
    }
    return fmt::format("{}", fmt::join(parts, " "));
}

/// What else there is to say about a row.
std::string remark(const TraceEntry& entry, const std::vector<Issue>& issues) {
    std::vector<std::string> parts;
    if (!entry.condition.empty()) {
        parts.push_back(fmt::format("req when {} [{}]: {}", entry.condition, operands_text(entry),
                                    entry.holds ? "必填" : "不必填"));
    } else if (is_missing(entry)) {
        parts.emplace_back("必填 req");
    }
    if (!entry.act.empty()) parts.push_back("; " + entry.act);
    if (entry.dropped) parts.emplace_back("该条已丢弃 dropped");
    if (!entry.issues.empty()) parts.push_back(issue_numbers(entry, issues));
    return fmt::format("{}", fmt::join(parts, " "));
}

void add_entry(TextTable& table, const TraceEntry& entry, const std::vector<Issue>& issues) {
    const std::string line = fmt::format("{}", entry.rule.line);
    const std::string indent(2 * entry.depth, ' ');
    switch (entry.kind) {
        case TraceEntry::Kind::Row:
            table.add({line, indent + entry.canonical, entry.arrow, entry.wire, steps_text(entry),
                       remark(entry, issues)});
            return;
        case TraceEntry::Kind::When:
            table.add({line, indent + "when " + entry.condition, "", "", operands_text(entry),
                       entry.holds ? "成立 true" : "不成立 false"});
            return;
        case TraceEntry::Kind::Each:
            table.add({line, indent + "each " + entry.canonical, entry.arrow, entry.wire,
                       fmt::format("{}条", entry.items), remark(entry, issues)});
            return;
        case TraceEntry::Kind::Check:
            if (entry.holds) return;
            table.add({line, indent + "check " + entry.condition, "", "", operands_text(entry),
                       (entry.undecided ? "无法判断 undecided " : "不成立 false ") +
                           issue_numbers(entry, issues)});
            return;
    }
}

std::string issues_text(const std::vector<Issue>& issues) {
    std::string out;
    for (std::size_t at = 0; at < issues.size(); ++at) {
        const Issue& one = issues[at];
        out += fmt::format("  #{} {} {} {}: {} | {}{}{}\n", at + 1, severity_word(one.severity),
                           info(one.code).id, one.pointer, one.message.zh, one.message.en,
                           one.got_masked.empty() ? "" : " [" + one_line(one.got_masked) + "]",
                           one.rule.empty() ? "" : " (" + one.rule + ")");
    }
    return out;
}

void write_position(JsonWriter& json, const Position& at) {
    json.key("rule")
        .begin_object()
        .field("file", at.file)
        .field("line", at.line)
        .field("column", at.column)
        .end_object();
}

void write_value(JsonWriter& json, SlotState state, const std::string& text) {
    json.field("state", state_word(state));
    if (state == SlotState::Value || !text.empty()) json.field("value", text);
}

void write_steps(JsonWriter& json, const TraceEntry& entry) {
    json.key("steps").begin_array();
    for (const TraceStep& step : entry.steps) {
        json.begin_object().field("what", step.what);
        write_value(json, step.state, step.text);
        if (step.state == SlotState::Bad) json.field("reason", info(step.reason).id);
        json.end_object();
    }
    json.end_array();
}

void write_condition(JsonWriter& json, const TraceEntry& entry) {
    json.field("condition", entry.condition).field("holds", entry.holds);
    json.key("operands").begin_array();
    for (const TraceOperand& one : entry.operands) {
        json.begin_object().field("name", one.name);
        write_value(json, one.state, one.text);
        json.end_object();
    }
    json.end_array();
}

void write_entry(JsonWriter& json, const TraceEntry& entry) {
    constexpr std::string_view kKinds[] = {"row", "when", "each", "check"};
    json.begin_object().field("kind", kKinds[static_cast<std::size_t>(entry.kind)]);
    write_position(json, entry.rule);
    if (entry.item) json.field("item", std::uint64_t{*entry.item});
    if (entry.kind == TraceEntry::Kind::Row || entry.kind == TraceEntry::Kind::Each) {
        json.field("canonical", entry.canonical)
            .field("wire", entry.wire)
            .field("arrow", entry.arrow);
    }
    if (entry.kind == TraceEntry::Kind::Row) {
        json.field("chain", entry.chain).field("act", entry.act).field("dropped", entry.dropped);
        json.field("required", entry.holds);
        if (!entry.steps.empty())
            write_value(json, entry.steps.back().state, entry.steps.back().text);
        write_steps(json, entry);
    }
    if (entry.kind == TraceEntry::Kind::Each) json.field("items", std::uint64_t{entry.items});
    if (entry.kind == TraceEntry::Kind::Check) {
        json.field("canonical", entry.canonical).field("undecided", entry.undecided);
    }
    if (!entry.condition.empty()) write_condition(json, entry);
    json.key("issues").begin_array();
    for (const std::size_t at : entry.issues) json.value(std::uint64_t{at});
    json.end_array().end_object();
}

}  // namespace

std::string to_table(const Trace& trace) {
    TextTable table({"行", "表单字段", "", "报文字段", trace.encodes ? "写出" : "读入", "说明"});
    for (const TraceEntry& entry : trace.entries) add_entry(table, entry, trace.issues);
    std::string out = fmt::format("{} {} · {}\n", trace.map,
                                  trace.encodes ? "写出 encode" : "读入 decode", trace.bundle);
    out += table.render();
    if (!trace.unread.empty()) out += "没有行读取的字段 | fields that no row read:\n";
    for (const TraceUnread& one : trace.unread) {
        out += fmt::format("  {} = {}\n", one.pointer, quoted_text(one.text));
    }
    if (!trace.issues.empty()) out += "问题 | issues:\n" + issues_text(trace.issues);
    if (!trace.agrees) {
        out += "警告：以上过程与实际结果不一致 | warning: the trace differs from the result\n";
    }
    return out + fmt::format("结论 | verdict: {}\n", verdict(trace));
}

std::string to_json(const Trace& trace) {
    JsonWriter json;
    json.begin_object()
        .field("map", trace.map)
        .field("bundle", trace.bundle)
        .field("direction", trace.encodes ? "encode" : "decode")
        .field("verdict", verdict(trace))
        .field("agrees", trace.agrees)
        .key("rows")
        .begin_array();
    for (const TraceEntry& entry : trace.entries) write_entry(json, entry);
    json.end_array().key("unread").begin_array();
    for (const TraceUnread& one : trace.unread) {
        json.begin_object().field("pointer", one.pointer).field("value", one.text).end_object();
    }
    json.end_array().key("issues").begin_array();
    for (const Issue& issue : trace.issues) json.raw(mapping::to_json(issue));
    json.end_array().end_object();
    return json.take();
}

std::string issues_json(const Trace& trace) {
    JsonWriter json;
    json.begin_object()
        .field("map", trace.map)
        .field("bundle", trace.bundle)
        .field("verdict", verdict(trace))
        .key("issues")
        .begin_array();
    for (const Issue& issue : trace.issues) json.raw(mapping::to_json(issue));
    json.end_array().end_object();
    return json.take();
}

}  // namespace luqiao::authoring
