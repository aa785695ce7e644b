#include "mapping/codec_families.h"
#include "mapping/date_pattern.h"

#include <charconv>
#include <cstring>

namespace luqiao::mapping {
namespace {

constexpr std::string_view kChina = "+08:00";
constexpr int kChinaMinutes = 8 * 60;

// --- time --------------------------------------------------------------------------------------

CodecResult time_decode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    Moment moment;
    if (!read_pattern(text, argument(arguments, 0), moment)) return CodecResult::bad();
    const std::string_view time = moment.part(11, 8);
    return is_time(time) ? CodecResult::value(context.arena.copy(time)) : CodecResult::bad();
}

CodecResult time_encode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    if (!is_time(text)) return CodecResult::bad(Errc::NotEncodable);
    Moment moment;
    moment.put(11, text);
    return write_pattern(moment, argument(arguments, 0), context.arena);
}

// --- datetime ----------------------------------------------------------------------------------

/// Minutes east of Greenwich of "+08:00", "-05:30" or "Z".
std::optional<int> parse_zone(std::string_view text) {
    if (text == "Z") return 0;
    const bool is_shaped = text.size() == 6 && (text[0] == '+' || text[0] == '-') &&
                           text[3] == ':' && is_digits(text.substr(1, 2)) &&
                           is_digits(text.substr(4, 2));
    if (!is_shaped || text.substr(1, 2) > "14" || text[4] > '5') return std::nullopt;
    const int minutes =
        (text[1] - '0') * 600 + (text[2] - '0') * 60 + (text[4] - '0') * 10 + (text[5] - '0');
    return text[0] == '-' ? -minutes : minutes;
}

/// The zone that the wire's times are in: the second argument, or China's.
int zone_of(const CodecArguments& arguments) {
    const std::string_view zone = argument(arguments, 1);
    return zone.empty() ? kChinaMinutes : parse_zone(zone).value_or(kChinaMinutes);
}

constexpr std::size_t kTimePivotAt = 2;

/// Moves a moment to another zone. False: out of the years 1 to 9999.
bool shift(Moment& moment, int minutes) {
    if (minutes == 0) return true;
    const std::string_view text = moment.part(0, Moment::kSize);
    const auto number = [text](std::size_t begin, std::size_t size) {
        int value = 0;
        for (const char digit : text.substr(begin, size)) value = value * 10 + (digit - '0');
        return value;
    };
    const std::chrono::sys_days day = std::chrono::year{number(0, 4)} /
                                      std::chrono::month(static_cast<unsigned>(number(5, 2))) /
                                      std::chrono::day(static_cast<unsigned>(number(8, 2)));
    const auto moved = day + std::chrono::minutes{number(11, 2) * 60 + number(14, 2) + minutes};
    const auto moved_day = std::chrono::floor<std::chrono::days>(moved);
    const std::chrono::year_month_day date{moved_day};
    const auto clock = std::chrono::duration_cast<std::chrono::minutes>(moved - moved_day).count();
    const auto put = [&moment](std::size_t begin, std::size_t size, unsigned value) {
        for (std::size_t left = size; left > 0; --left, value /= 10) {
            moment.text[begin + left - 1] = static_cast<char>('0' + value % 10);
        }
    };
    const int year = static_cast<int>(date.year());
    if (year < 1 || year > 9999) return false;
    put(0, 4, static_cast<unsigned>(year));
    put(5, 2, static_cast<unsigned>(date.month()));
    put(8, 2, static_cast<unsigned>(date.day()));
    put(11, 2, static_cast<unsigned>(clock / 60));
    put(14, 2, static_cast<unsigned>(clock % 60));
    return true;
}

CodecResult datetime_decode(std::string_view text,
                            const CodecArguments& arguments,
                            CodecContext& context) {
    Moment moment;
    if (!PatternUse(arguments, kTimePivotAt).read(text, moment) || !is_date(moment.part(0, 10)) ||
        !is_time(moment.part(11, 8)) || !shift(moment, kChinaMinutes - zone_of(arguments))) {
        return CodecResult::bad();
    }
    const std::size_t size = moment.part(20, 3) == "000" ? 19 : Moment::kSize;
    char* const out = context.arena.take(size + kChina.size());
    std::memcpy(out, moment.text.data(), size);
    std::memcpy(out + size, kChina.data(), kChina.size());
    return CodecResult::value({out, size + kChina.size()});
}

