#include "mapping/codec_families.h"

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

// --- decimals ----------------------------------------------------------------------------------

DecimalShape decimal_shape(const CodecArguments& arguments) {
    return {static_cast<int>(size_argument(arguments, 0)),
            static_cast<int>(size_argument(arguments, 1))};
}

bool is_implied(const CodecArguments& arguments) {
    return argument(arguments, 2) == "implied";
}

CodecResult decimal_decode(std::string_view text,
                           const CodecArguments& arguments,
                           CodecContext& context) {
    const DecimalShape shape = decimal_shape(arguments);
    return is_implied(arguments)
               ? with_point(text, shape, NumberStyle::Loose, context.arena)
               : canonical_decimal(text, shape, NumberStyle::Loose, context.arena);
}

CodecResult decimal_encode(std::string_view text,
                           const CodecArguments& arguments,
                           CodecContext& context) {
    const DecimalShape shape = decimal_shape(arguments);
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

// --- booleans ----------------------------------------------------------------------------------

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

// --- flags -------------------------------------------------------------------------------------

bool ignores_others(const CodecArguments& arguments) {
    return argument(arguments, 1) == "any";
}

CodecResult flag_decode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& /*context*/) {
    const std::optional<std::int64_t> number = parse_number(text);
    if (!number || (text.size() > 1 && text[0] == '0')) return CodecResult::bad();
    const std::int64_t flag = std::int64_t{1} << size_argument(arguments, 0);
    if (!ignores_others(arguments) && (*number & ~flag) != 0) return CodecResult::bad();
    return CodecResult::value((*number & flag) != 0 ? "true" : "false");
}

CodecResult flag_encode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    if (text == "false") return CodecResult::value("0");
    if (text != "true") return CodecResult::bad(Errc::NotEncodable);
    const std::int64_t flag = std::int64_t{1} << size_argument(arguments, 0);
    return CodecResult::value(write_number(flag, context.arena));
}

Text check_flag(const CodecArguments& arguments) {
    if (Text fault = check_number(arguments, 0, 0, 58); !fault.zh.empty()) return fault;
    if (arguments.literals.size() < 2 || ignores_others(arguments)) return {};
    return {"第二个参数只能是 any", "the second argument can only be any"};
}

// --- the codecs ----------------------------------------

Codec int_codec() {
    return {.name = "int",
            .summary = {"整数；读时去掉正号和多余的零",
                        "a whole number; reading drops a plus sign and needless zeros"},
            .grade = Grade::Canonical,
            .fails = Fails::Both,
            .gives = TypeKind::Int,
            .examples = {{"int", "007", "7", "7"},
                         {"int", "+5", "5", "5"},
                         {"int", "!E2005", "007"},
                         {"int", "-12", "-12"},
                         {"int", "1.5", "!E2004"},
                         {"int", "１２", "!E2004"},
                         {"int", "", "!E2004"}},
            .decode = int_decode,
            .encode = int_encode,
            .expected = [](const CodecArguments& /*a*/) { return std::string("a whole number"); },
            .wire_shape = same_shape};
}

Codec decimal_codec() {
    return {.name = "decimal",
            .summary = {"p 位数字、s 位小数；implied：报文中不写小数点",
                        "p digits, s of them after the point; implied: the wire has no point"},
            .arguments = {{"p", ArgumentKind::Number},
                          {"s", ArgumentKind::Number},
                          {"point", ArgumentKind::Word, true}},
            .grade = Grade::Canonical,
            .fails = Fails::Both,
            .gives = TypeKind::Decimal,
            .examples = {{"decimal(14, 2)", "32000", "32000.00", "32000.00"},
                         {"decimal(14, 2)", "0032000.5", "32000.50", "32000.50"},
                         {"decimal(14, 2, implied)", "0003200050", "32000.50", "3200050"},
                         {"decimal(14, 2)", "1.005", "!E2004"},
                         {"decimal(4, 2)", "100", "!E2004"},
                         {"decimal(14, 2)", "1,200.00", "!E2004"},
                         {"decimal(14, 2)", "!E2005", "1.005"}},
            .decode = decimal_decode,
            .encode = decimal_encode,
            .expected = expect_decimal,
            .check = check_decimal,
            .wire_shape = [](const Shape& /*s*/, const CodecArguments& a) -> std::optional<Shape> {
                return Shape{size_argument(a, 0) + 3, Repertoire::Ascii};  // sign, "0", point
            }};
}

Codec bool_codec() {
    return {.name = "bool",
            .summary = {"是、否各有一种写法", "one word for true, one for false"},
            .arguments = {{"true", ArgumentKind::Text}, {"false", ArgumentKind::Text}},
            .fails = Fails::Both,
            .gives = TypeKind::Bool,
            .examples = {{"bool(Y, N)", "Y", "true"},
                         {"bool(1, 0)", "0", "false"},
                         {"bool(\"是\", \"否\")", "是", "true"},
                         {"bool(Y, N)", "y", "!E2004"},
                         {"bool(Y, N)", "!E2005", "yes"}},
            .decode = bool_decode,
            .encode = bool_encode,
            .expected =
                [](const CodecArguments& a) {
                    return fmt::format(R"("{}" or "{}")", argument(a, 0), argument(a, 1));
                },
            .check = check_bool,
            .wire_shape = [](const Shape& /*s*/, const CodecArguments& a) -> std::optional<Shape> {
                return widest(shape_of(argument(a, 0)), shape_of(argument(a, 1)));
            }};
}

Codec flag_codec() {
    return {
        .name = "flag",
        .summary =
            {"标志位：报文中的整数只有第 bit 位（自 0 起）可置位；any：忽略其他位，只能单向使用",
             "a flag: only bit number `bit` (from 0) of the wire's whole number may be set; any: "
             "other bits do not matter, which is one-way"},
        .arguments = {{"bit", ArgumentKind::Number}, {"others", ArgumentKind::Word, true}},
        .fails = Fails::Both,
        .gives = TypeKind::Bool,
        .examples = {{"flag(2)", "4", "true"},
                     {"flag(2)", "0", "false"},
                     {"flag(0, any)", "5", "true", "1"},
                     {"flag(1, any)", "5", "false", "0"},
                     {"flag(2)", "5", "!E2004"},
                     {"flag(2)", "04", "!E2004"},
                     {"flag(2)", "!E2005", "1"}},
        .decode = flag_decode,
        .encode = flag_encode,
        .expected =
            [](const CodecArguments& a) {
                return fmt::format("0, or a number with bit {} set", argument(a, 0));
            },
        .check = check_flag,
        .grade_of =
            [](const CodecArguments& a) {
                return ignores_others(a) ? Grade::OneWay : Grade::Exact;
            },
        .wire_shape = [](const Shape& /*s*/, const CodecArguments& a) -> std::optional<Shape> {
            return Shape{size_argument(a, 0) / 3 + 1, Repertoire::Digit};
        }};
}

}  // namespace

std::span<const Codec> number_codecs() {
    static const Codec list[] = {int_codec(), decimal_codec(), bool_codec(), flag_codec()};
    return list;
}

}  // namespace luqiao::mapping
