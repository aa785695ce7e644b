#include "mapping/codec_families.h"
#include "mapping/source.h"

#include <algorithm>
#include <array>

namespace luqiao::mapping {
namespace {

Text check_separator(const CodecArguments& arguments) {
    if (!argument(arguments, 0).empty()) return {};
    return {"分隔符不能为空", "the separator is not empty"};
}

// --- split -------------------------------------------------------------------------------------

/// Cuts `text` at the first separators; the last part keeps the rest. False: too few separators.
bool split_text(std::string_view text,
                std::string_view separator,
                std::span<std::string_view> parts) {
    if (parts.empty() || separator.empty()) return false;
    for (std::string_view& part : parts.first(parts.size() - 1)) {
        const std::size_t end = text.find(separator);
        if (end == std::string_view::npos) return false;
        part = text.substr(0, end);
        text.remove_prefix(end + separator.size());
    }
    parts.back() = text;
    return true;
}

/// The reverse. Bad when any part but the last holds the separator.
CodecResult join_text(std::span<const std::string_view> parts,
                      std::string_view separator,
                      Arena& arena) {
    std::size_t size = 0;
    for (std::size_t index = 0; index < parts.size(); ++index) {
        const bool is_last = index + 1 == parts.size();
        if (!is_last && parts[index].find(separator) != std::string_view::npos) {
            return CodecResult::bad(Errc::NotEncodable);
        }
        size += parts[index].size() + (is_last ? 0 : separator.size());
    }
    char* const begin = arena.take(size);
    char* out = begin;
    for (std::size_t index = 0; index < parts.size(); ++index) {
        out = std::copy(parts[index].begin(), parts[index].end(), out);
        if (index + 1 < parts.size()) out = std::copy(separator.begin(), separator.end(), out);
    }
    // "a-" and "b" joined by "--" would be cut one sign too early.
    const std::string_view text(begin, size);
    std::size_t place = 0;
    for (std::size_t index = 0; index + 1 < parts.size(); ++index) {
        if (text.find(separator, place) != place + parts[index].size()) {
            return CodecResult::bad(Errc::NotEncodable);
        }
        place += parts[index].size() + separator.size();
    }
    return CodecResult::value(text);
}

CodecResult split_cut(std::string_view text,
                      std::span<std::string_view> parts,
                      const CodecArguments& arguments,
                      CodecContext& /*context*/) {
    return split_text(text, argument(arguments, 0), parts) ? CodecResult::value(text)
                                                           : CodecResult::bad();
}

CodecResult split_join(std::span<const std::string_view> parts,
                       const CodecArguments& arguments,
                       CodecContext& context) {
    return join_text(parts, argument(arguments, 0), context.arena);
}

Text check_split(const CodecArguments& arguments) {
    if (Text fault = check_separator(arguments); !fault.zh.empty()) return fault;
    return check_number(arguments, 1, 2, kTupleMax);
}

// --- widths ------------------------------------------------------------------------------------

CodecResult widths_cut(std::string_view text,
                       std::span<std::string_view> parts,
                       const CodecArguments& arguments,
                       CodecContext& /*context*/) {
    for (std::size_t index = 0; index < parts.size(); ++index) {
        const std::size_t width = size_argument(arguments, index);
        parts[index] = prefix_code_points(text, width);
        if (code_points(parts[index]) != width) return CodecResult::bad();
        text.remove_prefix(parts[index].size());
    }
    return text.empty() ? CodecResult::value(text) : CodecResult::bad();
}

CodecResult together(std::span<const std::string_view> parts, Arena& arena) {
    std::size_t size = 0;
    for (const std::string_view part : parts) size += part.size();
    char* const begin = arena.take(size);
    char* out = begin;
    for (const std::string_view part : parts) out = std::copy(part.begin(), part.end(), out);
    return CodecResult::value({begin, size});
}

CodecResult widths_join(std::span<const std::string_view> parts,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    for (std::size_t index = 0; index < parts.size(); ++index) {
        if (code_points(parts[index]) != size_argument(arguments, index)) {
            return CodecResult::bad(Errc::NotEncodable);
        }
    }
    return together(parts, context.arena);
}

Text check_widths(const CodecArguments& arguments) {
    const std::size_t count = arguments.literals.size();
    if (count < 2 || count > kTupleMax) {
        return {"应有 2 到 8 个宽度", "there are 2 to 8 widths"};
    }
    for (std::size_t index = 0; index < count; ++index) {
        if (Text fault = check_number(arguments, index, 1, 4000); !fault.zh.empty()) return fault;
    }
    return {};
}

// --- flags -------------------------------------------------------------------------------------

CodecResult flags_cut(std::string_view text,
                      std::span<std::string_view> parts,
                      const CodecArguments& /*arguments*/,
                      CodecContext& /*context*/) {
    const std::optional<std::int64_t> number = parse_number(text);
    const bool is_number = number && (text.size() == 1 || text[0] != '0');
    if (!is_number || *number >> parts.size() != 0) return CodecResult::bad();
    for (std::size_t bit = 0; bit < parts.size(); ++bit) {
        parts[bit] = (*number >> bit & 1) != 0 ? "true" : "false";
    }
    return CodecResult::value(text);
}

/// A field without a value is not "no".
CodecResult flags_join(std::span<const std::string_view> parts,
                       const CodecArguments& /*arguments*/,
                       CodecContext& context) {
    std::int64_t number = 0;
    for (std::size_t bit = 0; bit < parts.size(); ++bit) {
        if (parts[bit] == "true") {
            number |= std::int64_t{1} << bit;
        } else if (parts[bit] != "false") {
            return CodecResult::bad(Errc::NotEncodable);
        }
    }
    return CodecResult::value(write_number(number, context.arena));
}

// --- join, concat, first -----------------------------------------------------------------------

CodecResult join_present(std::span<const std::string_view> parts,
                         const CodecArguments& arguments,
                         CodecContext& context) {
    const std::string_view separator = argument(arguments, 0);
    std::size_t size = 0;
    for (const std::string_view part : parts) size += part.size() + separator.size();
    char* const begin = context.arena.take(size);
    char* out = begin;
    for (const std::string_view part : parts) {
        if (part.empty()) continue;
        if (out != begin) out = std::copy(separator.begin(), separator.end(), out);
        out = std::copy(part.begin(), part.end(), out);
    }
    if (out == begin) return CodecResult::absent();
    return CodecResult::value({begin, static_cast<std::size_t>(out - begin)});
}

CodecResult first_present(std::span<const std::string_view> parts,
                          const CodecArguments& /*arguments*/,
                          CodecContext& /*context*/) {
    for (const std::string_view part : parts) {
        if (!part.empty()) return CodecResult::value(part);
    }
    return CodecResult::absent();
}

// --- the codecs ----------------------------------------

Codec split_codec() {
    return {.name = "split",
            .summary = {"一个字段与多个字段对应，以分隔符相连，拆为 count 个；最后一个可含分隔符",
                        "one field for several with a separator between them, cut into `count`; "
                        "the last may hold the separator"},
            .arguments = {{"separator", ArgumentKind::Text}, {"count", ArgumentKind::Number}},
            .fails = Fails::Both,
            .examples = {{"split(\"/\", 2)", "14/C01X00T47", "14 ¦ C01X00T47"},
                         {"split(\"/\", 2)", "14/A/B", "14 ¦ A/B"},
                         {"split(\"|\", 3)", "||x", " ¦  ¦ x"},
                         {"split(\"/\", 2)", "14", "!E2004"},
                         {"split(\"/\", 2)", "!E2005", "1/4 ¦ A"}},
            .join = split_join,
            .cut = split_cut,
            .expected =
                [](const CodecArguments& a) {
                    return fmt::format("{} parts joined by \"{}\"", argument(a, 1), argument(a, 0));
                },
            .check = check_split,
            .tuple_size = [](const CodecArguments& a) { return size_argument(a, 1); }};
}

Codec widths_codec() {
    return {.name = "widths",
            .summary = {"一个字段与多个字段对应，按固定字符数首尾相接",
                        "one field for several of fixed numbers of characters, one after another"},
            .arguments = {{"width", ArgumentKind::Number, false, true}},
            .fails = Fails::Both,
            .examples = {{"widths(8, 6)", "20251009101500", "20251009 ¦ 101500"},
                         {"widths(1, 2)", "男德国", "男 ¦ 德国"},
                         {"widths(8, 6)", "202510091015", "!E2004"},
                         {"widths(8, 6)", "!E2005", "20251009 ¦ 1015"}},
            .join = widths_join,
            .cut = widths_cut,
            .expected =
                [](const CodecArguments& a) {
                    std::string widths;
                    for (std::size_t index = 0; index < a.literals.size(); ++index) {
                        widths += (index > 0 ? "+" : "") + a.literals[index].text;
                    }
                    return widths + " characters";
                },
            .check = check_widths,
            .tuple_size = [](const CodecArguments& a) { return a.literals.size(); }};
}

Codec flags_codec() {
    return {.name = "flags",
            .summary = {"一个整数的 n 个标志位与 n 个是否字段对应，第一个为最低位",
                        "the n flags of one whole number for n booleans, the lowest bit first"},
            .arguments = {{"n", ArgumentKind::Number}},
            .fails = Fails::Both,
            .examples = {{"flags(3)", "5", "true ¦ false ¦ true"},
                         {"flags(3)", "0", "false ¦ false ¦ false"},
                         {"flags(3)", "8", "!E2004"},
                         {"flags(3)", "05", "!E2004"},
                         {"flags(2)", "!E2005", "true ¦ "}},
            .join = flags_join,
            .cut = flags_cut,
            .expected =
                [](const CodecArguments& a) {
                    return fmt::format("a whole number of {} bits", argument(a, 0));
                },
            .check = [](const CodecArguments& a) { return check_number(a, 0, 2, kTupleMax); },
            .tuple_size = [](const CodecArguments& a) { return size_argument(a, 0); }};
}

Codec join_codec() {
    return {.name = "join",
            .summary = {"把有值的字段用分隔符连接起来（单向）",
                        "the fields that have a value, with a separator between them (one-way)"},
            .arguments = {{"separator", ArgumentKind::Text}},
            .grade = Grade::OneWay,
            .fails = Fails::Never,
            .examples = {{"join(\" \")", "ANNA MARIA", "ANNA ¦ MARIA"},
                         {"join(\"，\")", "青岛", "青岛 ¦ "},
                         {"join(\" \")", "!absent", " ¦ "}},
            .join = join_present,
            .check = check_separator};
}

Codec concat_codec() {
    return {.name = "concat",
            .summary = {"把有值的字段首尾相接（单向）",
                        "the fields that have a value, one after another (one-way)"},
            .grade = Grade::OneWay,
            .fails = Fails::Never,
            .examples = {{"concat", "370202香港中路8号", "370202 ¦ 香港中路8号"},
                         {"concat", "B", " ¦ B"},
                         {"concat", "!absent", " ¦ "}},
            .join = join_present};
}

Codec first_codec() {
    return {.name = "first",
            .summary = {"取第一个有值的字段（单向）", "the first field that has a value (one-way)"},
            .grade = Grade::OneWay,
            .fails = Fails::Never,
            .examples = {{"first", "13900000000", "13900000000 ¦ 88880000"},
                         {"first", "88880000", " ¦ 88880000"},
                         {"first", "!absent", " ¦ "}},
            .join = first_present};
}

}  // namespace

std::span<const Codec> tuple_codecs() {
    static const Codec list[] = {split_codec(), widths_codec(), flags_codec(),
                                 join_codec(),  concat_codec(), first_codec()};
    return list;
}

}  // namespace luqiao::mapping
