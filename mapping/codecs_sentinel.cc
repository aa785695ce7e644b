#include "mapping/codec_families.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

bool is_sentinel(std::string_view text, const CodecArguments& arguments) {
    return std::any_of(arguments.literals.begin(), arguments.literals.end(),
                       [text](const Literal& literal) { return literal.text == text; });
}

CodecResult absent_decode(std::string_view text,
                          const CodecArguments& arguments,
                          CodecContext& /*context*/) {
    return is_sentinel(text, arguments) ? CodecResult::absent() : CodecResult::value(text);
}

CodecResult null_decode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& /*context*/) {
    return is_sentinel(text, arguments) ? CodecResult::cleared() : CodecResult::value(text);
}

/// A real value that looks like the sentinel would be read back as nothing.
CodecResult sentinel_encode(std::string_view text,
                            const CodecArguments& arguments,
                            CodecContext& /*context*/) {
    return is_sentinel(text, arguments) ? CodecResult::bad(Errc::NotEncodable)
                                        : CodecResult::value(text);
}

std::string expect_no_sentinel(const CodecArguments& arguments) {
    return fmt::format("another text than \"{}\"", argument(arguments, 0));
}

std::optional<Shape> shape_or_sentinel(const Shape& canonical, const CodecArguments& arguments) {
    return widest(canonical, shape_of(argument(arguments, 0)));
}

CodecResult write_sentinel(const CodecArguments& arguments, CodecContext& /*context*/) {
    return CodecResult::value(argument(arguments, 0));
}

// --- the codecs ----------------------------------------

Codec absent_codec() {
    return {.name = "absent",
            .summary = {"所列的值表示“未填”；写出时用第一个",
                        "the listed values mean \"not given\"; the first is written"},
            .arguments = {{"sentinel", ArgumentKind::Text, false, true}},
            .grade = Grade::Canonical,
            .fails = Fails::Writing,
            .examples = {{"absent(\"00000000\")", "00000000", "!absent"},
                         {"absent(\"无\", \"/\")", "/", "!absent", "无"},
                         {"absent(\"00000000\")", "19900102", "19900102"},
                         {"absent(\"无\", \"/\")", "!E2005", "/"}},
            .decode = absent_decode,
            .encode = sentinel_encode,
            .expected = expect_no_sentinel,
            .encode_absent = write_sentinel,
            .wire_shape = shape_or_sentinel};
}

Codec null_as_codec() {
    return {.name = "null_as",
            .summary = {"这个值表示“已清空”", "this value means \"cleared\""},
            .arguments = {{"sentinel", ArgumentKind::Text}},
            .fails = Fails::Writing,
            .examples = {{"null_as(\"NULL\")", "NULL", "!cleared"},
                         {"null_as(\"-\")", "-", "!cleared"},
                         {"null_as(\"NULL\")", "A1", "A1"},
                         {"null_as(\"NULL\")", "!E2005", "NULL"}},
            .decode = null_decode,
            .encode = sentinel_encode,
            .expected = expect_no_sentinel,
            .encode_absent = write_sentinel,
            .wire_shape = shape_or_sentinel};
}

}  // namespace

std::span<const Codec> sentinel_codecs() {
    static const Codec list[] = {absent_codec(), null_as_codec()};
    return list;
}

}  // namespace luqiao::mapping
