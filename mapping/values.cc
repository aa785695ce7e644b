#include "mapping/values.h"

#include "mapping/check_digits.h"
#include "mapping/utf8.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>

namespace luqiao::mapping {
namespace {

bool is_nfc(std::string_view text) {
    for (;;) {
        text.remove_prefix(ascii_prefix(text));
        if (text.empty()) return true;
        const char32_t character = take_character(text);
        if (character == kNoCharacter || !is_plain_nfc(character)) return false;
    }
}

/// Sign and digits of a number, taken apart.
struct Number {
    bool negative = false;
    std::string_view whole;     ///< without needless zeros
    std::string_view fraction;  ///< as written
};

std::optional<Number> take_apart(std::string_view text, NumberStyle style) {
    Number out;
    if (!text.empty() && (text[0] == '-' || (text[0] == '+' && style == NumberStyle::Loose))) {
        out.negative = text[0] == '-';
        text.remove_prefix(1);
    }
    const std::size_t point = text.find('.');
    out.whole = text.substr(0, point);
    if (!is_digits(out.whole)) return std::nullopt;
    if (point != std::string_view::npos) {
        out.fraction = text.substr(point + 1);
        if (!is_digits(out.fraction)) return std::nullopt;
    }
    const std::size_t zeros = std::min(out.whole.find_first_not_of('0'), out.whole.size() - 1);
    if (zeros > 0 && style == NumberStyle::Canonical) return std::nullopt;
    out.whole.remove_prefix(zeros);
    return out;
}

bool is_domain(std::string_view text) {
    if (text.empty() || text.size() > 253 || text.find('.') == std::string_view::npos) return false;
    std::size_t label = 0;  // its length so far
    for (std::size_t index = 0; index <= text.size(); ++index) {
        if (index == text.size() || text[index] == '.') {
            if (label == 0 || label > 63 || text[index - 1] == '-') return false;
            label = 0;
            continue;
        }
        const char c = text[index];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !is_digit(c) && (c != '-' || label == 0)) return false;
        ++label;
    }
    return true;
}

bool is_local_part(std::string_view text) {
    static constexpr std::string_view kSigns = "!#$%&'*+-/=?^_`{|}~.";
    if (text.empty() || text.size() > 64 || text.front() == '.' || text.back() == '.' ||
        text.find("..") != std::string_view::npos) {
        return false;
    }
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
               kSigns.find(c) != std::string_view::npos;
    });
}

}  // namespace

bool is_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c); });
}

