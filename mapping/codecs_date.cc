#include "mapping/codec_families.h"
#include "mapping/date_pattern.h"

#include <charconv>
#include <cstring>

namespace luqiao::mapping {
namespace {

constexpr std::string_view kChina = "+08:00";

/// The moment of a canonical date, month, time or datetime (`place`: where its text begins).
std::optional<Moment> moment_of(std::string_view text, std::size_t place) {
    Moment moment;
    if (text.size() + place > moment.text.size()) return std::nullopt;
    std::memcpy(moment.text.data() + place, text.data(), text.size());
    return moment;
}

std::optional<Moment> moment_of_datetime(std::string_view text, Arena& arena) {
    const CodecResult canonical = canonical_datetime(text, arena);
    if (canonical.state != SlotState::Value) return std::nullopt;
    return moment_of(canonical.text.substr(0, canonical.text.size() - kChina.size()), 0);
}

std::string_view pattern_of(const CodecArguments& arguments) {
    return argument(arguments, 0);
}

std::string expect_pattern(const CodecArguments& arguments) {
    return std::string(pattern_of(arguments));
}

Text check_parts(const CodecArguments& arguments,
                 unsigned needed,
                 unsigned also,
                 std::string_view shown) {
    const std::optional<unsigned> parts = parts_of(pattern_of(arguments));
    if (parts && (*parts & ~also) == needed) return {};
    return {fmt::format("格式应恰好包含 {}，各一次", shown),
            fmt::format("the pattern has exactly {}, each once", shown)};
}

// --- date, month, time, datetime ---------------------------------------------------------------

CodecResult date_decode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    Moment moment;
    if (!read_pattern(text, pattern_of(arguments), moment)) return CodecResult::bad();
    const std::string_view date = moment.part(0, 10);
    return is_date(date) ? CodecResult::value(context.arena.copy(date)) : CodecResult::bad();
}

CodecResult date_encode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    const std::optional<Moment> moment = is_date(text) ? moment_of(text, 0) : std::nullopt;
    if (!moment) return CodecResult::bad(Errc::NotEncodable);
    return write_pattern(*moment, pattern_of(arguments), context.arena);
}

/// "2025-10-01", when `text` is "2025-10".
std::optional<Moment> moment_of_month(std::string_view text) {
    if (text.size() != 7) return std::nullopt;
    std::optional<Moment> moment = moment_of(text, 0);
    std::memcpy(moment->text.data() + 8, "01", 2);
    return is_date(moment->part(0, 10)) ? moment : std::nullopt;
}

CodecResult month_decode(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& context) {
    Moment moment;
    if (!read_pattern(text, pattern_of(arguments), moment)) return CodecResult::bad();
    const std::string_view month = moment.part(0, 7);
    return moment_of_month(month) ? CodecResult::value(context.arena.copy(month))
                                  : CodecResult::bad();
}

CodecResult month_encode(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& context) {
    const std::optional<Moment> moment = moment_of_month(text);
    if (!moment) return CodecResult::bad(Errc::NotEncodable);
    return write_pattern(*moment, pattern_of(arguments), context.arena);
}

CodecResult time_decode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    Moment moment;
    if (!read_pattern(text, pattern_of(arguments), moment)) return CodecResult::bad();
    const std::string_view time = moment.part(11, 8);
    return is_time(time) ? CodecResult::value(context.arena.copy(time)) : CodecResult::bad();
}

CodecResult time_encode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    const std::optional<Moment> moment = is_time(text) ? moment_of(text, 11) : std::nullopt;
    if (!moment) return CodecResult::bad(Errc::NotEncodable);
    return write_pattern(*moment, pattern_of(arguments), context.arena);
}

