#include "mapping/codec_families.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

CodecResult or_not_encodable(CodecResult result) {
    if (result.state == SlotState::Bad) result.reason = Errc::NotEncodable;
    return result;
}

CodecResult int_decode(std::string_view text,
                       const CodecArguments& /*arguments*/,
                       CodecContext& context) {
    return canonical_int(text, NumberStyle::Loose, context.arena);
}

CodecResult int_encode(std::string_view text,
                       const CodecArguments& /*arguments*/,
                       CodecContext& context) {
    return or_not_encodable(canonical_int(text, NumberStyle::Canonical, context.arena));
}

// --- decimals ------------------------------------------------------------------------------

DecimalShape shape_of(const CodecArguments& arguments) {
    return {static_cast<int>(size_argument(arguments, 0)),
            static_cast<int>(size_argument(arguments, 1))};
}

bool is_implied(const CodecArguments& arguments) {
    return argument(arguments, 2) == "implied";
}

/// "120050" with scale 2 becomes "1200.50".
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

/// "1200.50" becomes "120050", "0.05" becomes "5".
CodecResult without_point(std::string_view text, DecimalShape shape, Arena& arena) {
    const CodecResult decimal = canonical_decimal(text, shape, NumberStyle::Canonical, arena);
    if (decimal.state != SlotState::Value) return CodecResult::bad(Errc::NotEncodable);
    char* const begin = arena.take(decimal.text.size());
    char* const end = std::copy_if(decimal.text.begin(), decimal.text.end(), begin,
                                   [](char c) { return c != '.'; });
    return or_not_encodable(
        canonical_int({begin, static_cast<std::size_t>(end - begin)}, NumberStyle::Loose, arena));
}

CodecResult decimal_decode(std::string_view text,
                           const CodecArguments& arguments,
                           CodecContext& context) {
    const DecimalShape shape = shape_of(arguments);
    return is_implied(arguments)
               ? with_point(text, shape, NumberStyle::Loose, context.arena)
               : canonical_decimal(text, shape, NumberStyle::Loose, context.arena);
}

CodecResult decimal_encode(std::string_view text,
                           const CodecArguments& arguments,
                           CodecContext& context) {
    const DecimalShape shape = shape_of(arguments);
    if (is_implied(arguments)) return without_point(text, shape, context.arena);
    return or_not_encodable(canonical_decimal(text, shape, NumberStyle::Canonical, context.arena));
}

std::string expect_decimal(const CodecArguments& arguments) {
    return fmt::format("a number of at most {} digits, {} after the {}point",
                       argument(arguments, 0), argument(arguments, 1),
                       is_implied(arguments) ? "implied " : "");
}

Text check_decimal(const CodecArguments& arguments) {
    if (Text fault = check_number(arguments, 0, 1, 18); !fault.zh.empty()) return fault;
    const auto precision = static_cast<std::int64_t>(size_argument(arguments, 0));
    if (Text fault = check_number(arguments, 1, 0, precision); !fault.zh.empty()) return fault;
    if (arguments.literals.size() < 3 || is_implied(arguments)) return {};
    return {"第三个参数只能是 implied", "the third argument can only be implied"};
}

// Written as whole units of the smallest kind: exact, because no zeros or signs are needless.

CodecResult scaled_decode(std::string_view text, int scale, Arena& arena) {
    return with_point(text, {18, scale}, NumberStyle::Canonical, arena);
}

CodecResult cents_decode(std::string_view text,
                         const CodecArguments& /*arguments*/,
                         CodecContext& context) {
    return scaled_decode(text, 2, context.arena);
}

CodecResult cents_encode(std::string_view text,
                         const CodecArguments& /*arguments*/,
                         CodecContext& context) {
    return without_point(text, {18, 2}, context.arena);
}

CodecResult scale_decode(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& context) {
    return scaled_decode(text, static_cast<int>(size_argument(arguments, 0)), context.arena);
}

CodecResult scale_encode(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& context) {
    return without_point(text, {18, static_cast<int>(size_argument(arguments, 0))}, context.arena);
}

// --- booleans ------------------------------------------------------------------------------

CodecResult bool_decode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& /*context*/) {
    if (text == argument(arguments, 0)) return CodecResult::value("true");
    if (text == argument(arguments, 1)) return CodecResult::value("false");
    return CodecResult::bad();
}