CodecResult datetime_encode(std::string_view text,
                            const CodecArguments& arguments,
                            CodecContext& context) {
    const CodecResult canonical = canonical_datetime(text, context.arena);
    if (canonical.state != SlotState::Value) return CodecResult::bad(Errc::NotEncodable);
    Moment moment;
    moment.put(0, canonical.text.substr(0, canonical.text.size() - kChina.size()));
    if (!shift(moment, zone_of(arguments) - kChinaMinutes)) {
        return CodecResult::bad(Errc::NotEncodable);
    }
    return PatternUse(arguments, kTimePivotAt).write(moment, context.arena);
}

Text check_datetime(const CodecArguments& arguments) {
    if (!argument(arguments, 1).empty() && !parse_zone(argument(arguments, 1))) {
        return {"时区写成 \"+08:00\" 或 \"Z\"", R"(a zone is written "+08:00" or "Z")"};
    }
    return check_pattern(arguments,
                         {kDateTimeParts, kMillisecond, kTimePivotAt, "yyyy MM dd HH mm ss"});
}

CodecResult rfc3339_decode(std::string_view text,
                           const CodecArguments& /*arguments*/,
                           CodecContext& context) {
    return canonical_datetime(text, context.arena);
}

CodecResult rfc3339_encode(std::string_view text,
                           const CodecArguments& /*arguments*/,
                           CodecContext& context) {
    const CodecResult canonical = canonical_datetime(text, context.arena);
    return canonical.state == SlotState::Value ? canonical : CodecResult::bad(Errc::NotEncodable);
}

// --- parts and epochs --------------------------------------------------------------------------

CodecResult date_part_encode(std::string_view text,
                             const CodecArguments& arguments,
                             CodecContext& context) {
    const std::string_view pattern = argument(arguments, 0);
    Moment moment;
    if (is_date(text) && (parts_of(pattern).value_or(0) & ~(kDateParts | kShortYear)) == 0) {
        moment.put(0, text);
        return write_pattern(moment, pattern, context.arena);
    }
    const CodecResult canonical = canonical_datetime(text, context.arena);
    if (canonical.state != SlotState::Value) return CodecResult::bad(Errc::NotEncodable);
    moment.put(0, canonical.text.substr(0, canonical.text.size() - kChina.size()));
    return write_pattern(moment, pattern, context.arena);
}

bool is_milliseconds(const CodecArguments& arguments) {
    return argument(arguments, 0) == "ms";
}

