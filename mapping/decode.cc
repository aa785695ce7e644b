#include "mapping/charset.h"
#include "mapping/decoder.h"
#include "mapping/evaluate.h"
#include "mapping/source.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>

namespace luqiao::mapping {
namespace {

/// `code(table.system)` gives canonical codes of the table; they need no second look.
bool is_checked(const RowRule& rule, const Field& field) {
    if (field.type.kind != TypeKind::Code || rule.chain.empty()) return false;
    const CodeTable* table = rule.chain.back().arguments.table;
    return table != nullptr && table->name() == field.type.table;
}

}  // namespace

Decoder::Decoder(const Program& program, const Plan& plan, Scratch& scratch, Decoded& out)
    : program_(program),
      plan_(plan),
      format_(*program.format),
      message_(scratch.message),
      out_(out),
      context_{out.record.arena(), std::nullopt},
      pending_(scratch.pending),
      said_(scratch.said),
      issue_items_(scratch.issue_items),
      dropped_(scratch.dropped),
      items_(scratch.items) {
    pending_.clear();
    said_.clear();
    issue_items_.clear();
    dropped_.clear();
    items_.clear();
}

void Decoder::run(std::string_view bytes) {
    const Status read = read_wire(plan_, format_, bytes, out_.record.arena(), message_);
    if (!read) {
        out_.issues.list.push_back(message_issue(read.error()));
        return;
    }
    std::move(message_.issues.begin(), message_.issues.end(), std::back_inserter(out_.issues.list));
    issue_items_.resize(out_.issues.list.size());
    natural_key();
    as_of();
    wire_required(format_.root_scope, message_.root, {});
    block(Ops::kBody, {});
    unread_bad(format_.root_scope, message_.root, {});
    judge_pending();
    if (!program_.is_partial) form_rules();
    drop_items();
}

void Decoder::natural_key() {
    if (plan_.key == PathNode::kNone) return;
    const Slot& key = message_.root.slots[plan_.key];
    if (key.has_value()) out_.natural_key = key.text();
}

/// The date on which code tables are judged is read before anything else.
void Decoder::as_of() {
    context_.as_of = program_.as_of_day;
    const RowRule* row = plan_.as_of_row;
    if (row == nullptr || (row->wire.empty() && !row->wire_constant)) return;
    Slot wire =
        row->wire_constant ? value_slot(*row->wire_constant) : message_.root.slots[row->wire[0]];
    if (!wire.has_value()) return;
    const ChainResult value = decode_chain(row->chain, wire.text());
    if (value.result.state != SlotState::Value) return;
    if (const auto date = parse_date(value.result.text.substr(0, 10))) context_.as_of = *date;
}

void Decoder::block(std::size_t block_at, const Here& here) {
    for (const Op& op : plan_.ops.blocks[block_at]) {
        switch (op.kind) {
            case Op::Kind::Row:
                if (in_short(op, here)) break;
                row(std::get<RowRule>(*op.rule), here);
                stamp(op, here);
                break;
            case Op::Kind::When: {
                const Condition& condition = std::get<WhenRule>(*op.rule).condition;
                const bool then = holds(condition, {out_.record.root(), here.item, &context_});
                block(op.blocks[then ? 0 : 1], here);
                break;
            }
            case Op::Kind::Each: each(std::get<EachRule>(*op.rule), op); break;
            case Op::Kind::Check:
                pending_.push_back({nullptr, &std::get<CheckRule>(*op.rule).check, here.at});
                break;
        }
    }
}

void Decoder::row(const RowRule& rule, const Here& here) {
    if (rule.arrow == Arrow::Write || rule.canonical.empty()) return;
    if (rule.wire_constant) {
        value(rule, here, out_.record.arena().copy(*rule.wire_constant));
        return;
    }
    if (rule.wire.empty()) return;
    if (rule.wire.size() > 1) {
        wires(rule, here);
        return;
    }
    Slot& wire = wire_row(rule, here).slots[rule.wire[0]];
    switch (wire.state) {
        case SlotState::Value: {
            const WireField& field = wire_field_of(program_, rule, rule.wire[0], here.at);
            if (exceeds(wire.text(), field.bytes_max, format_.charset)) {
                bad(rule, here,
                    {Errc::LimitExceeded, byte_limit(field.bytes_max, format_.charset),
                     wire.text()});
            } else {
                value(rule, here, wire.text());
            }
            break;
        }
        case SlotState::Absent:
        case SlotState::Cleared: missing(rule, here, wire.state, false); break;
        case SlotState::Bad: wrong_wire(rule, here, wire, 0); break;
    }
}

WireRow& Decoder::wire_row(const RowRule& rule, const Here& here) {
    return rule.wire_in_item && here.wire_item != nullptr ? *here.wire_item : message_.root;
}

/// Several wire fields: the chain's first codec puts them together.
void Decoder::wires(const RowRule& rule, const Here& here) {
    std::array<std::string_view, kTupleMax> parts;
    SlotState none = SlotState::Absent;
    bool any = false;
    for (std::size_t part = 0; part < rule.wire.size(); ++part) {
        Slot& wire = wire_row(rule, here).slots[rule.wire[part]];
        if (wire.state == SlotState::Bad) return wrong_wire(rule, here, wire, part);
        if (wire.state == SlotState::Cleared) none = SlotState::Cleared;
        if (wire.state != SlotState::Value) continue;
        const WireField& field = wire_field_of(program_, rule, rule.wire[part], here.at);
        if (exceeds(wire.text(), field.bytes_max, format_.charset)) {
            Wrong wrong{Errc::LimitExceeded, byte_limit(field.bytes_max, format_.charset),
                        wire.text(), part};
            return bad(rule, here, wrong);
        }
        parts[part] = wire.text();
        any = true;
    }
    if (!any) return missing(rule, here, none, false);
    const CodecCall& call = rule.chain.front();
    const std::span<const std::string_view> all(parts.data(), rule.wire.size());
    const CodecResult joined = call.codec->join(all, call.arguments, context_);
    if (joined.state == SlotState::Value) return value(rule, here, joined.text);
    bad(rule, here, {joined.reason, expected_by(call), parts[0]});
}

/// The codecs between the sides; those that put several fields together or apart stand at the ends.
std::span<const CodecCall> Decoder::between(const RowRule& rule) {
    std::span<const CodecCall> calls(rule.chain);
    if (rule.wire.size() > 1) calls = calls.subspan(1);
    if (rule.canonical.size() > 1 && !calls.empty()) calls = calls.first(calls.size() - 1);
    return calls;
}

void Decoder::wrong_wire(const RowRule& rule, const Here& here, Slot& wire, std::size_t part) {
    if (wire.reason == kReported) {
        set_bad(rule, here, Errc::TypeMismatch);
        return;
    }
    const WireField& field = wire_field_of(program_, rule, rule.wire[part], here.at);
    const std::string expected = wire.reason == Errc::CharsetError
                                     ? std::string(to_string(format_.charset))
                                     : std::string(wire_type_name(field.type));
    bad(rule, here, {wire.reason, expected, wire.text(), part});
    wire.reason = kReported;
}

void Decoder::value(const RowRule& rule, const Here& here, std::string_view wire) {
    if (rule.canonical.size() > 1) {
        tuple(rule, here, wire);
        return;
    }
    finish(rule, here, {0, wire, decode_chain(between(rule), wire)});
}

/// The chain's last codec cuts the text for the fields of the row.
void Decoder::tuple(const RowRule& rule, const Here& here, std::string_view wire) {
    if (rule.chain.empty()) return;
    const CodecCall& split = rule.chain.back();
    const ChainResult whole = decode_chain(between(rule), wire);
    if (whole.result.state == SlotState::Bad) {
        bad(rule, here, {whole.result.reason, expected_by(*whole.failed), wire});
        return;
    }
    if (whole.result.state != SlotState::Value) {
        missing(rule, here, whole.result.state, false);
        return;
    }
    std::array<std::string_view, kTupleMax> buffer;
    const std::span<std::string_view> parts(buffer.data(), rule.canonical.size());
    const CodecResult cut = split.codec->cut(whole.result.text, parts, split.arguments, context_);
    if (cut.state != SlotState::Value) {
        bad(rule, here, {cut.reason, expected_by(split), wire});
        return;
    }
    for (std::size_t part = 0; part < parts.size(); ++part) {
        if (parts[part].empty()) continue;
        finish(rule, here, {part, wire, {CodecResult::value(parts[part]), nullptr}});
    }
}

Decoder::ChainResult Decoder::decode_chain(std::span<const CodecCall> calls,
                                           std::string_view text) {
    CodecResult result = CodecResult::value(text);
    for (const CodecCall& call : calls) {
        if (call.codec == nullptr || call.codec->decode == nullptr) {
            return {CodecResult::bad(Errc::Internal), &call};
        }
        result = call.codec->decode(result.text, call.arguments, context_);
        if (result.state != SlotState::Value) return {result, &call};
    }
    return {result, nullptr};
}

/// Checks the type and stores one field of a row.
void Decoder::finish(const RowRule& rule, const Here& here, const Part& part) {
    CodecResult result = part.value.result;
    const Field& field = field_of(program_, rule.canonical[part.field], here.at);
    std::string expected;
    if (result.state == SlotState::Value && !is_checked(rule, field)) {
        result = check_type(result.text, field.type, table_of(program_, rule, field), context_);
        if (result.state == SlotState::Bad) expected = to_string(field.type);
    }
    switch (result.state) {
        case SlotState::Value: slot(rule, here, part.field) = kept(result.text, part.wire); return;
        case SlotState::Absent:
        case SlotState::Cleared: missing(rule, here, result.state, true); return;
        case SlotState::Bad: break;
    }
    if (expected.empty() && part.value.failed != nullptr) {
        expected = expected_by(*part.value.failed);
    }
    bad(rule, here, {result.reason, std::move(expected), part.wire}, part.field);
}

/// Text of the message lies in the record's arena already; text of a code table or of the rules
/// must not outlive the bundle.
Slot Decoder::kept(std::string_view text, std::string_view wire) {
    const std::less_equal<const char*> not_after;
    const bool is_part = !wire.empty() && not_after(wire.data(), text.data()) &&
                         not_after(text.data() + text.size(), wire.data() + wire.size());
    return value_slot(is_part ? text : out_.record.arena().copy(text));
}

Slot& Decoder::slot(const RowRule& rule, const Here& here, std::size_t part) {
    const FieldRef& ref = rule.canonical[part];
    Row& row = ref.in_item && here.item != nullptr ? *here.item : out_.record.root();
    return row.slots[ref.slot];
}

void Decoder::missing(const RowRule& rule, const Here& here, SlotState state, bool is_sentinel) {
    Slot& first = slot(rule, here, 0);
    if (state == SlotState::Absent && rule.fallback) {
        if (!first.has_value()) first = value_slot(out_.record.arena().copy(*rule.fallback));
        return;
    }
    if (state == SlotState::Cleared) {
        for (std::size_t part = 0; part < rule.canonical.size(); ++part) {
            Slot& into = slot(rule, here, part);
            if (into.state == SlotState::Absent) into.state = SlotState::Cleared;
        }
    }
    if (rule.required || rule.required_when) pending_.push_back({&rule, nullptr, here.at});
    if (!is_sentinel && state == SlotState::Absent) on_absent(rule, here);
}

void Decoder::on_absent(const RowRule& rule, const Here& here) {
    switch (rule.on_absent) {
        case OnBad::Skip:
        case OnBad::Keep:
        case OnBad::Default: return;
        case OnBad::Reject:
            report(rule, here.at, {Errc::MissingRequired, {}, {}}, Severity::Error);
            return;
        case OnBad::Flag:
            report(rule, here.at, {Errc::MissingRequired, {}, {}}, Severity::Warning);
            return;
        case OnBad::Drop:
            report(rule, here.at, {Errc::MissingRequired, {}, {}}, Severity::Warning);
            dropped_.push_back(here.at);
            return;
    }
}

void Decoder::bad(const RowRule& rule, const Here& here, const Wrong& wrong, std::size_t part) {
    Slot& into = slot(rule, here, part);
    const auto& [act, fallback] = act_on(rule, wrong.reason);
    OnBad what = act;
    if (what == OnBad::Drop && here.at.each == nullptr) what = OnBad::Reject;
    switch (what) {
        case OnBad::Reject:
            report(rule, here.at, wrong, Severity::Error, part);
            set_bad(rule, here, wrong.reason);
            return;
        case OnBad::Flag: report(rule, here.at, wrong, Severity::Warning, part); return;
        case OnBad::Skip: report(rule, here.at, wrong, Severity::Note, part); return;
        case OnBad::Keep:
            report(rule, here.at, wrong, Severity::Warning, part);
            into = bad_slot(wrong.reason, out_.record.arena().copy(wrong.got));
            return;
        case OnBad::Drop:
            report(rule, here.at, wrong, Severity::Warning, part);
            dropped_.push_back(here.at);
            return;
        case OnBad::Default:
            report(rule, here.at, wrong, Severity::Warning, part);
            if (fallback) into = value_slot(out_.record.arena().copy(*fallback));
            return;
    }
}

void Decoder::set_bad(const RowRule& rule, const Here& here, Errc reason) {
    for (std::size_t part = 0; part < rule.canonical.size(); ++part) {
        Slot& into = slot(rule, here, part);
        if (!into.has_value()) into = bad_slot(reason, {});
    }
}

void Decoder::report(const RowRule& rule,
                     const ItemPlace& at,
                     const Wrong& wrong,
                     Severity severity,
                     std::size_t part) {
    RowFinding finding;
    finding.code = wrong.reason;
    finding.severity = severity;
    finding.row = &rule;
    finding.canonical = &rule.canonical[part];
    finding.at = at;
    finding.expected = wrong.expected;
    finding.got = wrong.got;
    finding.wire_part = wrong.wire_part;
    add(finding);
}

void decode(const Program& program, std::string_view bytes, Decoded& into) {
    thread_local Decoder::Scratch scratch;
    if (into.record.form_ptr() == program.form) {
        into.record.reset();
    } else {
        into.record = Record(program.form);
    }
    into.issues.list.clear();
    into.natural_key.clear();
    const Plan& plan = program.plan.of(program);
    Decoder(program, plan, scratch, into).run(bytes);
    // Nothing is copied for a message without a finding.
    into.issues.bundle.assign(into.issues.list.empty() ? std::string_view() : program.bundle);
}

const RowRule* row_of(const Program& program, const Slot& slot) {
    const auto& rows = program.plan.of(program).ops.rows;
    return slot.row != 0 && slot.row <= rows.size() ? rows[slot.row - 1u] : nullptr;
}

Decoded decode(const Program& program, std::string_view bytes) {
    Decoded out{Record(program.form), {}, {}};
    decode(program, bytes, out);
    return out;
}

}  // namespace luqiao::mapping
