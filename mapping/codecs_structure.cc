#include "mapping/codec_families.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

// --- padding -------------------------------------------------------------------------------

std::string_view pad_of(const CodecArguments& arguments) {
    return arguments.literals.size() > 1 ? argument(arguments, 1) : std::string_view(" ");
}

Text check_pad(const CodecArguments& arguments) {
    if (Text fault = check_number(arguments, 0, 1, 4000); !fault.zh.empty()) return fault;
    if (code_points(pad_of(arguments)) == 1) return {};
    return {"填充应为一个字符", "the padding is one character"};
}

std::string expect_width(const CodecArguments& arguments) {
    return fmt::format("at most {} characters, padded with \"{}\"", argument(arguments, 0),
                       pad_of(arguments));
}

/// "000" padded with zeros is 0; all blanks are no value.
CodecResult unpadded(std::string_view text, std::string_view pad) {
    if (!text.empty()) return CodecResult::value(text);
    return pad == "0" ? CodecResult::value("0") : CodecResult::absent();
}

CodecResult rpad_decode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& /*context*/) {
    const std::string_view pad = pad_of(arguments);
    if (code_points(text) > size_argument(arguments, 0)) return CodecResult::bad();
    while (text.ends_with(pad)) text.remove_suffix(pad.size());
    return text.empty() ? CodecResult::absent() : CodecResult::value(text);
}

CodecResult lpad_decode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& /*context*/) {
    const std::string_view pad = pad_of(arguments);
    if (code_points(text) > size_argument(arguments, 0)) return CodecResult::bad();
    while (text.starts_with(pad)) text.remove_prefix(pad.size());
    return unpadded(text, pad);
}

/// `text` with the missing characters before or behind it.
CodecResult padded(std::string_view text,
                   const CodecArguments& arguments,
                   Arena& arena,
                   bool in_front) {
    const std::string_view pad = pad_of(arguments);
    const std::size_t width = size_argument(arguments, 0);
    const std::size_t count = code_points(text);
    if (count > width) return CodecResult::bad(Errc::NotEncodable);
    const std::size_t padding = (width - count) * pad.size();
    char* const begin = arena.take(text.size() + padding);
    char* out = in_front ? begin : std::copy(text.begin(), text.end(), begin);
    for (std::size_t index = 0; index < width - count; ++index) {
        out = std::copy(pad.begin(), pad.end(), out);
    }
    if (in_front) std::copy(text.begin(), text.end(), out);
    return CodecResult::value({begin, text.size() + padding});
}

CodecResult rpad_encode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    const std::string_view pad = pad_of(arguments);
    if (pad == " ") {
        while (text.ends_with(pad)) text.remove_suffix(1);
    } else if (text.ends_with(pad)) {
        return CodecResult::bad(Errc::NotEncodable);  // reading would take it off
    }
    return padded(text, arguments, context.arena, false);
}

CodecResult lpad_encode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    const std::string_view pad = pad_of(arguments);
    if (pad == " ") {
        while (text.starts_with(pad)) text.remove_prefix(1);
    } else if (text.starts_with(pad) && !(pad == "0" && text == "0")) {
        return CodecResult::bad(Errc::NotEncodable);
    }
    return padded(text, arguments, context.arena, true);
}

// --- prefix, suffix, width ----------------------------------------------------------------

Text check_text(const CodecArguments& arguments) {
    if (!argument(arguments, 0).empty()) return {};
    return {"参数不能为空", "the argument is not empty"};
}

CodecResult joined(std::string_view a, std::string_view b, Arena& arena) {
    char* const begin = arena.take(a.size() + b.size());
    std::copy(b.begin(), b.end(), std::copy(a.begin(), a.end(), begin));
    return CodecResult::value({begin, a.size() + b.size()});
}

CodecResult strip_prefix_decode(std::string_view text,
                                const CodecArguments& arguments,
                                CodecContext& /*context*/) {
    const std::string_view prefix = argument(arguments, 0);
    if (!text.starts_with(prefix) || text.size() == prefix.size()) return CodecResult::bad();
    return CodecResult::value(text.substr(prefix.size()));
}

CodecResult strip_prefix_encode(std::string_view text,
                                const CodecArguments& arguments,
                                CodecContext& context) {
    if (text.empty()) return CodecResult::bad(Errc::NotEncodable);
    return joined(argument(arguments, 0), text, context.arena);
}

CodecResult strip_suffix_decode(std::string_view text,
                                const CodecArguments& arguments,
                                CodecContext& /*context*/) {
    const std::string_view suffix = argument(arguments, 0);
    if (!text.ends_with(suffix) || text.size() == suffix.size()) return CodecResult::bad();
    return CodecResult::value(text.substr(0, text.size() - suffix.size()));
}

CodecResult strip_suffix_encode(std::string_view text,
                                const CodecArguments& arguments,
                                CodecContext& context) {
    if (text.empty()) return CodecResult::bad(Errc::NotEncodable);
    return joined(text, argument(arguments, 0), context.arena);
}

CodecResult fixed_decode(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& /*context*/) {
    return code_points(text) == size_argument(arguments, 0) ? CodecResult::value(text)
                                                            : CodecResult::bad();
}