CodecResult bool_encode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& /*context*/) {
    if (text == "true") return CodecResult::value(argument(arguments, 0));
    if (text == "false") return CodecResult::value(argument(arguments, 1));
    return CodecResult::bad(Errc::NotEncodable);
}

Text check_bool(const CodecArguments& arguments) {
    if (argument(arguments, 0) != argument(arguments, 1)) return {};
    return {"“是”和“否”的写法应不同", "the words for true and false differ"};
}

// --- the codecs ----------------------------------------

Codec int_codec() {
    return {.name = "int",
            .summary = {"整数；读时去掉正号和多余的零",
                        "a whole number; reading drops a plus sign and needless zeros"},
            .grade = Grade::Canonical,
            .gives = TypeKind::Int,
            .examples = {{"int", "007", "7", "7"},
                         {"int", "-12", "-12"},
                         {"int", "1.5", "!E2004"},
                         {"int", "１２", "!E2004"},
                         {"int", "", "!E2004"}},
            .decode = int_decode,
            .encode = int_encode,
            .expected = [](const CodecArguments& /*a*/) { return std::string("a whole number"); }};
}

Codec decimal_codec() {
    return {.name = "decimal",
            .summary = {"p 位数字、s 位小数；implied：报文中不写小数点",
                        "p digits, s of them after the point; implied: the wire has no point"},
            .arguments = {{"p", ArgumentKind::Number},
                          {"s", ArgumentKind::Number},
                          {"point", ArgumentKind::Word, true}},
            .grade = Grade::Canonical,
            .gives = TypeKind::Decimal,
            .examples = {{"decimal(14, 2)", "32000", "32000.00", "32000.00"},
                         {"decimal(14, 2)", "0032000.5", "32000.50", "32000.50"},
                         {"decimal(14, 2, implied)", "0003200050", "32000.50", "3200050"},
                         {"decimal(14, 2)", "1.005", "!E2004"},
                         {"decimal(4, 2)", "100", "!E2004"},
                         {"decimal(14, 2)", "1,200.00", "!E2004"}},
            .decode = decimal_decode,
            .encode = decimal_encode,
            .expected = expect_decimal,
            .check = check_decimal};
}

Codec cents_codec() {
    return {.name = "cents",
            .summary = {"以分为单位的金额", "an amount of money in cents"},
            .gives = TypeKind::Decimal,
            .examples = {{"cents", "80000", "800.00"},
                         {"cents", "5", "0.05"},
                         {"cents", "-120", "-1.20"},
                         {"cents", "8.00", "!E2004"},
                         {"cents", "0800", "!E2004"}},
            .decode = cents_decode,
            .encode = cents_encode,
            .expected = [](const CodecArguments& /*a*/) {
                return std::string("a whole number of cents");
            }};
}

Codec scale_codec() {
    return {.name = "scale",
            .summary = {"报文中为放大 10 的 n 次方的整数",
                        "the wire has the number times 10 to the n, as a whole number"},
            .arguments = {{"n", ArgumentKind::Number}},
            .gives = TypeKind::Decimal,
            .examples = {{"scale(3)", "12345", "12.345"},
                         {"scale(1)", "5", "0.5"},
                         {"scale(3)", "12.3", "!E2004"}},
            .decode = scale_decode,
            .encode = scale_encode,
            .expected =
                [](const CodecArguments& a) {
                    return fmt::format("a whole number, 10^{} to one", argument(a, 0));
                },
            .check = [](const CodecArguments& a) { return check_number(a, 0, 1, 12); }};
}

Codec bool_codec() {
    return {.name = "bool",
            .summary = {"是、否各有一种写法", "one word for true, one for false"},
            .arguments = {{"true", ArgumentKind::Text}, {"false", ArgumentKind::Text}},
            .gives = TypeKind::Bool,
            .examples = {{"bool(Y, N)", "Y", "true"},
                         {"bool(1, 0)", "0", "false"},
                         {"bool(\"是\", \"否\")", "是", "true"},
                         {"bool(Y, N)", "y", "!E2004"}},
            .decode = bool_decode,
            .encode = bool_encode,
            .expected =
                [](const CodecArguments& a) {
                    return fmt::format(R"("{}" or "{}")", argument(a, 0), argument(a, 1));
                },
            .check = check_bool};
}

}  // namespace

std::span<const Codec> number_codecs() {
    static const Codec list[] = {int_codec(), decimal_codec(), cents_codec(), scale_codec(),
                                 bool_codec()};
    return list;
}

}  // namespace luqiao::mapping
