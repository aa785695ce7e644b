// Functions that count between days or read what a citizen's number says.
#include "mapping/check_digits.h"
#include "mapping/codec_families.h"
#include "mapping/functions.h"

#include <chrono>

namespace luqiao::mapping {
namespace {

using Values = std::span<const CodecResult>;
using Types = std::span<const Type>;

Type whole_number(Types /*types*/, const CodecArguments& /*literals*/) {
    Type out;
    out.kind = TypeKind::Int;
    return out;
}

/// The day of a date or datetime.
std::optional<Date> day_of(std::string_view text) {
    const Result<Date> day = parse_date(text.substr(0, 10));
    return day ? std::optional<Date>(*day) : std::nullopt;
}

struct Days {
    Date from;
    Date to;
};

std::optional<Days> both_days(Values values, const CodecContext& context) {
    const auto from = day_of(values[0].text);
    const auto to = values.size() > 1 ? day_of(values[1].text) : context.as_of;
    if (!from || !to) return std::nullopt;
    return Days{*from, *to};
}

CodecResult number(std::int64_t value, CodecContext& context) {
    return CodecResult::value(context.arena.copy(fmt::format("{}", value)));
}

/// One born on 29 February has a birthday on 1 March in other years (Civil Code article 203).
CodecResult years(Values values, const CodecArguments& /*literals*/, CodecContext& context) {
    const auto days = both_days(values, context);
    if (!days || days->from > days->to) return CodecResult::bad();
    const std::chrono::year_month_day begin{days->from};
    const std::chrono::year_month_day end{days->to};
    int count = static_cast<int>(end.year()) - static_cast<int>(begin.year());
    const bool is_before =
        end.month() < begin.month() || (end.month() == begin.month() && end.day() < begin.day());
    if (is_before) --count;
    return number(count, context);
}

CodecResult days(Values values, const CodecArguments& /*literals*/, CodecContext& context) {
    const auto days = both_days(values, context);
    if (!days) return CodecResult::bad();
    return number((days->to - days->from).count(), context);
}

/// GB 11643: six digits of the division, birth date, a serial that is odd for men, check digit.
CodecResult from_cnid(Values values, const CodecArguments& literals, CodecContext& context) {
    const std::string_view id = values[0].text;
    if (!is_cn_id(id)) return CodecResult::bad();
    const std::string_view part = argument(literals, 0);
    if (part == "region") return CodecResult::value(id.substr(0, 6));
    if (part == "sex") return CodecResult::value((id[16] - '0') % 2 == 1 ? "male" : "female");
    char* const out = context.arena.take(10);
    const auto put = [&](std::size_t at, std::size_t from, std::size_t count) {
        id.copy(out + at, count, from);
    };
    put(0, 6, 4);
    put(5, 10, 2);
    put(8, 12, 2);
    out[4] = out[7] = '-';
    return CodecResult::value({out, 10});
}

Type part_type(Types /*types*/, const CodecArguments& literals) {
    Type out;
    const std::string_view part = argument(literals, 0);
    out.kind = part == "region" ? TypeKind::Region
               : part == "sex"  ? TypeKind::Code
                                : TypeKind::Date;
    if (out.kind == TypeKind::Code) out.table = "sex";
    return out;
}

Text check_part(const CodecArguments& literals) {
    const std::string_view part = argument(literals, 0);
    if (part == "birth_date" || part == "sex" || part == "region") return {};
    return {"应为 birth_date、sex 或 region", "one of birth_date, sex, region"};
}

}  // namespace

std::span<const Function> value_functions() {
    static const Function list[] = {
        {.name = "years",
         .summary = {"两个日期之间的周岁数；只写一个时算到业务日期 (asof)",
                     "whole years between two days; with one, up to the date of asof"},
         .arguments = {{"from", Takes::Date}, {"to", Takes::Date, true}},
         .gives = whole_number,
         .examples = {{"years(1990-01-02, 2025-10-09)", "35"},
                      {"years(2004-02-29, 2025-02-28)", "20"},
                      {"years(1990-01-02)", "35"},
                      {"years(2026-01-01)", "!E2004"}},
         .body = years,
         .as_of_below = 2},
        {.name = "days",
         .summary = {"两个日期之间的天数，可为负；只写一个时算到业务日期 (asof)",
                     "days between two days, may be negative; with one, up to the date of asof"},
         .arguments = {{"from", Takes::Date}, {"to", Takes::Date, true}},
         .gives = whole_number,
         .examples = {{"days(2025-10-01, 2025-10-31)", "30"},
                      {"days(2025-10-31, 2025-10-01)", "-30"},
                      {"days(2025-10-01)", "8"}},
         .body = days,
         .as_of_below = 2},
        {.name = "from_cnid",
         .summary = {"公民身份号码中的出生日期、性别或行政区划",
                     "the birth date, sex or division in a citizen's number"},
         .arguments = {{"cn_id", Takes::CnId}, {"part", Takes::Word}},
         .gives = part_type,
         .examples = {{"from_cnid(\"11010519491231002X\", birth_date)", "1949-12-31"},
                      {"from_cnid(\"11010519491231002X\", sex)", "female"},
                      {"from_cnid(\"11010519491231002X\", region)", "110105"}},
         .body = from_cnid,
         .check = check_part},
    };
    return list;
}

}  // namespace luqiao::mapping
