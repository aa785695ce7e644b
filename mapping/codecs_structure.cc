#include "mapping/codec_families.h"

#include <algorithm>

namespace luqiao::mapping {
namespace {

// --- padding -----------------------------------------------------------------------------------

std::string_view pad_of(const CodecArguments& arguments) {
    return arguments.literals.size() > 1 ? argument(arguments, 1) : std::string_view(" ");
}

Text check_pad(const CodecArguments& arguments) {
    if (Text fault = check_number(arguments, 0, 1, 4000); !fault.zh.empty()) return fault;
    if (code_points(pad_of(arguments)) == 1) return {};
    return {"填充应为一个字符", "the padding is one character"};
}

std::optional<Shape> shape_of_padded(const Shape& canonical, const CodecArguments& arguments) {
    return Shape{size_argument(arguments, 0),
                 widest(canonical.repertoire, repertoire_of(pad_of(arguments)))};
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

// --- prefix, suffix, width ---------------------------------------------------------------------

Text check_text(const CodecArguments& arguments) {
    if (!argument(arguments, 0).empty()) return {};
    return {"参数不能为空", "the argument is not empty"};
}

CodecResult joined(std::string_view a, std::string_view b, Arena& arena) {
    char* const begin = arena.take(a.size() + b.size());
    std::copy(b.begin(), b.end(), std::copy(a.begin(), a.end(), begin));
    return CodecResult::value({begin, a.size() + b.size()});
}

std::optional<Shape> shape_with_affix(const Shape& canonical, const CodecArguments& arguments) {
    const Shape affix = shape_of(argument(arguments, 0));
    return Shape{canonical.characters_max + affix.characters_max,
                 widest(canonical.repertoire, affix.repertoire)};
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

CodecResult fixed_encode(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& /*context*/) {
    return code_points(text) == size_argument(arguments, 0) ? CodecResult::value(text)
                                                            : CodecResult::bad(Errc::NotEncodable);
}

CodecResult fixed_decode(std::string_view text,
                         const CodecArguments& arguments,
                         CodecContext& /*context*/) {
    return code_points(text) == size_argument(arguments, 0) ? CodecResult::value(text)
                                                            : CodecResult::bad();
}

// --- lists -------------------------------------------------------------------------------------

std::string_view canonical_separator(const CodecArguments& arguments) {
    return arguments.literals.size() > 1 ? argument(arguments, 1) : std::string_view(",");
}

/// `text` with `to` for every `from`; nothing when an item is empty or holds `to`.
std::optional<std::string_view> reseparated(std::string_view text,
                                            std::string_view from,
                                            std::string_view to,
                                            Arena& arena) {
    char* const begin = arena.take(text.size() * std::max<std::size_t>(1, to.size()));
    char* out = begin;
    for (std::string_view rest = text;;) {
        const std::size_t end = rest.find(from);
        const std::string_view item = rest.substr(0, end);
        if (item.empty() || (from != to && item.find(to) != std::string_view::npos)) {
            return std::nullopt;
        }
        out = std::copy(item.begin(), item.end(), out);
        if (end == std::string_view::npos) break;
        out = std::copy(to.begin(), to.end(), out);
        rest.remove_prefix(end + from.size());
    }
    const std::string_view made(begin, static_cast<std::size_t>(out - begin));
    return made;
}

CodecResult list_decode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    const auto list =
        reseparated(text, argument(arguments, 0), canonical_separator(arguments), context.arena);
    return list ? CodecResult::value(*list) : CodecResult::bad();
}

CodecResult list_encode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    const auto list =
        reseparated(text, canonical_separator(arguments), argument(arguments, 0), context.arena);
    return list ? CodecResult::value(*list) : CodecResult::bad(Errc::NotEncodable);
}

/// One character each: then cutting again finds the same places.
Text check_list(const CodecArguments& arguments) {
    if (code_points(argument(arguments, 0)) == 1 &&
        code_points(canonical_separator(arguments)) == 1) {
        return {};
    }
    return {"分隔符应为一个字符", "a separator is one character"};
}

// --- the codecs ----------------------------------------

Codec rpad_codec() {
    return {.name = "rpad",
            .summary = {"右侧填充到 n 个字符；读时去掉填充",
                        "padded on the right to n characters; reading takes the padding off"},
            .arguments = {{"n", ArgumentKind::Number}, {"pad", ArgumentKind::Text, true}},
            .grade = Grade::Canonical,
            .fails = Fails::Both,
            .examples = {{"rpad(6)", "AB    ", "AB"},
                         {"rpad(4, \"*\")", "AB**", "AB"},
                         {"rpad(4)", "    ", "!absent"},
                         {"rpad(2)", "ABC", "!E2004"},
                         {"rpad(2)", "!E2005", "ABC"},
                         {"rpad(4, \"*\")", "!E2005", "A*"}},
            .decode = rpad_decode,
            .encode = rpad_encode,
            .expected = expect_width,
            .check = check_pad,
            .wire_shape = shape_of_padded};
}

Codec lpad_codec() {
    return {.name = "lpad",
            .summary = {"左侧填充到 n 个字符；读时去掉填充",
                        "padded on the left to n characters; reading takes the padding off"},
            .arguments = {{"n", ArgumentKind::Number}, {"pad", ArgumentKind::Text, true}},
            .grade = Grade::Canonical,
            .fails = Fails::Both,
            .examples = {{"lpad(6, \"0\")", "000123", "123"},
                         {"lpad(4, \"0\")", "0000", "0"},
                         {"lpad(4)", "  AB", "AB"},
                         {"lpad(2)", "ABC", "!E2004"},
                         {"lpad(2)", "!E2005", "ABC"},
                         {"lpad(6, \"0\")", "!E2005", "012"}},
            .decode = lpad_decode,
            .encode = lpad_encode,
            .expected = expect_width,
            .check = check_pad,
            .wire_shape = shape_of_padded};
}

Codec strip_prefix_codec() {
    return {.name = "strip_prefix",
            .summary = {"报文中带固定前缀", "the wire has a fixed prefix"},
            .arguments = {{"prefix", ArgumentKind::Text}},
            .fails = Fails::Both,
            .examples = {{"strip_prefix(\"QD-\")", "QD-2025001", "2025001"},
                         {"strip_prefix(\"国\")", "国A1", "A1"},
                         {"strip_prefix(\"QD-\")", "JN-2025001", "!E2004"},
                         {"strip_prefix(\"QD-\")", "QD-", "!E2004"},
                         {"strip_prefix(\"QD-\")", "!E2005", ""}},
            .decode = strip_prefix_decode,
            .encode = strip_prefix_encode,
            .expected =
                [](const CodecArguments& a) {
                    return fmt::format("text after \"{}\"", argument(a, 0));
                },
            .check = check_text,
            .wire_shape = shape_with_affix};
}

Codec strip_suffix_codec() {
    return {.name = "strip_suffix",
            .summary = {"报文中带固定后缀", "the wire has a fixed suffix"},
            .arguments = {{"suffix", ArgumentKind::Text}},
            .fails = Fails::Both,
            .examples = {{"strip_suffix(\"个月\")", "24个月", "24"},
                         {"strip_suffix(\"元\")", "800元", "800"},
                         {"strip_suffix(\"个月\")", "2年", "!E2004"},
                         {"strip_suffix(\"个月\")", "!E2005", ""}},
            .decode = strip_suffix_decode,
            .encode = strip_suffix_encode,
            .expected =
                [](const CodecArguments& a) {
                    return fmt::format("text before \"{}\"", argument(a, 0));
                },
            .check = check_text,
            .wire_shape = shape_with_affix};
}

Codec fixed_codec() {
    return {.name = "fixed",
            .summary = {"恰好 n 个字符", "exactly n characters"},
            .arguments = {{"n", ArgumentKind::Number}},
            .fails = Fails::Both,
            .examples = {{"fixed(3)", "DEU", "DEU"},
                         {"fixed(2)", "德国", "德国"},
                         {"fixed(3)", "DE", "!E2004"},
                         {"fixed(3)", "!E2005", "DE"}},
            .decode = fixed_decode,
            .encode = fixed_encode,
            .expected =
                [](const CodecArguments& a) {
                    return fmt::format("exactly {} characters", argument(a, 0));
                },
            .check = [](const CodecArguments& a) { return check_number(a, 0, 1, 4000); },
            .wire_shape = [](const Shape& s, const CodecArguments& a) -> std::optional<Shape> {
                return Shape{size_argument(a, 0), s.repertoire};
            }};
}

Codec list_codec() {
    return {
        .name = "list",
        .summary = {"一个字段中的多个值：报文用 separator 分隔，规范侧用 "
                    "canonical（缺省为逗号）分隔；不允许空项",
                    "several values in one field: the wire has `separator` between them, the "
                    "canonical text `canonical` (a comma when left out); none is empty"},
        .arguments = {{"separator", ArgumentKind::Text}, {"canonical", ArgumentKind::Text, true}},
        .fails = Fails::Both,
        .examples = {{"list(\"|\")", "110|210|410", "110,210,410"},
                     {"list(\"；\")", "养老", "养老"},
                     {"list(\",\", \"、\")", "英语,法语", "英语、法语"},
                     {"list(\"|\")", "110||410", "!E2004"},
                     {"list(\"|\")", "1,1|2", "!E2004"},
                     {"list(\"|\")", "!E2005", "110,a|b"}},
        .decode = list_decode,
        .encode = list_encode,
        .expected =
            [](const CodecArguments& a) {
                return fmt::format("values with \"{}\" between them", argument(a, 0));
            },
        .check = check_list,
        .wire_shape = [](const Shape& s, const CodecArguments& a) -> std::optional<Shape> {
            return Shape{s.characters_max, widest(s.repertoire, repertoire_of(argument(a, 0)))};
        }};
}

}  // namespace

std::span<const Codec> structure_codecs() {
    static const Codec list[] = {rpad_codec(),         lpad_codec(),  strip_prefix_codec(),
                                 strip_suffix_codec(), fixed_codec(), list_codec()};
    return list;
}

}  // namespace luqiao::mapping
