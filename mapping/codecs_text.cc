#include "mapping/codec_families.h"
#include "mapping/utf8.h"

#include <algorithm>
#include <cstring>
#include <unicode/uchar.h>

namespace luqiao::mapping {
namespace {

constexpr char32_t kWideSpace = 0x3000;
constexpr char32_t kMiddleDot = 0xB7;

bool is_blank(char32_t c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == kWideSpace || c == 0xA0;
}

std::string_view without_leading_blanks(std::string_view text) {
    for (std::string_view rest = text; !rest.empty(); text = rest) {
        if (!is_blank(take_character(rest))) break;
    }
    return text;
}

std::string_view without_trailing_blanks(std::string_view text) {
    constexpr std::string_view kBlanks[] = {" ", "\t", "\r", "\n", "\xE3\x80\x80", "\xC2\xA0"};
    for (bool again = true; again;) {
        again = false;
        for (const std::string_view blank : kBlanks) {
            if (!text.ends_with(blank)) continue;
            text.remove_suffix(blank.size());
            again = true;
        }
    }
    return text;
}

/// What is left of a value; nothing left means that there was none.
CodecResult rest_of(std::string_view text) {
    return text.empty() ? CodecResult::absent() : CodecResult::value(text);
}

CodecResult trim(std::string_view text,
                 const CodecArguments& /*arguments*/,
                 CodecContext& /*context*/) {
    return rest_of(without_trailing_blanks(without_leading_blanks(text)));
}

CodecResult ltrim(std::string_view text,
                  const CodecArguments& /*arguments*/,
                  CodecContext& /*context*/) {
    return rest_of(without_leading_blanks(text));
}

CodecResult rtrim(std::string_view text,
                  const CodecArguments& /*arguments*/,
                  CodecContext& /*context*/) {
    return rest_of(without_trailing_blanks(text));
}

/// Every character through `change`, into the arena; a case change takes at most twice the bytes.
template <class Change>
CodecResult each_character(std::string_view text, Arena& arena, Change change) {
    char* const begin = arena.take(text.size() * 2);
    char* out = begin;
    while (!text.empty()) {
        const char32_t character = take_character(text);
        if (character == kNoCharacter) return CodecResult::bad(Errc::CharsetError);
        out = put_character(out, change(character));
    }
    return CodecResult::value({begin, static_cast<std::size_t>(out - begin)});
}

CodecResult upper(std::string_view text,
                  const CodecArguments& /*arguments*/,
                  CodecContext& context) {
    return each_character(text, context.arena, [](char32_t c) -> char32_t {
        if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
        return static_cast<char32_t>(u_toupper(static_cast<UChar32>(c)));
    });
}

CodecResult lower(std::string_view text,
                  const CodecArguments& /*arguments*/,
                  CodecContext& context) {
    return each_character(text, context.arena, [](char32_t c) -> char32_t {
        if (c < 0x80) return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
        return static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
    });
}

/// Beyond ASCII the other case may lie outside a repertoire: ā is in GB 2312, Ā is not.
std::optional<Shape> shape_of_case(const Shape& canonical, const CodecArguments& /*arguments*/) {
    const bool is_ascii = widest(canonical.repertoire, Repertoire::Ascii) == Repertoire::Ascii;
    return Shape{canonical.characters_max, is_ascii ? canonical.repertoire : Repertoire::Any};
}

CodecResult halfwidth(std::string_view text,
                      const CodecArguments& /*arguments*/,
                      CodecContext& context) {
    if (ascii_prefix(text) == text.size()) return CodecResult::value(text);
    return each_character(text, context.arena, [](char32_t c) -> char32_t {
        if (c == kWideSpace) return ' ';
        return c >= 0xFF01 && c <= 0xFF5E ? c - 0xFF01 + '!' : c;
    });
}

CodecResult nfc(std::string_view text, const CodecArguments& /*arguments*/, CodecContext& context) {
    return CodecResult::value(to_nfc(text, context.arena));
}

CodecResult squeeze(std::string_view text,
                    const CodecArguments& /*arguments*/,
                    CodecContext& context) {
    text = without_trailing_blanks(without_leading_blanks(text));
    char* const begin = context.arena.take(text.size());
    char* out = begin;
    bool after_blank = false;
    while (!text.empty()) {
        const std::string_view before = text;
        const char32_t character = take_character(text);
        if (character == kNoCharacter) return CodecResult::bad(Errc::CharsetError);
        if (!is_blank(character)) {
            const std::size_t size = before.size() - text.size();
            std::memcpy(out, before.data(), size);
            out += size;
        } else if (!after_blank) {
            *out++ = ' ';
        }
        after_blank = is_blank(character);
    }
    return rest_of({begin, static_cast<std::size_t>(out - begin)});
}

bool is_han(char32_t c) {
    return (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) ||
           (c >= 0x2'0000 && c <= 0x3'FFFF);
}

/// Characters met in the place of 间隔号, besides the full stop.
bool is_dot(char32_t c) {
    constexpr char32_t kDots[] = {
        kMiddleDot,
        0x0387,  // Greek ano teleia
        0x2022,  // bullet
        0x2027,  // hyphenation point
        0x2219,  // bullet operator
        0x22C5,  // dot operator
        0x30FB,  // katakana middle dot
        0xFF65,  // halfwidth katakana middle dot
    };
    return std::find(std::begin(kDots), std::end(kDots), c) != std::end(kDots);
}

/// Foreign names in Chinese characters: 约翰·史密斯 (GB/T 15834-2011, clause 4.13). A full stop
/// counts only between two Chinese characters, so that "J. Smith" stays.
CodecResult dot(std::string_view text, const CodecArguments& /*arguments*/, CodecContext& context) {
    if (ascii_prefix(text) == text.size()) return CodecResult::value(text);
    char* const begin = context.arena.take(text.size() * 2);
    char* out = begin;
    char* after_word = begin;  // behind the last character that is no blank
    char32_t word = 0;         // that character
    while (!text.empty()) {
        const char32_t character = take_character(text);
        if (character == kNoCharacter) return CodecResult::bad(Errc::CharsetError);
        const std::string_view behind = without_leading_blanks(text);
        std::string_view next = behind;
        const bool is_stop = (character == '.' || character == 0xFF0E) && is_han(word) &&
                             is_han(take_character(next));
        if (is_dot(character) || is_stop) {
            out = put_character(after_word, kMiddleDot);
            text = behind;
        } else {
            out = put_character(out, character);
        }
        if (!is_blank(character)) {
            after_word = out;
            word = character;
        }
    }
    return CodecResult::value({begin, static_cast<std::size_t>(out - begin)});
}

// --- the codecs ----------------------------------------

Codec copy_codec() {
    return {.name = "copy",
            .summary = {"原样传递", "the text as it is"},
            .grade = Grade::Exact,
            .fails = Fails::Never,
            .examples = {{"copy", "MÜLLER", "MÜLLER"},
                         {"copy", "史密斯", "史密斯"},
                         {"copy", " a ", " a "}},
            .decode = same,
            .encode = same,
            .wire_shape = same_shape};
}

Codec trim_codec() {
    return {.name = "trim",
            .summary = {"去掉首尾空白（含全角空格）；全空白视为未填",
                        "takes blanks (also full-width) off both ends; blanks alone are no value"},
            .grade = Grade::Canonical,
            .fails = Fails::Never,
            .examples = {{"trim", "  MUELLER ", "MUELLER", "MUELLER"},
                         {"trim", "　史密斯　", "史密斯", "史密斯"},
                         {"trim", " 　 ", "!absent"},
                         {"trim", "A B", "A B"}},
            .decode = trim,
            .encode = trim,
            .wire_shape = same_shape};
}

Codec ltrim_codec() {
    return {.name = "ltrim",
            .summary = {"去掉前导空白", "takes blanks off the front"},
            .grade = Grade::Canonical,
            .fails = Fails::Never,
            .examples = {{"ltrim", "  AB ", "AB ", "AB "},
                         {"ltrim", "AB", "AB"},
                         {"ltrim", "   ", "!absent"}},
            .decode = ltrim,
            .encode = ltrim,
            .wire_shape = same_shape};
}

Codec rtrim_codec() {
    return {.name = "rtrim",
            .summary = {"去掉尾部空白", "takes blanks off the end"},
            .grade = Grade::Canonical,
            .fails = Fails::Never,
            .examples = {{"rtrim", " AB  ", " AB", " AB"},
                         {"rtrim", "AB", "AB"},
                         {"rtrim", "   ", "!absent"}},
            .decode = rtrim,
            .encode = rtrim,
            .wire_shape = same_shape};
}

Codec upper_codec() {
    return {.name = "upper",
            .summary = {"转为大写", "upper case, one character for one"},
            .grade = Grade::Canonical,
            .fails = Fails::Never,
            .examples = {{"upper", "Müller", "MÜLLER", "MÜLLER"},
                         {"upper", "łukasz", "ŁUKASZ", "ŁUKASZ"},
                         {"upper", "Straße", "STRAßE", "STRAßE"},
                         {"upper", "史密斯", "史密斯"}},
            .decode = upper,
            .encode = upper,
            .wire_shape = shape_of_case};
}

Codec lower_codec() {
    return {.name = "lower",
            .summary = {"转为小写", "lower case, one character for one"},
            .grade = Grade::Canonical,
            .fails = Fails::Never,
            .examples = {{"lower", "MÜLLER", "müller", "müller"},
                         {"lower", "Łukasz", "łukasz", "łukasz"},
                         {"lower", "a1", "a1"}},
            .decode = lower,
            .encode = lower,
            .wire_shape = shape_of_case};
}

Codec halfwidth_codec() {
    return {.name = "halfwidth",
            .summary = {"全角字母、数字、符号和空格转为半角",
                        "full-width letters, digits, signs and spaces become half-width"},
            .grade = Grade::Canonical,
            .fails = Fails::Never,
            .examples = {{"halfwidth", "Ｃ０１Ｘ", "C01X", "C01X"},
                         {"halfwidth", "市南区　８号", "市南区 8号", "市南区 8号"},
                         {"halfwidth", "C01X", "C01X"}},
            .decode = halfwidth,
            .encode = halfwidth,
            .wire_shape = same_shape};
}

Codec nfc_codec() {
    return {.name = "nfc",
            .summary = {"Unicode 规范化形式 C", "Unicode normal form C"},
            .grade = Grade::Canonical,
            .fails = Fails::Never,
            .examples = {{"nfc", "Nu\u0301n\u0303ez", "N\u00FA\u00F1ez", "N\u00FA\u00F1ez"},
                         {"nfc", "史密斯", "史密斯"},
                         {"nfc", "\u212B", "\u00C5", "\u00C5"}},
            .decode = nfc,
            .encode = nfc,
            .wire_shape = same_shape};
}

Codec squeeze_codec() {
    return {.name = "squeeze",
            .summary = {"连续空白合并为一个空格，并去掉首尾空白",
                        "runs of blanks become one space; none at the ends"},
            .grade = Grade::Canonical,
            .fails = Fails::Never,
            .examples = {{"squeeze", " ANNA   MARIA ", "ANNA MARIA", "ANNA MARIA"},
                         {"squeeze", "香港中路　　8号", "香港中路 8号", "香港中路 8号"},
                         {"squeeze", "  ", "!absent"}},
            .decode = squeeze,
            .encode = squeeze,
            .wire_shape = same_shape};
}

Codec dot_codec() {
    return {.name = "dot",
            .summary = {"外国人中文姓名的间隔号统一为“·”",
                        "the separator in Chinese names of foreigners becomes ·"},
            .grade = Grade::Canonical,
            .fails = Fails::Never,
            .examples = {{"dot", "约翰•史密斯", "约翰·史密斯", "约翰·史密斯"},
                         {"dot", "约翰 ・ 史密斯", "约翰·史密斯", "约翰·史密斯"},
                         {"dot", "约翰.史密斯", "约翰·史密斯", "约翰·史密斯"},
                         {"dot", "J. 史密斯", "J. 史密斯"}},
            .decode = dot,
            .encode = dot,
            .wire_shape = same_shape};
}

}  // namespace

std::span<const Codec> text_codecs() {
    static const Codec list[] = {copy_codec(),    trim_codec(),  ltrim_codec(),     rtrim_codec(),
                                 upper_codec(),   lower_codec(), halfwidth_codec(), nfc_codec(),
                                 squeeze_codec(), dot_codec()};
    return list;
}

}  // namespace luqiao::mapping
