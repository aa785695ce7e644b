// mapping/values.h - checks and normal forms of values that types and codecs share.
#pragma once

#include "mapping/codec.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace luqiao::mapping {

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// All of `text` are digits, and there is at least one.
bool is_digits(std::string_view text);

/// The whole of `text` as a number without sign; nothing when it is no number or over 18 digits.
std::optional<std::int64_t> parse_number(std::string_view text);

/// Characters that are never changed by NFC, whatever stands beside them: nearly all real text.
inline bool is_plain_nfc(char32_t character) {
    return character < 0x300 || (character >= 0x4E00 && character <= 0x9FFF) ||
           (character >= 0x3001 && character <= 0x3098 &&
            (character < 0x302A || character > 0x302F)) ||
           (character >= 0x2010 && character <= 0x2027) ||
           (character >= 0xFF01 && character <= 0xFFEF);
}

/// `text` in Unicode normal form C; itself when it is that already. `text` is UTF-8.
std::string_view to_nfc(std::string_view text, Arena& arena);

/// How strictly a number is read: Canonical takes no sign '+', no needless leading zero; Loose
/// does.
enum class NumberStyle : std::uint8_t { Canonical, Loose };

/// "-12". Bad when it is no whole number of at most 18 digits.
CodecResult canonical_int(std::string_view text, NumberStyle style, Arena& arena);

/// "1200.5" with scale 2 becomes "1200.50". Bad when digits other than zero would be lost or more
/// than `precision` digits are needed. No exponent, no grouping, no bare point.
struct DecimalShape {
    int precision = 18;
    int scale = 2;
};
CodecResult canonical_decimal(std::string_view text,
                              DecimalShape shape,
                              NumberStyle style,
                              Arena& arena);

/// "120050" with scale 2 becomes "1200.50".
CodecResult with_point(std::string_view text, DecimalShape shape, NumberStyle style, Arena& arena);

/// "1200.50" becomes "120050", "0.05" becomes "5". Bad: NotEncodable.
CodecResult without_point(std::string_view text, DecimalShape shape, Arena& arena);

/// A day "yyyy-MM-dd" of years 1-9999.
bool is_date(std::string_view text);
/// "2025" and "2025-10", years from 1 on.
bool is_year(std::string_view text);
bool is_month(std::string_view text);
/// "HH:mm:ss", without leap seconds and without 24:00:00.
bool is_time(std::string_view text);

/// RFC 3339 in any zone becomes +08:00; milliseconds stay when there are any. Bad: finer fractions.
CodecResult canonical_datetime(std::string_view text, Arena& arena);

/// The canonical text of a moment, in the arena.
std::string_view write_datetime(Instant instant, Arena& arena);

/// The decimal digits of a number, with its sign, in the arena.
std::string_view write_number(std::int64_t number, Arena& arena);

/// How digits that are not kept are dropped, by magnitude. HalfUp 四舍五入 · HalfEven
/// 四舍六入五成双 (GB/T 8170) · Down 截去 · Up 有余即进.
enum class Rounding : std::uint8_t { HalfUp, HalfEven, Down, Up };

/// `text` (loose style, at most 18 digits before the point) with `scale` digits after the point.
/// Bad: no number.
CodecResult rounded(std::string_view text, std::size_t scale, Rounding rounding, Arena& arena);

/// +, then 7 to 15 digits, the first not 0 (ITU-T E.164); after +86 only lengths that exist.
bool is_e164(std::string_view text);

/// A mailbox "local@domain" in ASCII (RFC 5321 without quoted parts), the domain in lower case.
CodecResult canonical_email(std::string_view text, Arena& arena);

/// "http://" or "https://" with a host, printable ASCII, at most 2048.
bool is_url(std::string_view text);

/// A-Z and 0-9, 1 to 20 (passport numbers differ per country; ICAO 9303 allows no other signs).
bool is_passport(std::string_view text);

/// `text` with the letters A-Z in lower case.
std::string_view to_ascii_lower(std::string_view text, Arena& arena);

}  // namespace luqiao::mapping
