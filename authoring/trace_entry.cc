#include "authoring/trace_entry.h"

#include <fmt/format.h>

#include <algorithm>

#include "authoring/condition_text.h"
#include "authoring/rows.h"

namespace luqiao::authoring {

using mapping::CodecResult;
using mapping::Privacy;
using mapping::SlotState;

namespace {

/// "attachments.kind" of item 2 as issues name it: "attachments[2].kind".
std::string numbered(std::string name, const std::string& list, std::size_t item) {
    if (name.starts_with(list + ".")) name.insert(list.size(), fmt::format("[{}]", item));
    return name;
}

bool is_about_item(const std::string& field, const std::string& canonical, std::size_t item) {
    const std::size_t bracket = canonical.find('[');
    if (bracket == std::string::npos) return true;
    const std::string list = canonical.substr(0, bracket + 1);
    return !field.starts_with(list) || field.starts_with(fmt::format("{}{}]", list, item));
}

}  // namespace

TraceEntries::TraceEntries(const mapping::Program& program, const TraceOptions& options, Trace& out)
    : program_(program), options_(options), out_(out) {
    out_.map = program.name;
    out_.bundle = options.bundle;
}

std::string TraceEntries::shown(std::string_view text, Privacy privacy) const {
    if (options_.reveal || privacy < Privacy::C2) return std::string(text);
    return is_utf8(text) ? masked(text) : std::string("*");
}

TraceEntry& TraceEntries::add(TraceEntry::Kind kind,
                              const Position& rule,
                              const TracePlace& place) {
    TraceEntry& entry = out_.entries.emplace_back();
    entry.kind = kind;
    entry.rule = rule;
    entry.depth = place.depth;
    if (place.at.each != nullptr) entry.item = place.at.item;
    return entry;
}

TraceEntry& TraceEntries::row(const mapping::RowRule& rule, const TracePlace& place) {
    TraceEntry& entry = add(TraceEntry::Kind::Row, rule.at, place);
    const RowPlace named{&rule, place.at.each, place.list, place.wire_list, {}};
    entry.canonical = canonical_name(program_, named);
    entry.wire = wire_name(program_, named);
    if (entry.item && place.list != nullptr) {
        entry.canonical = numbered(entry.canonical, place.list->path, *entry.item);
        if (place.wire_list != nullptr) {
            entry.wire = numbered(entry.wire, place.wire_list->path, *entry.item);
        }
    }
    entry.arrow = arrow_text(rule.arrow);
    entry.chain = chain_text(rule.chain);
    entry.holds = rule.required;
    privacy_ = Privacy::C0;
    if (rule.computed) privacy_ = rule.computed->value.privacy;
    for (std::size_t part = 0; part < rule.canonical.size(); ++part) {
        privacy_ = std::max(privacy_, canonical_field(program_, named, part).privacy);
    }
    return entry;
}

TraceEntry& TraceEntries::when(const mapping::WhenRule& rule,
                               const mapping::Operands& operands,
                               const TracePlace& place) {
    TraceEntry& entry = add(TraceEntry::Kind::When, rule.at, place);
    judge(entry, rule.condition, operands, place);
    return entry;
}

TraceEntry& TraceEntries::each(const mapping::EachRule& rule,
                               std::size_t items,
                               const TracePlace& place) {
    TraceEntry& entry = add(TraceEntry::Kind::Each, rule.at, place);
    entry.canonical = program_.form->root.lists[rule.list].path;
    entry.wire = rule.columns ? fmt::format("cols({})", rule.body.size())
                              : program_.format->root_scope.lists[rule.wire_list].path;
    entry.arrow = arrow_text(rule.arrow);
    entry.items = items;
    return entry;
}

TraceEntry& TraceEntries::check(const mapping::Check& check, const TracePlace& place) {
    TraceEntry& entry = add(TraceEntry::Kind::Check, check.at, place);
    if (check.field) {
        entry.canonical = mapping::field_of(program_, *check.field, place.at).path;
        if (check.field->in_item && place.list != nullptr) {
            entry.canonical.insert(0, fmt::format("{}[{}].", place.list->path, *entry.item));
        }
    }
    return entry;
}

void TraceEntries::judge(TraceEntry& entry,
                         const mapping::Condition& condition,
                         const mapping::Operands& operands,
                         const TracePlace& place) const {
    entry.condition = condition_text(program_, place.list, condition);
    entry.holds = mapping::holds(condition, operands);
    entry.undecided = !entry.holds && mapping::depends_on_bad(condition, operands);
    for (const mapping::Operand& operand : fields_of(condition)) {
        const mapping::Row* row = operand.in_item ? operands.item : &operands.root;
        TraceOperand& shown_operand = entry.operands.emplace_back();
        shown_operand.name = operand_name(program_, place.list, operand);
        if (row == nullptr) continue;
        const mapping::Slot& slot = row->slots[operand.slot];
        const Privacy privacy = field_of_operand(program_, place.list, operand).privacy;
        shown_operand.state = slot.state;
        if (slot.has_value()) shown_operand.text = shown(slot.text(), privacy);
    }
}

void TraceEntries::step(TraceEntry& entry, std::string what, const CodecResult& result) {
    TraceStep& step = entry.steps.emplace_back();
    step.what = std::move(what);
    step.state = result.state;
    if (result.state == SlotState::Value) step.text = shown(result.text, privacy_);
    if (result.state == SlotState::Bad) step.reason = result.reason;
}

void TraceEntries::step_bad(TraceEntry& entry,
                            std::string what,
                            Errc reason,
                            std::string_view found) {
    step(entry, std::move(what), CodecResult::bad(reason));
    entry.steps.back().text = shown(found, privacy_);
}

CodecResult TraceEntries::decode(TraceEntry& entry,
                                 const mapping::CodecCall& call,
                                 std::string_view text,
                                 mapping::CodecContext& context) {
    const CodecResult result = call.codec == nullptr || call.codec->decode == nullptr
                                   ? CodecResult::bad(Errc::Internal)
                                   : call.codec->decode(text, call.arguments, context);
    step(entry, call_text(call), result);
    return result;
}

CodecResult TraceEntries::encode(TraceEntry& entry,
                                 const mapping::CodecCall& call,
                                 std::string_view text,
                                 mapping::CodecContext& context) {
    const CodecResult result = call.codec == nullptr || call.codec->encode == nullptr
                                   ? CodecResult::bad(Errc::Internal)
                                   : call.codec->encode(text, call.arguments, context);
    step(entry, call_text(call), result);
    return result;
}

void TraceEntries::attach_issues() {
    for (TraceEntry& entry : out_.entries) {
        const bool is_check = entry.kind == TraceEntry::Kind::Check;
        if (is_check && (entry.holds || entry.undecided)) continue;
        const std::string rule =
            fmt::format("{}:{}:{}", entry.rule.file, entry.rule.line, entry.rule.column);
        for (std::size_t at = 0; at < out_.issues.size(); ++at) {
            const mapping::Issue& issue = out_.issues[at];
            if (issue.rule != rule) continue;
            if (entry.item && !is_about_item(issue.field, entry.canonical, *entry.item)) continue;
            entry.issues.push_back(at);
        }
    }
}

std::string_view act_word(mapping::OnBad act) {
    switch (act) {
        case mapping::OnBad::Reject: return "reject";
        case mapping::OnBad::Flag: return "flag";
        case mapping::OnBad::Skip: return "skip";
        case mapping::OnBad::Keep: return "keep";
        case mapping::OnBad::Drop: return "drop";
        case mapping::OnBad::Default: return "default";
    }
    return "reject";
}

std::string act_text(const mapping::RowRule& rule, Errc reason) {
    const bool is_code = reason == Errc::UnmappedCode || reason == Errc::ExpiredCode;
    const auto& [act, fallback] = mapping::act_on(rule, reason);
    const std::string_view clause = is_code                         ? "unmapped"
                                    : reason == Errc::LimitExceeded ? "over"
                                                                    : "bad";
    std::string out = fmt::format("{} {}", clause, act_word(act));
    if (act == mapping::OnBad::Default) out += " " + fallback.value_or("");
    return out;
}

}  // namespace luqiao::authoring