CodecResult epoch_decode(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& context) {
    constexpr std::int64_t kEnd = 253'402'271'999;  // 9999-12-31T23:59:59+08:00
    const std::optional<std::int64_t> number = parse_number(text);
    if (!number || (text.size() > 1 && text[0] == '0')) return CodecResult::bad();
    const std::int64_t unit = is_milliseconds(arguments) ? 1 : 1'000;
    if (*number / (1'000 / unit) > kEnd) return CodecResult::bad();
    return CodecResult::value(write_datetime(Instant{Duration{*number * unit}}, context.arena));
}

CodecResult epoch_encode(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& context) {
    const CodecResult canonical = canonical_datetime(text, context.arena);
    if (canonical.state != SlotState::Value) return CodecResult::bad(Errc::NotEncodable);
    const Result<Instant> instant = parse_rfc3339(canonical.text);
    if (!instant || instant->time_since_epoch().count() < 0) {
        return CodecResult::bad(Errc::NotEncodable);
    }
    const std::int64_t count = instant->time_since_epoch().count();
    constexpr std::size_t kRoom = 20;
    char* const begin = context.arena.take(kRoom);
    const auto [end, failure] =
        std::to_chars(begin, begin + kRoom, is_milliseconds(arguments) ? count : count / 1'000);
    return CodecResult::value({begin, static_cast<std::size_t>(end - begin)});
}

Text check_epoch(const CodecArguments& arguments) {
    if (argument(arguments, 0) == "s" || is_milliseconds(arguments)) return {};
    return {"参数为 s 或 ms", "the argument is s or ms"};
}

// --- the codecs ----------------------------------------

Codec time_codec() {
    return {.name = "time",
            .summary = {"按格式书写的时刻；格式无 ss 时秒不写出，为有损",
                        "a time of day written by a pattern; without ss seconds are not written, "
                        "which is lossy"},
            .arguments = {{"pattern", ArgumentKind::Text}},
            .fails = Fails::Both,
            .gives = TypeKind::Time,
            .examples = {{"time(HHmmss)", "101500", "10:15:00"},
                         {"time(\"HH时mm分ss秒\")", "10时15分00秒", "10:15:00"},
                         {"time(\"HH:mm\")", "10:15", "10:15:00"},
                         {"time(HHmmss)", "240000", "!E2004"},
                         {"time(HHmmss)", "106000", "!E2004"},
                         {"time(HHmmss)", "!E2005", "10:15"}},
            .decode = time_decode,
            .encode = time_encode,
            .expected = expect_pattern,
            .check =
                [](const CodecArguments& a) {
                    return check_pattern(a, {kMinuteParts, kSecond, 1, "HH mm"});
                },
            .grade_of = [](const CodecArguments& a) { return grade_of_pattern(a, kTimeParts); },
            .wire_shape = shape_of_pattern};
}

Codec datetime_codec() {
    return {
        .name = "datetime",
        .summary = {"按格式书写的时间，未写时区为北京时间；格式无 SSS 时毫秒不写出，为有损",
                    "a moment written by a pattern, in China's time unless a zone is given; "
                    "without SSS a fraction is not written, which is lossy"},
        .arguments = {{"pattern", ArgumentKind::Text},
                      {"zone", ArgumentKind::Text, true},
                      {"pivot", ArgumentKind::Number, true}},
        .fails = Fails::Both,
        .gives = TypeKind::DateTime,
        .examples = {{"datetime(yyyyMMddHHmmss)", "20251009101500", "2025-10-09T10:15:00+08:00"},
                     {"datetime(\"yyyy-MM-dd HH:mm:ss\")", "2025-10-09 10:15:00",
                      "2025-10-09T10:15:00+08:00"},
                     {"datetime(\"yyyy-MM-dd HH:mm:ss.SSS\")", "2025-10-09 10:15:00.120",
                      "2025-10-09T10:15:00.120+08:00"},
                     {"datetime(yyyyMMddHHmmss, \"Z\")", "20251008230000",
                      "2025-10-09T07:00:00+08:00"},
                     {"datetime(yyyyMMddHHmmss, \"-05:00\")", "20251231190000",
                      "2026-01-01T08:00:00+08:00"},
                     {"datetime(yyMMddHHmmss, \"+08:00\", 50)", "251009101500",
                      "2025-10-09T10:15:00+08:00"},
                     {"datetime(yyyyMMddHHmmss)", "20251009251500", "!E2004"},
                     {"datetime(yyyyMMddHHmmss)", "20250230101500", "!E2004"},
                     {"datetime(yyyyMMddHHmmss)", "!E2005", "2025-10-09"}},
        .decode = datetime_decode,
        .encode = datetime_encode,
        .expected = expect_pattern,
        .check = check_datetime,
        .grade_of =
            [](const CodecArguments& a) {
                return grade_of_pattern(a, kDateTimeParts | kMillisecond);
            },
        .wire_shape = shape_of_pattern};
}

Codec rfc3339_codec() {
    return {
        .name = "rfc3339",
        .summary =
            {"RFC 3339 时间，任意时区可读，写为 +08:00；精度到毫秒",
             "a moment by RFC 3339, read in any zone, written with +08:00; down to milliseconds"},
        .grade = Grade::Canonical,
        .fails = Fails::Both,
        .gives = TypeKind::DateTime,
        .examples = {{"rfc3339", "2025-10-09T02:15:00Z", "2025-10-09T10:15:00+08:00",
                      "2025-10-09T10:15:00+08:00"},
                     {"rfc3339", "2025-10-09T10:15:00.120+08:00", "2025-10-09T10:15:00.120+08:00"},
                     {"rfc3339", "2025-10-09T10:15:00", "!E2004"},
                     {"rfc3339", "2025-10-09T10:15:00.1234567+08:00", "!E2004"},
                     {"rfc3339", "!E2005", "2025-10-09"}},
        .decode = rfc3339_decode,
        .encode = rfc3339_encode,
        .expected =
            [](const CodecArguments& /*a*/) {
                return std::string("a moment with its zone, by RFC 3339");
            },
        .wire_shape = [](const Shape& /*s*/, const CodecArguments& /*a*/) -> std::optional<Shape> {
            return Shape{29, Repertoire::Ascii};
        }};
}

Codec date_part_codec() {
    return {.name = "date_part",
            .summary = {"写出日期或时间的一部分（只写）",
                        "writes a part of a day or a moment (write only)"},
            .arguments = {{"pattern", ArgumentKind::Text}},
            .grade = Grade::OneWay,
            .fails = Fails::Writing,
            .examples = {{"date_part(yyyy)", "2025", "2025-10-09"},
                         {"date_part(yyMM)", "2510", "2025-10-09"},
                         {"date_part(\"yyyy-MM-dd\")", "2025-10-09", "2025-10-09T10:15:00+08:00"},
                         {"date_part(HHmm)", "1015", "2025-10-09T10:15:00+08:00"},
                         {"date_part(HHmm)", "!E2005", "2025-10-09"}},
            .encode = date_part_encode,
            .expected = expect_pattern,
            .check = [](const CodecArguments& a) -> Text {
                const std::optional<unsigned> parts = parts_of(argument(a, 0));
                if (parts && *parts != 0) return {};
                return {"格式由 yyyy MM dd HH mm ss SSS 组成",
                        "the pattern is made of yyyy MM dd HH mm ss SSS"};
            },
            .wire_shape = shape_of_pattern};
}

Codec epoch_codec() {
    return {
        .name = "epoch",
        .summary = {"自 1970-01-01T00:00:00Z 起的秒数 (s) 或毫秒数 (ms)；秒数不写出毫秒，为有损",
                    "seconds (s) or milliseconds (ms) since 1970-01-01T00:00:00Z; seconds drop a "
                    "fraction, which is lossy"},
        .arguments = {{"unit", ArgumentKind::Word}},
        .fails = Fails::Both,
        .gives = TypeKind::DateTime,
        .examples = {{"epoch(s)", "1759976100", "2025-10-09T10:15:00+08:00"},
                     {"epoch(ms)", "1759976100120", "2025-10-09T10:15:00.120+08:00"},
                     {"epoch(s)", "0", "1970-01-01T08:00:00+08:00"},
                     {"epoch(s)", "-1", "!E2004"},
                     {"epoch(s)", "01", "!E2004"},
                     {"epoch(s)", "1759976100120", "!E2004"},
                     {"epoch(s)", "!E2005", "1969-12-31T23:59:59+08:00"}},
        .decode = epoch_decode,
        .encode = epoch_encode,
        .expected =
            [](const CodecArguments& a) {
                return std::string(is_milliseconds(a) ? "milliseconds since 1970"
                                                      : "seconds since 1970");
            },
        .check = check_epoch,
        .grade_of =
            [](const CodecArguments& a) {
                return is_milliseconds(a) ? Grade::Exact : Grade::Lossy;
            },
        .wire_shape = [](const Shape& /*s*/, const CodecArguments& a) -> std::optional<Shape> {
            return Shape{is_milliseconds(a) ? 15u : 12u, Repertoire::Digit};
        }};
}

}  // namespace

std::span<const Codec> time_codecs() {
    static const Codec list[] = {time_codec(), datetime_codec(), rfc3339_codec(), date_part_codec(),
                                 epoch_codec()};
    return list;
}

}  // namespace luqiao::mapping