std::optional<std::int64_t> parse_number(std::string_view text) {
    if (!is_digits(text) || text.size() > 18) return std::nullopt;
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string_view to_nfc(std::string_view text, Arena& arena) {
    if (is_nfc(text)) return text;
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* const nfc = icu::Normalizer2::getNFCInstance(status);
    const icu::StringPiece piece(text.data(), static_cast<std::int32_t>(text.size()));
    if (U_FAILURE(status) || nfc->isNormalizedUTF8(piece, status) != 0) return text;
    // NFC of UTF-8 grows to three times its size at most (Unicode annex 15, section 17).
    const std::size_t room = text.size() * 3;
    char* const out = arena.take(room);
    icu::CheckedArrayByteSink sink(out, static_cast<std::int32_t>(room));
    nfc->normalizeUTF8(0, piece, sink, nullptr, status);
    if (U_FAILURE(status) || sink.Overflowed() != 0) return text;
    return {out, static_cast<std::size_t>(sink.NumberOfBytesWritten())};
}

CodecResult canonical_int(std::string_view text, NumberStyle style, Arena& arena) {
    const std::optional<Number> number = take_apart(text, style);
    if (!number || text.find('.') != std::string_view::npos || number->whole.size() > 18) {
        return CodecResult::bad();
    }
    if (!number->negative) return CodecResult::value(number->whole);
    if (number->whole == "0") {
        return style == NumberStyle::Loose ? CodecResult::value(number->whole) : CodecResult::bad();
    }
    if (text.size() == number->whole.size() + 1) return CodecResult::value(text);
    char* const out = arena.take(number->whole.size() + 1);
    out[0] = '-';
    std::memcpy(out + 1, number->whole.data(), number->whole.size());
    return CodecResult::value({out, number->whole.size() + 1});
}

CodecResult canonical_decimal(std::string_view text,
                              DecimalShape shape,
                              NumberStyle style,
                              Arena& arena) {
    const std::optional<Number> number = take_apart(text, style);
    if (!number) return CodecResult::bad();
    const auto scale = static_cast<std::size_t>(shape.scale);
    const std::string_view kept = number->fraction.substr(0, scale);
    if (number->fraction.find_first_not_of('0', scale) != std::string_view::npos) {
        return CodecResult::bad();  // a digit would be lost
    }
    const std::size_t whole_digits = number->whole == "0" ? 0 : number->whole.size();
    if (whole_digits + scale > static_cast<std::size_t>(shape.precision)) return CodecResult::bad();
    const bool is_zero =
        number->whole == "0" && kept.find_first_not_of('0') == std::string_view::npos;
    const std::size_t size = number->whole.size() + (scale == 0 ? 0 : scale + 1) +
                             (number->negative && !is_zero ? 1 : 0);
    char* const begin = arena.take(size);
    char* out = begin;
    if (number->negative && !is_zero) *out++ = '-';
    out = std::copy(number->whole.begin(), number->whole.end(), out);
    if (scale > 0) {
        *out++ = '.';
        out = std::copy(kept.begin(), kept.end(), out);
        std::fill_n(out, scale - kept.size(), '0');
    }
    return CodecResult::value({begin, size});
}

namespace {

bool goes_up(std::string_view kept, std::string_view dropped, Rounding rounding) {
    const bool is_exact = dropped.find_first_not_of('0') == std::string_view::npos;
    if (is_exact || rounding == Rounding::Down) return false;
    if (rounding == Rounding::Up) return true;
    if (dropped[0] != '5') return dropped[0] > '5';
    const bool is_half = dropped.find_first_not_of('0', 1) == std::string_view::npos;
    return rounding == Rounding::HalfUp || !is_half || (kept.back() - '0') % 2 != 0;
}

}  // namespace

CodecResult rounded(std::string_view text, std::size_t scale, Rounding rounding, Arena& arena) {
    const std::optional<Number> number = take_apart(text, NumberStyle::Loose);
    if (!number || number->whole.size() > 18 || text.size() > 64) return CodecResult::bad();
    // All kept digits, one zero in front for a carry.
    const std::size_t size = 1 + number->whole.size() + scale;
    char* const digits = arena.take(size);
    digits[0] = '0';
    char* const end = std::copy(number->whole.begin(), number->whole.end(), digits + 1);
    const std::string_view kept = number->fraction.substr(0, scale);
    std::fill(std::copy(kept.begin(), kept.end(), end), digits + size, '0');
    const std::string_view dropped = number->fraction.substr(kept.size());
    if (goes_up({digits, size}, dropped, rounding)) {
        char* at = digits + size - 1;
        while (*at == '9') *at-- = '0';
        ++*at;
    }
    const std::string_view all(digits, size);
    const std::size_t zeros = std::min(all.find_first_not_of('0'), size - scale - 1);
    const bool is_zero = all.find_first_not_of('0') == std::string_view::npos;
    char* const begin = arena.take(size + 2);
    char* out = begin;
    if (number->negative && !is_zero) *out++ = '-';
    out = std::copy(digits + zeros, digits + size - scale, out);
    if (scale > 0) {
        *out++ = '.';
        out = std::copy(digits + size - scale, digits + size, out);
    }
    return CodecResult::value({begin, static_cast<std::size_t>(out - begin)});
}

bool is_year(std::string_view text) {
    return text.size() == 4 && is_digits(text) && text != "0000";
}

bool is_month(std::string_view text) {
    return text.size() == 7 && is_year(text.substr(0, 4)) && text[4] == '-' &&
           is_digits(text.substr(5)) && text.substr(5) >= "01" && text.substr(5) <= "12";
}

bool is_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    constexpr std::size_t kDigits[] = {0, 1, 2, 3, 5, 6, 8, 9};
    if (!std::all_of(std::begin(kDigits), std::end(kDigits),
                     [text](std::size_t at) { return is_digit(text[at]); })) {
        return false;
    }
    const auto pair = [text](std::size_t at) {
        return (text[at] - '0') * 10 + (text[at + 1] - '0');
    };
    constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int year = pair(0) * 100 + pair(2);
    const int month = pair(5);
    const int day = pair(8);
    if (year == 0 || month == 0 || month > 12 || day == 0) return false;
    const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= (month == 2 && is_leap ? 29 : kDays[month - 1]);
}

