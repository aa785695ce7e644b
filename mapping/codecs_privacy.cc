#include "mapping/check_digits.h"
#include "mapping/codec_families.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace luqiao::mapping {
namespace {

constexpr std::size_t kStarsMax = 8;

/// `head`, at most eight stars for `hidden` characters, `tail`.
CodecResult starred(std::string_view head,
                    std::size_t hidden,
                    std::string_view tail,
                    Arena& arena) {
    const std::size_t stars = std::min(hidden, kStarsMax);
    char* const begin = arena.take(head.size() + stars + tail.size());
    char* const middle = std::copy(head.begin(), head.end(), begin);
    std::copy(tail.begin(), tail.end(), std::fill_n(middle, stars, '*'));
    return CodecResult::value({begin, head.size() + stars + tail.size()});
}

CodecResult mask(std::string_view text,
                 const CodecArguments& /*arguments*/,
                 CodecContext& context) {
    const std::size_t count = code_points(text);
    if (count <= 2) return starred({}, count, {}, context.arena);
    return starred(prefix_code_points(text, 1), count - 1, {}, context.arena);
}

CodecResult last(std::string_view text, const CodecArguments& arguments, CodecContext& context) {
    const std::size_t count = code_points(text);
    const std::size_t shown = size_argument(arguments, 0);
    if (count <= shown) return starred({}, count, {}, context.arena);
    const std::string_view head = prefix_code_points(text, count - shown);
    return starred({}, count - shown, text.substr(head.size()), context.arena);
}

CodecResult band(std::string_view text, const CodecArguments& arguments, CodecContext& context) {
    const auto width = static_cast<std::int64_t>(size_argument(arguments, 0));
    const std::optional<std::int64_t> whole = parse_number(text.substr(0, text.find('.')));
    const CodecResult number =
        canonical_decimal(text, {18, 6}, NumberStyle::Canonical, context.arena);
    if (!whole || width == 0 || number.state != SlotState::Value) {
        return CodecResult::bad(Errc::NotEncodable);
    }
    const std::int64_t low = *whole / width * width;
    return CodecResult::value(context.arena.copy(fmt::format("{}-{}", low, low + width - 1)));
}

CodecResult region_prefix(std::string_view text,
                          const CodecArguments& arguments,
                          CodecContext& context) {
    if (!is_region(text)) return CodecResult::bad(Errc::NotEncodable);
    const std::size_t kept = std::min<std::size_t>(size_argument(arguments, 0), 6);
    char* const out = context.arena.take(6);
    std::memcpy(out, text.data(), kept);
    std::fill_n(out + kept, 6 - kept, '0');
    return CodecResult::value({out, 6});
}

/// Whole years on the date that the message is judged on; one born on 29 February has
/// a birthday on 1 March in other years.
CodecResult years(std::string_view text,
                  const CodecArguments& /*arguments*/,
                  CodecContext& context) {
    if (!is_date(text) || !context.as_of) return CodecResult::bad(Errc::NotEncodable);
    const Result<Date> from = parse_date(text);
    if (!from || *from > *context.as_of) return CodecResult::bad(Errc::NotEncodable);
    const std::chrono::year_month_day begin{*from};
    const std::chrono::year_month_day end{*context.as_of};
    int count = static_cast<int>(end.year()) - static_cast<int>(begin.year());
    const bool is_before_day =
        end.month() < begin.month() || (end.month() == begin.month() && end.day() < begin.day());
    if (is_before_day) --count;
    return CodecResult::value(context.arena.copy(fmt::format("{}", count)));
}

Text check_level(const CodecArguments& arguments) {
    const std::string_view level = argument(arguments, 0);
    if (level == "2" || level == "4") return {};
    return {"参数为 2（省级）或 4（市级）", "the argument is 2 (province) or 4 (prefecture)"};
}

// --- the codecs ----------------------------------------

Codec mask_codec() {
    return {.name = "mask",
            .summary = {"只留第一个字，其余以 * 代替（只写）",
                        "keeps the first character, stars for the rest (write only)"},
            .grade = Grade::OneWay,
            .examples = {{"mask", "史**", "史密斯"},
                         {"mask", "M******", "MUELLER"},
                         {"mask", "**", "AB"}},
            .encode = mask,
            .lowers_class = true};
}

Codec last_codec() {
    return {.name = "last",
            .summary = {"只留最后 n 个字符，其余以 * 代替（只写）",
                        "keeps the last n characters, stars for the rest (write only)"},
            .arguments = {{"n", ArgumentKind::Number}},
            .grade = Grade::OneWay,
            .examples = {{"last(4)", "*****0T47", "C01X00T47"},
                         {"last(4)", "****", "0T47"},
                         {"last(2)", "*密斯", "史密斯"}},
            .encode = last,
            .check = [](const CodecArguments& a) { return check_number(a, 0, 1, 8); },
            .lowers_class = true};
}

Codec band_codec() {
    return {.name = "band",
            .summary = {"数值所在的区间，宽度为 n（只写）",
                        "the band of width n that a number falls in (write only)"},
            .arguments = {{"n", ArgumentKind::Number}},
            .grade = Grade::OneWay,
            .examples = {{"band(10000)", "30000-39999", "32000.00"},
                         {"band(5)", "35-39", "35"},
                         {"band(10000)", "!E2005", "-1"}},
            .encode = band,
            .expected =
                [](const CodecArguments& /*a*/) {
                    return std::string("a number that is not negative");
                },
            .check = [](const CodecArguments& a) { return check_number(a, 0, 1, 1'000'000'000); },
            .lowers_class = true};
}

Codec region_prefix_codec() {
    return {
        .name = "region_prefix",
        .summary = {"区划只到省级 (2) 或市级 (4)（只写）",
                    "a division up to province (2) or prefecture (4) (write only)"},
        .arguments = {{"digits", ArgumentKind::Number}},
        .grade = Grade::OneWay,
        .examples = {{"region_prefix(4)", "370200", "370202"},
                     {"region_prefix(2)", "370000", "370202"},
                     {"region_prefix(4)", "!E2005", "99"}},
        .encode = region_prefix,
        .expected =
            [](const CodecArguments& /*a*/) { return std::string("a division code of GB/T 2260"); },
        .check = check_level,
        .lowers_class = true};
}

Codec years_codec() {
    return {.name = "years",
            .summary = {"到业务日期为止的周岁数（只写，须有 asof）",
                        "whole years up to the date of asof (write only)"},
            .grade = Grade::OneWay,
            .examples = {{"years", "35", "1990-01-02"},
                         {"years", "0", "2025-10-09"},
                         {"years", "!E2005", "2025-10-10"}},
            .encode = years,
            .expected =
                [](const CodecArguments& /*a*/) {
                    return std::string("a day not after the date of the message");
                },
            .needs_as_of = true};
}

}  // namespace

std::span<const Codec> privacy_codecs() {
    static const Codec list[] = {mask_codec(), last_codec(), band_codec(), region_prefix_codec(),
                                 years_codec()};
    return list;
}

}  // namespace luqiao::mapping
