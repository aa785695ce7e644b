#include "base/scan.h"
#include "mapping/charset.h"
#include "mapping/encoder.h"

#include <cstring>

namespace luqiao::mapping {
namespace {

/// "yyyyMMdd" of "yyyy-MM-dd", unchecked.
std::string_view compact(std::string_view date, Arena& arena) {
    char* const to = arena.take(8);
    std::memcpy(to, date.data(), 4);
    std::memcpy(to + 4, date.data() + 5, 2);
    std::memcpy(to + 6, date.data() + 8, 2);
    return {to, 8};
}

/// Most text has nothing that a format could not hold.
bool is_held(const Slot& value, FormatKind kind) {
    const std::string_view text = value.text();
    if (kind == FormatKind::Fixed && text.ends_with(' ')) return false;
    const bool suspect =
        !value.unmarked || (kind == FormatKind::Xml && text.find('\xEF') != std::string_view::npos);
    return !suspect || can_hold(text, kind);
}

}  // namespace

/// A value that is good, and an absent one of which nothing follows. False: let the rule see to it;
/// nothing has been done.
bool Encoder::in_short(const Op& op, const Here& here) {
    if (op.write == Way::ByRule) return false;
    const Row& row = op.in_item ? *here.item : record_.root();
    const Slot& from = row.slots[op.slot];
    if (!from.has_value()) return op.quiet_write && from.state == SlotState::Absent;
    const Slot value = in_short_value(op, from);
    if (!value.has_value() || !fits(op, value)) return false;
    WireRow& into = op.wire_in_item ? *here.wire_item : root_;
    into.slots[op.wire] = value;
    return true;
}

/// Absent: not a good value, or none at all.
Slot Encoder::in_short_value(const Op& op, const Slot& from) {
    const bool typed = from.typed && trusts_;
    switch (op.write) {
        case Way::Copy:
            if (typed || (from.plain && from.size <= op.text_max)) return from;
            break;
        case Way::Same:
            if (typed) return from;
            break;
        case Way::Compact: {
            if (!typed) break;
            Slot value = value_slot(compact(from.text(), context_.arena));
            value.note({});
            return value;
        }
        case Way::Code: {
            const CodeTable::Row* const row = op.table->find(from.text());
            if (row == nullptr || row->codes[op.system].empty() ||
                (context_.as_of && !CodeTable::valid_on(*row, *context_.as_of))) {
                return {};
            }
            Slot value = value_slot(row->codes[op.system]);
            value.note(marks(value.text()));
            return value;
        }
        case Way::ByRule:
        case Way::Trim:
        case Way::Dashed:
        case Way::Chain: break;
    }
    return in_short_chain(op, from, typed);
}

/// By the check of the field's type and the codecs of the row.
Slot Encoder::in_short_chain(const Op& op, const Slot& from, bool typed) {
    const auto& rule = std::get<RowRule>(*op.rule);
    CodecResult result = CodecResult::value(from.text());
    if (!typed) {
        result = check_type(result.text, *op.type, op.table, context_);
        if (result.state != SlotState::Value) return {};
    }
    for (std::size_t at = rule.chain.size(); at-- > 0;) {
        const CodecCall& call = rule.chain[at];
        result = call.codec->encode(result.text, call.arguments, context_);
        if (result.state != SlotState::Value) return {};
    }
    Slot value = value_slot(result.text);
    value.note(marks(result.text));
    return value;
}

/// Whether the format can hold the value, by its type, characters and bytes.
bool Encoder::fits(const Op& op, const Slot& value) const {
    const std::string_view text = value.text();
    if (op.bare && !fits_wire_type(text, op.field->type)) return false;
    const bool is_padded = format_.kind == FormatKind::Fixed && text.ends_with(' ');
    if (value.plain && !is_padded) return value.size <= op.write_max;
    if (!is_held(value, format_.kind)) return false;
    if (format_.charset != Charset::Utf8 && !encoded_size(text, format_.charset)) return false;
    const auto& fit = std::get<RowRule>(*op.rule).fit;
    if (fit && exceeds(text, fit->bytes_max, fit->charset)) return false;
    const bool is_fixed = format_.kind == FormatKind::Fixed;
    return !exceeds(text, is_fixed ? op.field->width : op.field->bytes_max, format_.charset);
}

}  // namespace luqiao::mapping