bool is_time(std::string_view text) {
    return text.size() == 8 && text[2] == ':' && text[5] == ':' && is_digits(text.substr(0, 2)) &&
           is_digits(text.substr(3, 2)) && is_digits(text.substr(6, 2)) &&
           text.substr(0, 2) < "24" && text[3] < '6' && text[6] < '6';
}

CodecResult canonical_datetime(std::string_view text, Arena& arena) {
    constexpr std::string_view kChina = "+08:00";
    if (text.size() < 20 || !is_date(text.substr(0, 10)) || !is_time(text.substr(11, 8))) {
        return CodecResult::bad();
    }
    if (text.size() == 25 && text[10] == 'T' && text.ends_with(kChina)) {
        return CodecResult::value(text);
    }
    const std::size_t fraction = text[19] == '.' ? text.find_first_not_of("0123456789", 20) : 19;
    if (fraction == std::string_view::npos ||
        (fraction > 23 &&
         text.substr(23, fraction - 23).find_first_not_of('0') != std::string_view::npos)) {
        return CodecResult::bad();
    }
    const Result<Instant> instant = parse_rfc3339(text);
    if (!instant) return CodecResult::bad();
    // The zone may carry a day over the end of year 9999 or before year 1.
    const std::string_view normal = write_datetime(*instant, arena);
    return is_date(normal.substr(0, 10)) ? CodecResult::value(normal) : CodecResult::bad();
}

CodecResult with_point(std::string_view text, DecimalShape shape, NumberStyle style, Arena& arena) {
    const CodecResult whole = canonical_int(text, style, arena);
    if (whole.state != SlotState::Value) return whole;
    const bool is_negative = whole.text[0] == '-';
    const std::string_view digits = whole.text.substr(is_negative ? 1 : 0);
    const auto scale = static_cast<std::size_t>(shape.scale);
    const std::size_t zeros = digits.size() > scale ? 0 : scale + 1 - digits.size();
    char* const begin = arena.take(digits.size() + zeros + 2);
    char* out = begin;
    if (is_negative) *out++ = '-';
    for (std::size_t index = 0; index < zeros + digits.size(); ++index) {
        if (index + scale == zeros + digits.size()) *out++ = '.';
        *out++ = index < zeros ? '0' : digits[index - zeros];
    }
    return canonical_decimal({begin, static_cast<std::size_t>(out - begin)}, shape,
                             NumberStyle::Canonical, arena);
}

CodecResult without_point(std::string_view text, DecimalShape shape, Arena& arena) {
    const CodecResult decimal = canonical_decimal(text, shape, NumberStyle::Canonical, arena);
    if (decimal.state != SlotState::Value) return CodecResult::bad(Errc::NotEncodable);
    char* const begin = arena.take(decimal.text.size());
    char* const end = std::copy_if(decimal.text.begin(), decimal.text.end(), begin,
                                   [](char c) { return c != '.'; });
    const CodecResult whole =
        canonical_int({begin, static_cast<std::size_t>(end - begin)}, NumberStyle::Loose, arena);
    return whole.state == SlotState::Value ? whole : CodecResult::bad(Errc::NotEncodable);
}

