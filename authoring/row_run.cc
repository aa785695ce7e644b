#include "authoring/row_run.h"

#include "mapping/charset.h"
#include "mapping/compile_row.h"
#include "mapping/row_issue.h"

#include <fmt/format.h>

namespace luqiao::authoring {
namespace {

using mapping::CodecResult;
using mapping::SlotState;

Step step_of(const CodecResult& result, bool by_codec) {
    return {result.state, result.state == SlotState::Value ? std::string(result.text) : "",
            result.reason, by_codec};
}

Step refused(Errc reason) {
    return {SlotState::Bad, {}, reason, false};
}

}  // namespace

std::string Step::shown() const {
    switch (state) {
        case SlotState::Value: return fmt::format("\"{}\"", text);
        case SlotState::Absent: return "absent";
        case SlotState::Cleared: return "cleared";
        case SlotState::Bad: return fmt::format("bad ({})", info(reason).id);
    }
    return "bad";
}

RowRun::RowRun(const mapping::Program& program, const RowPlace& place)
    : program_(program),
      row_(*place.row),
      wire_(wire_field(program, place)),
      type_(canonical_field(program, place).type),
      table_(mapping::table_of(program, *place.row, canonical_field(program, place))),
      context_{arena_, std::nullopt} {}

Step RowRun::write(std::string_view canonical) {
    arena_.reset();
    CodecResult result = CodecResult::value(canonical);
    for (std::size_t at = row_.chain.size(); at-- > 0;) {
        const mapping::CodecCall& call = row_.chain[at];
        if (call.codec->encode == nullptr) return {SlotState::Bad, {}, Errc::Internal, true};
        result = call.codec->encode(result.text, call.arguments, context_);
        if (result.state != SlotState::Value) return step_of(result, true);
    }
    return column(result.text, canonical);
}

/// What the column and its format can hold, as in the last step of writing a message.
Step RowRun::column(std::string_view text, std::string_view canonical) const {
    const mapping::Format& format = *program_.format;
    if (!mapping::fits_wire_type(text, wire_.type))
        return {SlotState::Bad, {}, Errc::TypeMismatch, true};
    const bool is_held = mapping::can_hold(text, format.kind) &&
                         !mapping::is_lost_in_padding(text, canonical, format.kind);
    if (!is_held) return refused(Errc::NotEncodable);
    if (!mapping::encoded_size(text, format.charset)) return refused(Errc::NotEncodable);
    if (row_.fit && mapping::exceeds(text, row_.fit->bytes_max, row_.fit->charset)) {
        if (!row_.fit->cut) return refused(Errc::LimitExceeded);
        text = mapping::fit(text, row_.fit->bytes_max, row_.fit->charset);
    }
    const std::size_t most =
        format.kind == mapping::FormatKind::Fixed ? wire_.width : wire_.bytes_max;
    if (mapping::exceeds(text, most, format.charset)) return refused(Errc::LimitExceeded);
    return {SlotState::Value, std::string(text), Errc::BadValue, false};
}

Step RowRun::read_raw(std::string_view wire) {
    arena_.reset();
    CodecResult result = CodecResult::value(wire);
    for (const mapping::CodecCall& call : row_.chain) {
        if (call.codec->decode == nullptr) return {SlotState::Bad, {}, Errc::Internal, true};
        result = call.codec->decode(result.text, call.arguments, context_);
        if (result.state != SlotState::Value) return step_of(result, true);
    }
    return step_of(result, true);
}

Step RowRun::read(std::string_view wire) {
    const Step raw = read_raw(wire);
    if (!raw.has_value()) return raw;
    return step_of(mapping::check_type(raw.text, type_, table_, context_), false);
}

bool RowRun::reads() const {
    return mapping::reads(row_.arrow) && row_.grade <= mapping::Grade::Canonical;
}

std::optional<std::string> RowRun::normal(std::string_view canonical) {
    arena_.reset();
    CodecResult result = CodecResult::value(canonical);
    for (const mapping::CodecCall& call : row_.chain) {
        if (!is_normaliser(call)) continue;
        result = call.codec->decode(result.text, call.arguments, context_);
        if (result.state != SlotState::Value) return std::nullopt;
    }
    return std::string(result.text);
}

bool is_normaliser(const mapping::CodecCall& call) {
    return call.codec->decode != nullptr && call.codec->decode == call.codec->encode &&
           call.codec->grade == mapping::Grade::Canonical;
}

mapping::Type effective_type(const mapping::RowRule& row, const mapping::Type& type) {
    using mapping::TypeKind;
    if (type.kind != TypeKind::Text || row.chain.empty()) return type;
    const TypeKind gives = row.chain.back().codec->gives;
    if (gives == TypeKind::Text || gives == TypeKind::Code) return type;
    mapping::Type out;
    out.kind = gives;
    return out;
}

bool is_simple(const RowPlace& place) {
    const mapping::RowRule& row = *place.row;
    return row.canonical.size() == 1 && row.wire.size() == 1 && !row.wire_constant &&
           !row.canonical_constant;
}

}  // namespace luqiao::authoring