CodecResult datetime_decode(std::string_view text,
                            const CodecArguments& arguments,
                            CodecContext& context) {
    Moment moment;
    if (!read_pattern(text, pattern_of(arguments), moment) || !is_date(moment.part(0, 10)) ||
        !is_time(moment.part(11, 8))) {
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
    const std::optional<Moment> moment = moment_of_datetime(text, context.arena);
    if (!moment) return CodecResult::bad(Errc::NotEncodable);
    return write_pattern(*moment, pattern_of(arguments), context.arena);
}

CodecResult date_part_encode(std::string_view text,
                             const CodecArguments& arguments,
                             CodecContext& context) {
    const std::string_view pattern = pattern_of(arguments);
    if (is_date(text) && (parts_of(pattern).value_or(0) & ~kDateParts) == 0) {
        return date_encode(text, arguments, context);
    }
    return datetime_encode(text, arguments, context);
}

// --- epochs ------------------------------------------------------------------------------------

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
    return CodecResult::value(context.arena.copy(to_rfc3339(Instant{Duration{*number * unit}})));
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

std::vector<Argument> pattern_argument() {
    return {{"pattern", ArgumentKind::Text}};
}

Codec date_codec() {
    return {.name = "date",
            .summary =
                {"按格式书写的日期（yyyy MM dd，其余为原样字符）；不存在的日期为错误",
                 "a day written by a pattern (yyyy MM dd, other signs as they are); it must exist"},
            .arguments = pattern_argument(),
            .gives = TypeKind::Date,
            .examples = {{"date(yyyyMMdd)", "19900102", "1990-01-02"},
                         {"date(\"yyyy/MM/dd\")", "2024/02/29", "2024-02-29"},
                         {"date(\"yyyy年MM月dd日\")", "2025年10月09日", "2025-10-09"},
                         {"date(yyyyMMdd000000)", "20251009000000", "2025-10-09"},
                         {"date(yyyyMMdd)", "19900230", "!E2004"},
                         {"date(yyyyMMdd)", "１９９００１０２", "!E2004"},
                         {"date(\"yyyy-MM-dd\")", "1990-1-2", "!E2004"}},
            .decode = date_decode,
            .encode = date_encode,
            .expected = expect_pattern,
            .check = [](const CodecArguments& a) {
                return check_parts(a, kDateParts, 0, "yyyy MM dd");
            }};
}

Codec month_codec() {
    return {
        .name = "month",
        .summary = {"按格式书写的年月", "a month written by a pattern"},
        .arguments = pattern_argument(),
        .gives = TypeKind::Month,
        .examples = {{"month(yyyyMM)", "202510", "2025-10"},
                     {"month(\"yyyy/MM\")", "2025/01", "2025-01"},
                     {"month(yyyyMM)", "202513", "!E2004"}},
        .decode = month_decode,
        .encode = month_encode,
        .expected = expect_pattern,
        .check = [](const CodecArguments& a) { return check_parts(a, kMonthParts, 0, "yyyy MM"); }};
}

Codec time_codec() {
    return {
        .name = "time",
        .summary = {"按格式书写的时刻", "a time of day written by a pattern"},
        .arguments = pattern_argument(),
        .gives = TypeKind::Time,
        .examples = {{"time(HHmmss)", "101500", "10:15:00"},
                     {"time(\"HH时mm分ss秒\")", "10时15分00秒", "10:15:00"},
                     {"time(HHmmss)", "240000", "!E2004"},
                     {"time(HHmmss)", "106000", "!E2004"}},
        .decode = time_decode,
        .encode = time_encode,
        .expected = expect_pattern,
        .check = [](const CodecArguments& a) { return check_parts(a, kTimeParts, 0, "HH mm ss"); }};
}

Codec datetime_codec() {
    return {
        .name = "datetime",
        .summary = {"按格式书写的北京时间；格式无 SSS 时毫秒不写出",
                    "China time written by a pattern; without SSS a fraction is not written"},
        .arguments = pattern_argument(),
        .gives = TypeKind::DateTime,
        .examples = {{"datetime(yyyyMMddHHmmss)", "20251009101500", "2025-10-09T10:15:00+08:00"},
                     {"datetime(\"yyyy-MM-dd HH:mm:ss\")", "2025-10-09 10:15:00",
                      "2025-10-09T10:15:00+08:00"},
                     {"datetime(\"yyyy-MM-dd HH:mm:ss.SSS\")", "2025-10-09 10:15:00.120",
                      "2025-10-09T10:15:00.120+08:00"},
                     {"datetime(yyyyMMddHHmmss)", "20251009251500", "!E2004"},
                     {"datetime(yyyyMMddHHmmss)", "20250230101500", "!E2004"}},
        .decode = datetime_decode,
        .encode = datetime_encode,
        .expected = expect_pattern,
        .check = [](const CodecArguments& a) {
            return check_parts(a, kDateTimeParts, kMillisecond, "yyyy MM dd HH mm ss");
        }};
}

Codec date_part_codec() {
    return {.name = "date_part",
            .summary = {"写出日期或时间的一部分（只写）",
                        "writes a part of a day or a moment (write only)"},
            .arguments = pattern_argument(),
            .grade = Grade::OneWay,
            .examples = {{"date_part(yyyy)", "2025", "2025-10-09"},
                         {"date_part(\"yyyy-MM-dd\")", "2025-10-09", "2025-10-09T10:15:00+08:00"},
                         {"date_part(HHmm)", "1015", "2025-10-09T10:15:00+08:00"},
                         {"date_part(HHmm)", "!E2005", "2025-10-09"}},
            .encode = date_part_encode,
            .expected = expect_pattern,
            .check = [](const CodecArguments& a) -> Text {
                const std::optional<unsigned> parts = parts_of(pattern_of(a));
                if (parts && *parts != 0) return {};
                return {"格式由 yyyy MM dd HH mm ss SSS 组成",
                        "the pattern is made of yyyy MM dd HH mm ss SSS"};
            }};
}

Codec epoch_codec() {
    return {.name = "epoch",
            .summary = {"自 1970-01-01T00:00:00Z 起的秒数 (s) 或毫秒数 (ms)",
                        "seconds (s) or milliseconds (ms) since 1970-01-01T00:00:00Z"},
            .arguments = {{"unit", ArgumentKind::Word}},
            .gives = TypeKind::DateTime,
            .examples = {{"epoch(s)", "1759976100", "2025-10-09T10:15:00+08:00"},
                         {"epoch(ms)", "1759976100120", "2025-10-09T10:15:00.120+08:00"},
                         {"epoch(s)", "0", "1970-01-01T08:00:00+08:00"},
                         {"epoch(s)", "-1", "!E2004"},
                         {"epoch(s)", "01", "!E2004"},
                         {"epoch(s)", "1759976100120", "!E2004"}},
            .decode = epoch_decode,
            .encode = epoch_encode,
            .expected =
                [](const CodecArguments& a) {
                    return std::string(is_milliseconds(a) ? "milliseconds since 1970"
                                                          : "seconds since 1970");
                },
            .check = check_epoch};
}

}  // namespace

std::span<const Codec> date_codecs() {
    static const Codec list[] = {date_codec(),     month_codec(),     time_codec(),
                                 datetime_codec(), date_part_codec(), epoch_codec()};
    return list;
}

}  // namespace luqiao::mapping