std::string_view write_number(std::int64_t number, Arena& arena) {
    constexpr std::size_t kRoom = 20;
    char* const begin = arena.take(kRoom);
    const auto [end, failure] = std::to_chars(begin, begin + kRoom, number);
    return {begin, static_cast<std::size_t>(end - begin)};
}

std::string_view write_datetime(Instant instant, Arena& arena) {
    constexpr std::string_view kTemplate = "0000-00-00T00:00:00.000+08:00";
    const auto local = instant + kChinaOffset;
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const std::chrono::year_month_day date{day};
    const auto clock = static_cast<std::uint64_t>((local - day).count());  // milliseconds
    char* const out = arena.take(kTemplate.size());
    std::memcpy(out, kTemplate.data(), kTemplate.size());
    const auto put = [out](std::size_t begin, std::size_t size, std::uint64_t value) {
        for (std::size_t left = size; left > 0; --left, value /= 10) {
            out[begin + left - 1] = static_cast<char>('0' + value % 10);
        }
    };
    const int year = static_cast<int>(date.year());
    put(0, 4, year >= 1 && year <= 9999 ? static_cast<std::uint64_t>(year) : 0);
    put(5, 2, static_cast<unsigned>(date.month()));
    put(8, 2, static_cast<unsigned>(date.day()));
    put(11, 2, clock / 3'600'000);
    put(14, 2, clock / 60'000 % 60);
    put(17, 2, clock / 1'000 % 60);
    if (clock % 1'000 != 0) {
        put(20, 3, clock % 1'000);
        return {out, kTemplate.size()};
    }
    std::memmove(out + 19, out + 23, 6);
    return {out, kTemplate.size() - 4};
}

bool is_e164(std::string_view text) {
    if (text.size() < 8 || text.size() > 16 || text[0] != '+' || text[1] == '0' ||
        !is_digits(text.substr(1))) {
        return false;
    }
    if (!text.starts_with("+86")) return true;
    // 11 digits of a mobile phone; area code without its 0 and 7 or 8 digits; 400 and 800 numbers.
    const std::string_view rest = text.substr(3);
    if (rest[0] == '1' && rest[1] != '0') return rest.size() == 11 && rest[1] >= '3';
    return rest[0] != '0' && rest.size() >= 9 && rest.size() <= 11;
}

std::string_view to_ascii_lower(std::string_view text, Arena& arena) {
    const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (std::none_of(text.begin(), text.end(), is_upper)) return text;
    char* const out = arena.take(text.size());
    std::transform(text.begin(), text.end(), out, [is_upper](char c) {
        return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return {out, text.size()};
}

CodecResult canonical_email(std::string_view text, Arena& arena) {
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos || text.size() > 254 || !is_local_part(text.substr(0, at)) ||
        !is_domain(text.substr(at + 1))) {
        return CodecResult::bad();
    }
    const std::string_view domain = text.substr(at + 1);
    const std::string_view lower = to_ascii_lower(domain, arena);
    if (lower.data() == domain.data()) return CodecResult::value(text);
    char* const out = arena.take(text.size());
    std::memcpy(out, text.data(), at + 1);
    std::memcpy(out + at + 1, lower.data(), lower.size());
    return CodecResult::value({out, text.size()});
}

bool is_url(std::string_view text) {
    if (text.size() > 2048) return false;
    const std::size_t scheme = text.starts_with("https://")  ? 8
                               : text.starts_with("http://") ? 7
                                                             : 0;
    if (scheme == 0) return false;
    const std::string_view host = text.substr(scheme, text.find_first_of("/?#", scheme) - scheme);
    if (host.empty() || host[0] == ':' || host.find('@') != std::string_view::npos) return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return c > 0x20 && c < 0x7F && c != '"' && c != '<' && c != '>' && c != '\\' && c != '^' &&
               c != '`' && c != '{' && c != '|' && c != '}';
    });
}

bool is_passport(std::string_view text) {
    return !text.empty() && text.size() <= 20 && std::all_of(text.begin(), text.end(), [](char c) {
        return is_digit(c) || (c >= 'A' && c <= 'Z');
    });
}

}  // namespace luqiao::mapping
