#include "mapping/charset.h"
#include "mapping/encoder.h"
#include "mapping/source.h"

#include <algorithm>
#include <array>
#include <span>

namespace luqiao::mapping {
namespace {}  // namespace

std::optional<std::string_view> Encoder::checked(const RowRule& rule,
                                                 const Here& here,
                                                 std::size_t part,
                                                 std::string_view text) {
    const Field& field = field_of(program_, rule.canonical[part], here.at);
    const CodecResult result =
        check_type(text, field.type, table_of(program_, rule, field), context_);
    if (result.state == SlotState::Value) return result.text;
    report(rule, here, {result.reason, to_string(field.type), text, part}, Severity::Error);
    return std::nullopt;
}

bool Encoder::is_required(const RowRule& rule, const Here& here) {
    return rule.required || (rule.required_when && holds(*rule.required_when, operands(here)));
}

void Encoder::missing(const RowRule& rule, const Here& here, Slot& wire, SlotState state) {
    if (is_required(rule, here)) {
        report(rule, here, {Errc::MissingRequired, {}, {}, 0}, Severity::Error);
        return;
    }
    if (wire.state != SlotState::Absent) return;
    for (std::size_t at = rule.chain.size(); at-- > 0;) {
        const CodecCall& call = rule.chain[at];
        if (call.codec == nullptr || call.codec->encode_absent == nullptr) continue;
        const CodecResult result = call.codec->encode_absent(call.arguments, context_);
        if (result.state != SlotState::Value) continue;
        encode_from(rule, here, wire, {at, result.text, result.text});
        return;
    }
    if (state == SlotState::Cleared) wire.state = SlotState::Cleared;
    if (state == SlotState::Absent) on_absent(rule, here);
}

void Encoder::on_absent(const RowRule& rule, const Here& here) {
    const Wrong wrong{Errc::MissingRequired, {}, {}, 0};
    switch (rule.on_absent) {
        case OnBad::Skip:
        case OnBad::Keep:
        case OnBad::Default: return;
        case OnBad::Reject: report(rule, here, wrong, Severity::Error); return;
        case OnBad::Flag: report(rule, here, wrong, Severity::Warning); return;
        case OnBad::Drop:
            drops_item_ = here.at.each != nullptr;
            report(rule, here, wrong, drops_item_ ? Severity::Warning : Severity::Error);
            return;
    }
}

void Encoder::value(const RowRule& rule, const Here& here, Slot& wire, std::string_view text) {
    encode_from(rule, here, wire, {rule.chain.size(), text, text});
}

void Encoder::encode_from(const RowRule& rule, const Here& here, Slot& wire, const From& from) {
    CodecResult result = CodecResult::value(from.text);
    const std::size_t last = rule.wire.size() > 1 ? 1 : 0;
    for (std::size_t at = from.codecs; at-- > last;) {
        const CodecCall& call = rule.chain[at];
        result = call.codec == nullptr || call.codec->encode == nullptr
                     ? CodecResult::bad(Errc::Internal)
                     : call.codec->encode(result.text, call.arguments, context_);
        if (result.state == SlotState::Bad) {
            bad(rule, here, wire, {result.reason, expected_by(call), from.got, 0});
            return;
        }
        if (result.state != SlotState::Value) {
            wire = {};
            wire.state = result.state;
            return;
        }
    }
    const From done{from.codecs, result.text, from.got};
    if (last == 0) return put(rule, here, wire, done);
    cut(rule, here, wire, done);
}

void Encoder::cut(const RowRule& rule, const Here& here, Slot& wire, const From& from) {
    const CodecCall& call = rule.chain.front();
    std::array<std::string_view, kTupleMax> buffer;
    const std::span<std::string_view> parts(buffer.data(), rule.wire.size());
    const CodecResult result = call.codec->cut == nullptr
                                   ? CodecResult::bad(Errc::Internal)
                                   : call.codec->cut(from.text, parts, call.arguments, context_);
    if (result.state != SlotState::Value) {
        return bad(rule, here, wire, {result.reason, expected_by(call), from.got, 0});
    }
    WireRow& into = rule.wire_in_item && here.wire_item != nullptr ? *here.wire_item : root_;
    for (std::size_t part = 0; part < parts.size(); ++part) {
        if (parts[part].empty()) continue;
        put(rule, here, into.slots[rule.wire[part]], {0, parts[part], from.got, part});
    }
}

void Encoder::put(const RowRule& rule, const Here& here, Slot& wire, const From& from) {
    std::string_view text = from.text;
    const WireField& field = wire_field_of(program_, rule, rule.wire[from.wire], here.at);
    if (!fits_wire_type(text, field.type)) {
        bad(rule, here, wire,
            {Errc::TypeMismatch, std::string(wire_type_name(field.type)), from.got, 0});
        return;
    }
    if (!can_hold(text, format_.kind) || is_lost_in_padding(text, from.got, format_.kind)) {
        bad(rule, here, wire,
            {Errc::NotEncodable, "no control characters, no blank at the end of a fixed field",
             from.got, 0});
        return;
    }
    if (const auto status = encodable(text); !status.empty()) {
        bad(rule, here, wire, {Errc::NotEncodable, status, from.got, 0});
        return;
    }
    if (rule.fit && exceeds(text, rule.fit->bytes_max, rule.fit->charset)) {
        if (!rule.fit->cut) {
            too_long(rule, here, wire, {rule.fit->bytes_max, rule.fit->charset, from.got});
            return;
        }
        text = fit(text, rule.fit->bytes_max, rule.fit->charset);
        report(
            rule, here,
            {Errc::LimitExceeded, byte_limit(rule.fit->bytes_max, rule.fit->charset), from.got, 0},
            Severity::Warning);
    }
    const std::size_t most = format_.kind == FormatKind::Fixed ? field.width : field.bytes_max;
    if (exceeds(text, most, format_.charset)) {
        too_long(rule, here, wire, {most, format_.charset, from.got});
        return;
    }
    wire = value_slot(text);
}

void Encoder::too_long(const RowRule& rule, const Here& here, Slot& wire, const TooLong& what) {
    bad(rule, here, wire, {Errc::LimitExceeded, byte_limit(what.most, what.charset), what.got, 0});
}

std::string Encoder::encodable(std::string_view text) const {
    if (format_.charset == Charset::Utf8 || encoded_size(text, format_.charset)) return {};
    const auto bytes = from_utf8(text, format_.charset);
    const std::string where = bytes ? std::string() : bytes.error().where;
    return fmt::format("characters of {} ({} is not)", to_string(format_.charset), where);
}

void Encoder::bad(const RowRule& rule, const Here& here, Slot& wire, const Wrong& wrong) {
    const auto& [act, fallback] = act_on(rule, wrong.reason);
    switch (act) {
        case OnBad::Drop:
            drops_item_ = here.at.each != nullptr;
            report(rule, here, wrong, drops_item_ ? Severity::Warning : Severity::Error);
            return;
        case OnBad::Reject:
        case OnBad::Keep: report(rule, here, wrong, Severity::Error); return;
        case OnBad::Flag: report(rule, here, wrong, Severity::Warning); return;
        case OnBad::Skip: report(rule, here, wrong, Severity::Note); return;
        case OnBad::Default:
            // The default itself may be what cannot be written.
            if (!fallback || wrong.got == *fallback) {
                report(rule, here, wrong, Severity::Error);
                return;
            }
            report(rule, here, wrong, Severity::Warning);
            value(rule, here, wire, *fallback);
            return;
    }
}

void Encoder::wire_required(const WireScope& scope, const WireRow& row, const ItemPlace& at) {
    for (const std::uint16_t slot :
         plan_.wire_required[at.each != nullptr ? 1 + at.each->wire_list : 0]) {
        if (row.slots[slot].has_value() || !is_demanded(scope, row, slot)) continue;
        RowFinding finding;
        finding.code = Errc::MissingRequired;
        finding.wire = &scope.fields[slot];
        finding.at = at;
        Issue issue = row_issue(program_, finding);
        const bool is_said =
            std::any_of(issues_.list.begin(), issues_.list.end(), [&issue](const Issue& said) {
                return said.severity == Severity::Error && said.pointer == issue.pointer;
            });
        if (!is_said) issues_.list.push_back(std::move(issue));
    }
}

void Encoder::report(const RowRule& rule, const Here& here, const Wrong& wrong, Severity severity) {
    RowFinding finding;
    finding.code = wrong.reason;
    finding.severity = severity;
    finding.row = &rule;
    if (wrong.part < rule.canonical.size()) finding.canonical = &rule.canonical[wrong.part];
    finding.at = here.at;
    finding.expected = wrong.expected;
    finding.got = wrong.got;
    if (issues_.list.size() < kIssuesMax) {
        issues_.list.push_back(row_issue(program_, finding));
    } else if (severity == Severity::Error) {
        issues_.list.back() = row_issue(program_, finding);
    }
}

}  // namespace luqiao::mapping
