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
    const std::string_view from = write_number(low, context.arena);
    const std::string_view to = write_number(low + width - 1, context.arena);
    char* const begin = context.arena.take(from.size() + 1 + to.size());
    char* const dash = std::copy(from.begin(), from.end(), begin);
    *dash = '-';
    std::copy(to.begin(), to.end(), dash + 1);
    return CodecResult::value({begin, from.size() + 1 + to.size()});
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

/// Whole years on the date that the message is judged on; one born on 29 February has a birthday on
/// 1 March in other years.
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
    return CodecResult::value(write_number(count, context.arena));
}

/// Whole days from the date to the date that the message is judged on.
CodecResult days(std::string_view text,
                 const CodecArguments& /*arguments*/,
                 CodecContext& context) {
    if (!is_date(text) || !context.as_of) return CodecResult::bad(Errc::NotEncodable);
    const Result<Date> from = parse_date(text);
    if (!from || *from > *context.as_of) return CodecResult::bad(Errc::NotEncodable);
    return CodecResult::value(write_number((*context.as_of - *from).count(), context.arena));
}

/// Hexadecimal of the first bytes of HMAC-SM3: the same value gives the same text, and nobody
/// without the key gets from the text to the value.
CodecResult keyed_hash(std::string_view text,
                       const CodecArguments& arguments,
                       CodecContext& context) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    if (arguments.hasher == nullptr) return CodecResult::bad(Errc::Internal);
    const KeyedHasher::Digest digest = arguments.hasher->digest(text);
    const std::size_t bytes = size_argument(arguments, 0, KeyedHasher::kSize);
    char* const out = context.arena.take(bytes * 2);
    for (std::size_t index = 0; index < bytes; ++index) {
        out[index * 2] = kDigits[digest[index] >> 4u];
        out[index * 2 + 1] = kDigits[digest[index] & 0xFu];
    }
    return CodecResult::value({out, bytes * 2});
}

Text check_hash(const CodecArguments& arguments) {
    if (arguments.literals.empty()) return {};
    return check_number(arguments, 0, 8, KeyedHasher::kSize);
}

std::optional<Shape> shape_with_stars(const Shape& canonical, const CodecArguments& arguments) {
    const std::size_t shown = std::max<std::size_t>(1, size_argument(arguments, 0));
    return Shape{std::min(canonical.characters_max, shown + kStarsMax),
                 widest(canonical.repertoire, Repertoire::Ascii)};
}

std::optional<Shape> shape_of_count(const Shape& /*canonical*/, const CodecArguments& /*unused*/) {
    return Shape{7, Repertoire::Digit};  // days of 9999 years
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
            .fails = Fails::Never,
            .examples = {{"mask", "史**", "史密斯"},
                         {"mask", "M******", "MUELLER"},
                         {"mask", "**", "AB"}},
            .encode = mask,
            .wire_shape = shape_with_stars,
            .lowers_class = true};
}

Codec last_codec() {
    return {.name = "last",
            .summary = {"只留最后 n 个字符，其余以 * 代替（只写）",
                        "keeps the last n characters, stars for the rest (write only)"},
            .arguments = {{"n", ArgumentKind::Number}},
            .grade = Grade::OneWay,
            .fails = Fails::Never,
            .examples = {{"last(4)", "*****0T47", "C01X00T47"},
                         {"last(4)", "****", "0T47"},
                         {"last(2)", "*密斯", "史密斯"}},
            .encode = last,
            .check = [](const CodecArguments& a) { return check_number(a, 0, 1, 8); },
            .wire_shape = shape_with_stars,
            .lowers_class = true};
}

