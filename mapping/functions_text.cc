// Functions that put text together, choose between values or show only a part of one.
#include "mapping/codec_families.h"
#include "mapping/functions.h"

#include <algorithm>
#include <array>

namespace luqiao::mapping {
namespace {

using Values = std::span<const CodecResult>;
using Types = std::span<const Type>;

/// Text that may hold any of `types` one behind the other.
Type joined_type(Types types, std::size_t between) {
    Type out;
    out.repertoire = Repertoire::Digit;
    std::int64_t size = 0;
    bool is_bounded = true;
    for (const Type& type : types) {
        const bool is_text = type.kind == TypeKind::Text;
        const Repertoire own = is_text ? type.repertoire : Repertoire::Ascii;
        out.repertoire = std::max(out.repertoire, own);
        is_bounded = is_bounded && is_text && type.size_max > 0;
        size += type.size_max + static_cast<std::int64_t>(between);
    }
    // Latin and the repertoires of GBK are no parts of one another.
    const auto is_latin = [](const Type& type) { return type.repertoire == Repertoire::Latin; };
    if (out.repertoire > Repertoire::Latin && std::any_of(types.begin(), types.end(), is_latin)) {
        out.repertoire = Repertoire::Any;
    }
    out.size_max = is_bounded ? size : 0;
    return out;
}

Type any_text(Types /*types*/, const CodecArguments& /*literals*/) {
    return {};
}

Type first_type(Types types, const CodecArguments& /*literals*/) {
    return types.empty() ? Type{} : types[0];
}

/// Whichever of the arguments the result is.
Type widest_type(Types types, const CodecArguments& /*literals*/) {
    Type out = types[0];
    for (const Type& type : types) {
        if (type.kind != TypeKind::Text || out.kind != TypeKind::Text) continue;
        const bool is_bounded = out.size_max > 0 && type.size_max > 0;
        const Repertoire wider = joined_type(std::array{out, type}, 0).repertoire;
        out.size_max = is_bounded ? std::max(out.size_max, type.size_max) : 0;
        out.repertoire = wider;
    }
    return out;
}

CodecResult put_together(Values parts, std::string_view separator, Arena& arena) {
    std::size_t size = 0;
    std::size_t count = 0;
    for (const CodecResult& part : parts) {
        if (part.state != SlotState::Value) continue;
        size += part.text.size() + (count++ > 0 ? separator.size() : 0);
    }
    if (count == 0) return CodecResult::absent();
    char* const begin = arena.take(size);
    char* out = begin;
    for (const CodecResult& part : parts) {
        if (part.state != SlotState::Value) continue;
        if (out != begin) out = std::copy(separator.begin(), separator.end(), out);
        out = std::copy(part.text.begin(), part.text.end(), out);
    }
    return CodecResult::value({begin, size});
}

CodecResult concat(Values values, const CodecArguments& /*literals*/, CodecContext& context) {
    return put_together(values, {}, context.arena);
}

CodecResult join(Values values, const CodecArguments& /*literals*/, CodecContext& context) {
    if (values[0].state != SlotState::Value) return CodecResult::absent();
    return put_together(values.subspan(1), values[0].text, context.arena);
}

CodecResult first(Values values, const CodecArguments& /*literals*/, CodecContext& /*context*/) {
    const auto found = std::find_if(values.begin(), values.end(), [](const CodecResult& value) {
        return value.state == SlotState::Value;
    });
    return found == values.end() ? CodecResult::absent() : *found;
}

/// What a codec of the same name writes.
template <const char* kName>
CodecResult as_codec(Values values, const CodecArguments& literals, CodecContext& context) {
    static const Codec* const codec = find_codec(kName);
    return codec->encode(values[0].text, literals, context);
}

template <const char* kName>
Text check_as_codec(const CodecArguments& literals) {
    static const Codec* const codec = find_codec(kName);
    return codec->check != nullptr ? codec->check(literals) : Text{};
}

CodecResult lower(Values values, const CodecArguments& /*literals*/, CodecContext& context) {
    return CodecResult::value(to_ascii_lower(values[0].text, context.arena));
}

CodecResult upper(Values values, const CodecArguments& /*literals*/, CodecContext& context) {
    const std::string_view text = values[0].text;
    char* const begin = context.arena.take(text.size());
    std::transform(text.begin(), text.end(), begin, [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return CodecResult::value({begin, text.size()});
}

constexpr char kMask[] = "mask";
constexpr char kLast[] = "last";
constexpr char kBand[] = "band";
constexpr char kRegionPrefix[] = "region_prefix";

}  // namespace

std::span<const Function> text_functions() {
    static const Function list[] = {
        {.name = "concat",
         .summary = {"各参数首尾相接；未填的跳过，全部未填则结果未填",
                     "the arguments one behind the other; absent ones are left out"},
         .arguments = {{"text", Takes::Text, false, true}},
         .gives = [](Types types, const CodecArguments&) { return joined_type(types, 0); },
         .examples = {{"concat(\"QD\", \"-\", \"2025\")", "QD-2025"}},
         .body = concat,
         .sees_absent = true},
        {.name = "join",
         .summary = {"以第一个参数相连其余各参数；未填的跳过",
                     "the other arguments with the first one between; absent ones are left out"},
         .arguments = {{"separator", Takes::Text}, {"text", Takes::Text, false, true}},
         .gives =
             [](Types types, const CodecArguments&) {
                 const auto between = static_cast<std::size_t>(types[0].size_max);
                 return joined_type(types.subspan(1), between == 0 ? 1 : between);
             },
         .examples = {{"join(\" \", \"Anna\", \"Müller\")", "Anna Müller"},
                      {"join(\"/\", \"14\")", "14"}},
         .body = join,
         .sees_absent = true},
        {.name = "first",
         .summary = {"第一个有值的参数", "the first argument that has a value"},
         .arguments = {{"value", Takes::Same, false, true}},
         .gives = widest_type,
         .examples = {{"first(\"a\", \"b\")", "a"}},
         .body = first,
         .sees_absent = true},
        {.name = "if",
         .summary = {"条件成立取第二个参数，否则取第三个",
                     "the second argument when the condition holds, else the third"},
         .arguments = {{"then", Takes::Same}, {"else", Takes::Same}},
         .gives = widest_type,
         .examples = {{"if(days(2025-10-01, 2025-10-31) > 15, 1, 2)", "1"},
                      {"if(lower(\"A\") = \"b\", 1, 2)", "2"}}},
        {.name = "lower",
         .summary = {"拉丁字母转小写", "the letters A-Z in lower case"},
         .arguments = {{"text", Takes::Text}},
         .gives = first_type,
         .examples = {{"lower(\"DEU\")", "deu"}},
         .body = lower},
        {.name = "upper",
         .summary = {"拉丁字母转大写", "the letters a-z in upper case"},
         .arguments = {{"text", Takes::Text}},
         .gives = first_type,
         .examples = {{"upper(\"deu\")", "DEU"}},
         .body = upper},
        {.name = "mask",
         .summary = {"只留第一个字，其余以 * 代替",
                     "keeps the first character, stars for the rest"},
         .arguments = {{"text", Takes::Text}},
         .gives = any_text,
         .examples = {{"mask(\"史密斯\")", "史**"}},
         .body = as_codec<kMask>,
         .declassifies = true},
        {.name = "last",
         .summary = {"只留最后 n 个字符，其余以 * 代替",
                     "keeps the last n characters, stars for the rest"},
         .arguments = {{"text", Takes::Text}, {"n", Takes::Count}},
         .gives = any_text,
         .examples = {{"last(\"C01X00T47\", 4)", "*****0T47"}},
         .body = as_codec<kLast>,
         .declassifies = true,
         .check = check_as_codec<kLast>},
        {.name = "band",
         .summary = {"数值所在的区间，宽度为 n", "the band of width n that a number falls in"},
         .arguments = {{"number", Takes::Number}, {"n", Takes::Count}},
         .gives = any_text,
         .examples = {{"band(32000.00, 10000)", "30000-39999"}, {"band(-1, 10)", "!E2005"}},
         .body = as_codec<kBand>,
         .declassifies = true,
         .check = check_as_codec<kBand>},
        {.name = "region_prefix",
         .summary = {"区划只到省级 (2) 或市级 (4)",
                     "a division up to province (2) or prefecture (4)"},
         .arguments = {{"region", Takes::Region}, {"digits", Takes::Count}},
         .gives = first_type,
         .examples = {{"region_prefix(\"370202\", 4)", "370200"}},
         .body = as_codec<kRegionPrefix>,
         .declassifies = true,
         .check = check_as_codec<kRegionPrefix>},
    };
    return list;
}

}  // namespace luqiao::mapping