// --- sentinels -----------------------------------------------------------------------------

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

CodecResult write_sentinel(const CodecArguments& arguments, CodecContext& /*context*/) {
    return CodecResult::value(argument(arguments, 0));
}

// --- the codecs ----------------------------------------

Codec rpad_codec() {
    return {.name = "rpad",
            .summary = {"右侧填充到 n 个字符；读时去掉填充",
                        "padded on the right to n characters; reading takes the padding off"},
            .arguments = {{"n", ArgumentKind::Number}, {"pad", ArgumentKind::Text, true}},
            .grade = Grade::Canonical,
            .examples = {{"rpad(6)", "AB    ", "AB"},
                         {"rpad(4, \"*\")", "AB**", "AB"},
                         {"rpad(4)", "    ", "!absent"},
                         {"rpad(2)", "ABC", "!E2004"}},
            .decode = rpad_decode,
            .encode = rpad_encode,
            .expected = expect_width,
            .check = check_pad};
}

Codec lpad_codec() {
    return {.name = "lpad",
            .summary = {"左侧填充到 n 个字符；读时去掉填充",
                        "padded on the left to n characters; reading takes the padding off"},
            .arguments = {{"n", ArgumentKind::Number}, {"pad", ArgumentKind::Text, true}},
            .grade = Grade::Canonical,
            .examples = {{"lpad(6, \"0\")", "000123", "123"},
                         {"lpad(4, \"0\")", "0000", "0"},
                         {"lpad(4)", "  AB", "AB"},
                         {"lpad(2)", "ABC", "!E2004"}},
            .decode = lpad_decode,
            .encode = lpad_encode,
            .expected = expect_width,
            .check = check_pad};
}

Codec strip_prefix_codec() {
    return {.name = "strip_prefix",
            .summary = {"报文中带固定前缀", "the wire has a fixed prefix"},
            .arguments = {{"prefix", ArgumentKind::Text}},
            .examples = {{"strip_prefix(\"QD-\")", "QD-2025001", "2025001"},
                         {"strip_prefix(\"国\")", "国A1", "A1"},
                         {"strip_prefix(\"QD-\")", "JN-2025001", "!E2004"}},
            .decode = strip_prefix_decode,
            .encode = strip_prefix_encode,
            .expected =
                [](const CodecArguments& a) {
                    return fmt::format("text after \"{}\"", argument(a, 0));
                },
            .check = check_text};
}

Codec strip_suffix_codec() {
    return {.name = "strip_suffix",
            .summary = {"报文中带固定后缀", "the wire has a fixed suffix"},
            .arguments = {{"suffix", ArgumentKind::Text}},
            .examples = {{"strip_suffix(\"个月\")", "24个月", "24"},
                         {"strip_suffix(\"元\")", "800元", "800"},
                         {"strip_suffix(\"个月\")", "2年", "!E2004"}},
            .decode = strip_suffix_decode,
            .encode = strip_suffix_encode,
            .expected =
                [](const CodecArguments& a) {
                    return fmt::format("text before \"{}\"", argument(a, 0));
                },
            .check = check_text};
}

Codec fixed_codec() {
    return {.name = "fixed",
            .summary = {"恰好 n 个字符", "exactly n characters"},
            .arguments = {{"n", ArgumentKind::Number}},
            .examples = {{"fixed(3)", "DEU", "DEU"},
                         {"fixed(2)", "德国", "德国"},
                         {"fixed(3)", "DE", "!E2004"}},
            .decode = fixed_decode,
            .encode = fixed_decode,
            .expected =
                [](const CodecArguments& a) {
                    return fmt::format("exactly {} characters", argument(a, 0));
                },
            .check = [](const CodecArguments& a) { return check_number(a, 0, 1, 4000); }};
}

Codec absent_codec() {
    return {.name = "absent",
            .summary = {"所列的值表示“未填”；写出时用第一个",
                        "the listed values mean \"not given\"; the first is written"},
            .arguments = {{"sentinel", ArgumentKind::Text, false, true}},
            .grade = Grade::Canonical,
            .examples = {{"absent(\"00000000\")", "00000000", "!absent"},
                         {"absent(\"无\", \"/\")", "/", "!absent", "无"},
                         {"absent(\"00000000\")", "19900102", "19900102"}},
            .decode = absent_decode,
            .encode = sentinel_encode,
            .encode_absent = write_sentinel};
}

Codec null_as_codec() {
    return {.name = "null_as",
            .summary = {"这个值表示“已清空”", "this value means \"cleared\""},
            .arguments = {{"sentinel", ArgumentKind::Text}},
            .examples = {{"null_as(\"NULL\")", "NULL", "!cleared"},
                         {"null_as(\"-\")", "-", "!cleared"},
                         {"null_as(\"NULL\")", "A1", "A1"}},
            .decode = null_decode,
            .encode = sentinel_encode,
            .encode_absent = write_sentinel};
}

}  // namespace

std::span<const Codec> structure_codecs() {
    static const Codec list[] = {rpad_codec(),         lpad_codec(),  strip_prefix_codec(),
                                 strip_suffix_codec(), fixed_codec(), absent_codec(),
                                 null_as_codec()};
    return list;
}

}  // namespace luqiao::mapping