Codec band_codec() {
    return {
        .name = "band",
        .summary = {"数值所在的区间，宽度为 n（只写）",
                    "the band of width n that a number falls in (write only)"},
        .arguments = {{"n", ArgumentKind::Number}},
        .grade = Grade::OneWay,
        .fails = Fails::Writing,
        .examples = {{"band(10000)", "30000-39999", "32000.00"},
                     {"band(5)", "35-39", "35"},
                     {"band(10000)", "!E2005", "-1"}},
        .encode = band,
        .expected =
            [](const CodecArguments& /*a*/) {
                return std::string("a number that is not negative");
            },
        .check = [](const CodecArguments& a) { return check_number(a, 0, 1, 1'000'000'000); },
        .wire_shape = [](const Shape& /*s*/, const CodecArguments& /*a*/) -> std::optional<Shape> {
            return Shape{39, Repertoire::Ascii};
        },
        .lowers_class = true};
}

Codec region_prefix_codec() {
    return {
        .name = "region_prefix",
        .summary = {"区划只到省级 (2) 或市级 (4)（只写）",
                    "a division up to province (2) or prefecture (4) (write only)"},
        .arguments = {{"digits", ArgumentKind::Number}},
        .grade = Grade::OneWay,
        .fails = Fails::Writing,
        .examples = {{"region_prefix(4)", "370200", "370202"},
                     {"region_prefix(2)", "370000", "370202"},
                     {"region_prefix(4)", "!E2005", "99"}},
        .encode = region_prefix,
        .expected =
            [](const CodecArguments& /*a*/) { return std::string("a division code of GB/T 2260"); },
        .check = check_level,
        .wire_shape = same_shape,
        .lowers_class = true};
}

Codec years_codec() {
    return {.name = "years",
            .summary = {"到业务日期为止的周岁数（只写，须有 asof）",
                        "whole years up to the date of asof (write only)"},
            .grade = Grade::OneWay,
            .fails = Fails::Writing,
            .examples = {{"years", "35", "1990-01-02"},
                         {"years", "0", "2025-10-09"},
                         {"years", "!E2005", "2025-10-10"}},
            .encode = years,
            .expected =
                [](const CodecArguments& /*a*/) {
                    return std::string("a day not after the date of the message");
                },
            .wire_shape = shape_of_count,
            .needs_as_of = true};
}

Codec days_codec() {
    return {.name = "days",
            .summary = {"到业务日期为止的天数（只写，须有 asof）",
                        "whole days up to the date of asof (write only)"},
            .grade = Grade::OneWay,
            .fails = Fails::Writing,
            .examples = {{"days", "30", "2025-09-09"},
                         {"days", "0", "2025-10-09"},
                         {"days", "!E2005", "2025-10-10"}},
            .encode = days,
            .expected =
                [](const CodecArguments& /*a*/) {
                    return std::string("a day not after the date of the message");
                },
            .wire_shape = shape_of_count,
            .needs_as_of = true};
}

Codec keyed_hash_codec() {
    return {.name = "keyed_hash",
            .summary = {"加密钥的杂凑 HMAC-SM3 的前 n 个字节（缺省 "
                        "32），十六进制（只写，密钥由配置给出）；例子用测试密钥",
                        "the first n bytes (32 when left out) of HMAC-SM3 under the configured "
                        "key, in hexadecimal (write only); the examples use a key for tests"},
            .arguments = {{"n", ArgumentKind::Number, true}},
            .grade = Grade::OneWay,
            .fails = Fails::Never,
            .examples = {{"keyed_hash(8)", "84257c26a475b47e", "C01X00T47"},
                         {"keyed_hash(16)", "c5a7ff19db5e5bd1627ced0693e36ccd", "史密斯"},
                         {"keyed_hash",
                          "84257c26a475b47e921ca7fd9b98b667d43c2c354511d7cc13b644d99c07de9e",
                          "C01X00T47"}},
            .encode = keyed_hash,
            .check = check_hash,
            .wire_shape = [](const Shape& /*s*/, const CodecArguments& a) -> std::optional<Shape> {
                return Shape{size_argument(a, 0, KeyedHasher::kSize) * 2, Repertoire::Ascii};
            },
            .lowers_class = true,
            .needs_key = true};
}

}  // namespace

std::span<const Codec> privacy_codecs() {
    static const Codec list[] = {mask_codec(),          last_codec(),  band_codec(),
                                 region_prefix_codec(), years_codec(), days_codec(),
                                 keyed_hash_codec()};
    return list;
}

}  // namespace luqiao::mapping
