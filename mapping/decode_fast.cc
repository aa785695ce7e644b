#include "base/scan.h"
#include "mapping/decoder.h"
#include "mapping/values.h"

namespace luqiao::mapping {
namespace {

bool is_blank_edge(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/// "yyyy-MM-dd" of eight digits, unchecked.
std::string_view dashed(std::string_view digits, Arena& arena) {
    char* const to = arena.take(10);
    std::memcpy(to, digits.data(), 4);
    to[4] = '-';
    std::memcpy(to + 5, digits.data() + 4, 2);
    to[7] = '-';
    std::memcpy(to + 8, digits.data() + 6, 2);
    return {to, 10};
}

/// Up to nine digits without needless zeros, within the bounds of the type.
bool is_whole_number_of(std::string_view text, const Type& type) {
    if (text.empty() || text.size() > 9 || (text[0] == '0' && text.size() > 1)) return false;
    std::int64_t number = 0;
    for (const char digit : text) {
        if (!is_digit(digit)) return false;
        number = number * 10 + (digit - '0');
    }
    return number >= type.low && number <= type.high;
}

Slot plain_slot(std::string_view text) {
    Slot slot = value_slot(text);
    slot.note({});
    return slot;
}

}  // namespace

/// A value that is good, and an absent one of which nothing follows. False: let the rule see to it;
/// nothing has been done.
bool Decoder::in_short(const Op& op, const Here& here) {
    if (op.read == Way::ByRule) return false;
    const WireRow& from = op.wire_in_item ? *here.wire_item : message_.root;
    const Slot& wire = from.slots[op.wire];
    if (!wire.has_value()) return op.quiet_read && wire.state == SlotState::Absent;
    if (wire.size > op.read_max) return false;
    if (!wire.plain && format_.charset != Charset::Utf8 &&
        exceeds(wire.text(), op.field->bytes_max, format_.charset)) {
        return false;
    }
    Slot value = in_short_value(op, wire);
    if (!value.has_value()) return false;
    value.row = op.number & 0x1FFFu;
    Row& row = op.in_item ? *here.item : out_.record.root();
    row.slots[op.slot] = value;
    return true;
}

/// Absent: not a good value, or none at all.
Slot Decoder::in_short_value(const Op& op, const Slot& wire) {
    const std::string_view text = wire.text();
    switch (op.read) {
        case Way::Trim:
            if (wire.plain && !text.empty() && !is_blank_edge(text.front()) &&
                !is_blank_edge(text.back()) && wire.size <= op.text_max) {
                Slot value = wire;
                value.typed = true;
                return value;
            }
            return in_short_chain(op, wire);
        case Way::Copy: {
            if (wire.plain && wire.size <= op.text_max) {
                Slot value = wire;
                value.typed = true;
                return value;
            }
            if (wire.plain || op.type->kind != TypeKind::Text) return in_short_chain(op, wire);
            const CodecResult checked = to_canonical(text, *op.type, nullptr, context_);
            if (checked.state != SlotState::Value) return {};
            Slot value = wire;
            if (checked.text.data() != text.data()) value = value_slot(checked.text);  // normalised
            value.typed = true;
            return value;
        }
        case Way::Code: {
            const CodeTable::Row* const row = op.table->decode(op.system, text, context_.as_of);
            if (row == nullptr || (context_.as_of && !CodeTable::valid_on(*row, *context_.as_of))) {
                return {};
            }
            Slot value = value_slot(context_.arena.copy(row->codes[0]));
            value.note(marks(value.text()));
            return value;
        }
        case Way::Dashed: {
            if (!is_date(text)) return {};
            Slot value = plain_slot(text);
            value.typed = true;
            return value;
        }
        case Way::Compact: {
            if (text.size() != 8) return {};
            const std::string_view date = dashed(text, context_.arena);
            if (!is_date(date)) return {};
            Slot value = plain_slot(date);
            value.typed = true;
            return value;
        }
        case Way::Same:
            if (is_whole_number_of(text, *op.type)) {
                Slot value = plain_slot(text);
                value.typed = true;
                return value;
            }
            return in_short_chain(op, wire);
        case Way::ByRule:
        case Way::Chain: break;
    }
    return in_short_chain(op, wire);
}

/// By the codecs of the row and the check of its field's type.
Slot Decoder::in_short_chain(const Op& op, const Slot& wire) {
    const auto& rule = std::get<RowRule>(*op.rule);
    CodecResult result = CodecResult::value(wire.text());
    for (const CodecCall& call : rule.chain) {
        result = call.codec->decode(result.text, call.arguments, context_);
        if (result.state != SlotState::Value) return {};
    }
    if (!op.checked) {
        result = check_type(result.text, *op.type, op.table, context_);
        if (result.state != SlotState::Value) return {};
    }
    Slot value = kept(result.text, wire.text());
    value.note(marks(value.text()));
    value.typed = op.type->kind != TypeKind::Code;
    return value;
}

/// Lineage of what a rule filled that did not go the short way.
void Decoder::stamp(const Op& op, const Here& here) {
    const auto& rule = std::get<RowRule>(*op.rule);
    for (std::size_t part = 0; part < rule.canonical.size(); ++part) {
        Slot& filled = slot(rule, here, part);
        if (filled.has_value() && filled.row == 0) filled.row = op.number & 0x1FFFu;
    }
}

}  // namespace luqiao::mapping
