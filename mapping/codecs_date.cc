#include "mapping/codec_families.h"
#include "mapping/date_pattern.h"

namespace luqiao::mapping {
namespace {

constexpr std::size_t kDatePivotAt = 1;

CodecResult date_decode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    Moment moment;
    if (!PatternUse(arguments, kDatePivotAt).read(text, moment)) return CodecResult::bad();
    const std::string_view date = moment.part(0, 10);
    return is_date(date) ? CodecResult::value(context.arena.copy(date)) : CodecResult::bad();
}

CodecResult date_encode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    if (!is_date(text)) return CodecResult::bad(Errc::NotEncodable);
    Moment moment;
    moment.put(0, text);
    return PatternUse(arguments, kDatePivotAt).write(moment, context.arena);
}

CodecResult month_decode(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& context) {
    Moment moment;
    if (!PatternUse(arguments, kDatePivotAt).read(text, moment)) return CodecResult::bad();
    const std::string_view month = moment.part(0, 7);
    return is_month(month) ? CodecResult::value(context.arena.copy(month)) : CodecResult::bad();
}

CodecResult month_encode(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& context) {
    if (!is_month(text)) return CodecResult::bad(Errc::NotEncodable);
    Moment moment;
    moment.put(0, text);
    return PatternUse(arguments, kDatePivotAt).write(moment, context.arena);
}

CodecResult year_decode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    Moment moment;
    if (!PatternUse(arguments, kDatePivotAt).read(text, moment)) return CodecResult::bad();
    const std::string_view year = moment.part(0, 4);
    return is_year(year) ? CodecResult::value(context.arena.copy(year)) : CodecResult::bad();
}

CodecResult year_encode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    if (!is_year(text)) return CodecResult::bad(Errc::NotEncodable);
    Moment moment;
    moment.put(0, text);
    return PatternUse(arguments, kDatePivotAt).write(moment, context.arena);
}

Grade grade_by_year(const CodecArguments& arguments) {
    return grade_of_pattern(arguments, 0);
}

// --- the codecs ----------------------------------------

std::vector<Argument> pattern_and_pivot() {
    return {{"pattern", ArgumentKind::Text}, {"pivot", ArgumentKind::Number, true}};
}

Codec date_codec() {
    return {.name = "date",
            .summary = {"按格式书写的日期（yyyy MM "
                        "dd，其余为原样字符）；不存在的日期为错误。两位年份 yy 要写分界，为有损",
                        "a day written by a pattern (yyyy MM dd, other signs as they are); it must "
                        "exist. A two-digit year yy needs a pivot and is lossy"},
            .arguments = pattern_and_pivot(),
            .fails = Fails::Both,
            .gives = TypeKind::Date,
            .examples = {{"date(yyyyMMdd)", "19900102", "1990-01-02"},
                         {"date(\"yyyy/MM/dd\")", "2024/02/29", "2024-02-29"},
                         {"date(\"yyyy年MM月dd日\")", "2025年10月09日", "2025-10-09"},
                         {"date(yyyyMMdd000000)", "20251009000000", "2025-10-09"},
                         {"date(yyMMdd, 30)", "291231", "2029-12-31"},
                         {"date(yyMMdd, 30)", "300101", "1930-01-01"},
                         {"date(yyyyMMdd)", "19900230", "!E2004"},
                         {"date(yyyyMMdd)", "１９９００１０２", "!E2004"},
                         {"date(\"yyyy-MM-dd\")", "1990-1-2", "!E2004"},
                         {"date(yyMMdd, 30)", "!E2005", "1929-12-31"},
                         {"date(yyyyMMdd)", "!E2005", "1990-02-30"}},
            .decode = date_decode,
            .encode = date_encode,
            .expected = expect_pattern,
            .check =
                [](const CodecArguments& a) {
                    return check_pattern(a, {kDateParts, 0, kDatePivotAt, "yyyy MM dd"});
                },
            .grade_of = grade_by_year,
            .wire_shape = shape_of_pattern};
}

Codec month_codec() {
    return {.name = "month",
            .summary = {"按格式书写的年月", "a month written by a pattern"},
            .arguments = pattern_and_pivot(),
            .fails = Fails::Both,
            .gives = TypeKind::Month,
            .examples = {{"month(yyyyMM)", "202510", "2025-10"},
                         {"month(\"yyyy/MM\")", "2025/01", "2025-01"},
                         {"month(\"yyyy年MM月\")", "2025年12月", "2025-12"},
                         {"month(yyMM, 50)", "9907", "1999-07"},
                         {"month(yyyyMM)", "202513", "!E2004"},
                         {"month(yyyyMM)", "20251", "!E2004"},
                         {"month(yyyyMM)", "!E2005", "2025"}},
            .decode = month_decode,
            .encode = month_encode,
            .expected = expect_pattern,
            .check =
                [](const CodecArguments& a) {
                    return check_pattern(a, {kMonthParts, 0, kDatePivotAt, "yyyy MM"});
                },
            .grade_of = grade_by_year,
            .wire_shape = shape_of_pattern};
}

Codec year_codec() {
    return {.name = "year",
            .summary = {"按格式书写的年份", "a year written by a pattern"},
            .arguments = pattern_and_pivot(),
            .fails = Fails::Both,
            .gives = TypeKind::Year,
            .examples = {{"year(yyyy)", "2025", "2025"},
                         {"year(\"yyyy年\")", "2019年", "2019"},
                         {"year(yy, 50)", "49", "2049"},
                         {"year(yy, 50)", "50", "1950"},
                         {"year(yyyy)", "0000", "!E2004"},
                         {"year(yyyy)", "25", "!E2004"},
                         {"year(yy, 50)", "!E2005", "2050"}},
            .decode = year_decode,
            .encode = year_encode,
            .expected = expect_pattern,
            .check =
                [](const CodecArguments& a) {
                    return check_pattern(a, {kYearPart, 0, kDatePivotAt, "yyyy"});
                },
            .grade_of = grade_by_year,
            .wire_shape = shape_of_pattern};
}

}  // namespace

std::span<const Codec> date_codecs() {
    static const Codec list[] = {date_codec(), month_codec(), year_codec()};
    return list;
}

}  // namespace luqiao::mapping
