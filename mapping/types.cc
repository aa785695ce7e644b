#include "mapping/charset.h"
#include "mapping/check_digits.h"
#include "mapping/codec.h"
#include "mapping/common_text.h"
#include "mapping/utf8.h"
#include "mapping/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace luqiao::mapping {
namespace {

CodecResult value_if(bool holds, std::string_view text) {
    return holds ? CodecResult::value(text) : CodecResult::bad();
}

/// What one walk over a text tells.
struct TextLook {
    Errc fault = Errc::Internal;  ///< when not fine
    bool fine = true;
    bool is_nfc = true;
    std::size_t characters = 0;
};

/// Length of a head of 8, 16, … bytes of printable ASCII.
std::size_t printable_prefix(std::string_view text) {
    constexpr std::uint64_t kHigh = 0x8080808080808080u;
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, 8);
        const std::uint64_t low = word - 0x2020202020202020u;
        const std::uint64_t high = word + 0x0101010101010101u;
        if (((low | high | word) & kHigh) != 0) break;
    }
    return at;
}

TextLook look_at(std::string_view text, Repertoire repertoire) {
    TextLook look;
    const auto take_ascii = [&] {
        const std::size_t ascii = repertoire == Repertoire::Digit ? 0 : printable_prefix(text);
        text.remove_prefix(ascii);
        look.characters += ascii;
    };
    const bool digits_only = repertoire == Repertoire::Digit;
    for (take_ascii(); !text.empty(); ++look.characters) {
        if (!digits_only && text[0] >= 0x20 && text[0] < 0x7F) {
            text.remove_prefix(1);
            continue;
        }
        const char32_t character = take_character(text);
        if (character == kNoCharacter || !in_repertoire(character, repertoire)) {
            look.fine = false;
            look.fault = character == kNoCharacter ? Errc::CharsetError : Errc::BadValue;
            return look;
        }
        look.is_nfc = look.is_nfc && is_plain_nfc(character);
    }
    return look;
}

CodecResult canonical_text(std::string_view text, const Type& type, Arena& arena) {
    const auto size_max = static_cast<std::size_t>(type.size_max);
    if (type.repertoire == Repertoire::Any && is_common_text(text)) {
        return value_if(size_max == 0 || text.size() <= size_max || code_points(text) <= size_max,
                        text);
    }
    const TextLook look = look_at(text, type.repertoire);
    if (!look.fine) return CodecResult::bad(look.fault);
    if (look.is_nfc) return value_if(size_max == 0 || look.characters <= size_max, text);
    const std::string_view normal = to_nfc(text, arena);
    return value_if(size_max == 0 || normal.size() <= size_max || code_points(normal) <= size_max,
                    normal);
}

CodecResult canonical_code(std::string_view text,
                           const CodeTable* table,
                           const CodecContext& context) {
    const CodeTable::Row* const row = table == nullptr ? nullptr : table->find(text);
    if (row == nullptr) return CodecResult::bad(Errc::UnmappedCode);
    if (context.as_of && !CodeTable::valid_on(*row, *context.as_of)) {
        return CodecResult::bad(Errc::ExpiredCode);
    }
    return CodecResult::value(text);
}

CodecResult int_in_range(std::string_view text, const Type& type, Arena& arena) {
    const CodecResult result = canonical_int(text, NumberStyle::Canonical, arena);
    if (result.state != SlotState::Value) return result;
    const bool is_negative = result.text[0] == '-';
    const std::int64_t size = parse_number(result.text.substr(is_negative ? 1 : 0)).value_or(0);
    const std::int64_t number = is_negative ? -size : size;
    return value_if(number >= type.low && number <= type.high, result.text);
}

CodecResult canonical_hex(std::string_view text, const Type& type, Arena& arena) {
    const std::string_view lower = to_ascii_lower(text, arena);
    const bool are_digits = std::all_of(
        lower.begin(), lower.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
    const bool fits = type.size_max == 0
                          ? lower.size() % 2 == 0 && !lower.empty()
                          : lower.size() == static_cast<std::size_t>(type.size_max) * 2;
    return value_if(are_digits && fits, lower);
}

bool is_blob(std::string_view text) {
    constexpr std::string_view kScheme = "sm3:";
    if (!text.starts_with(kScheme) || text.size() != kScheme.size() + 64) return false;
    text.remove_prefix(kScheme.size());
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

DecimalShape decimal_shape(const Type& type) {
    return {type.precision == 0 ? 18 : type.precision, type.scale};
}

}  // namespace

CodecResult to_canonical(std::string_view text,
                         const Type& type,
                         const CodeTable* table,
                         CodecContext& context) {
    Arena& arena = context.arena;
    switch (type.kind) {
        case TypeKind::Text: return canonical_text(text, type, arena);
        case TypeKind::Code: return canonical_code(text, table, context);
        case TypeKind::Bool: return value_if(text == "true" || text == "false", text);
        case TypeKind::Int: return int_in_range(text, type, arena);
        case TypeKind::Decimal:
            return canonical_decimal(text, decimal_shape(type), NumberStyle::Canonical, arena);
        case TypeKind::Date: return value_if(is_date(text), text);
        case TypeKind::Month: return value_if(is_month(text), text);
        case TypeKind::Year: return value_if(is_year(text), text);
        case TypeKind::Time: return value_if(is_time(text), text);
        case TypeKind::DateTime: return canonical_datetime(text, arena);
        case TypeKind::Hex: return canonical_hex(text, type, arena);
        case TypeKind::Url: return value_if(is_url(text), text);
        case TypeKind::Email: return canonical_email(text, arena);
        case TypeKind::Phone: return value_if(is_e164(text), text);
        case TypeKind::Region: return value_if(is_region(text), text);
        case TypeKind::Postcode: return value_if(text.size() == 6 && is_digits(text), text);
        case TypeKind::CnId: return value_if(is_cn_id(text), text);
        case TypeKind::Uscc: return value_if(is_uscc(text), text);
        case TypeKind::Passport: return value_if(is_passport(text), text);
        case TypeKind::Mrz: return value_if(is_mrz_line(text), text);
        case TypeKind::Frid: return value_if(is_frid(text), text);
        case TypeKind::Blob: return value_if(is_blob(text), text);
    }
    return CodecResult::bad();
}

}  // namespace luqiao::mapping
