#include "mapping/check_digits.h"
#include "mapping/codec_families.h"

#include <algorithm>
#include <cstring>

namespace luqiao::mapping {
namespace {

CodecResult code_decode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    if (arguments.table == nullptr) return CodecResult::bad(Errc::Internal);
    const CodeTable::Row* const row =
        arguments.table->decode(arguments.system, text, context.as_of);
    if (row == nullptr) return CodecResult::bad(Errc::UnmappedCode);
    if (context.as_of && arguments.table->has_dates() &&
        !CodeTable::valid_on(*row, *context.as_of)) {
        return CodecResult::bad(Errc::ExpiredCode);
    }
    return CodecResult::value(row->codes[0]);
}

/// A canonical code without a code in the party's system is never written as "".
CodecResult code_encode(std::string_view text,
                        const CodecArguments& arguments,
                        CodecContext& context) {
    if (arguments.table == nullptr) return CodecResult::bad(Errc::Internal);
    const CodeTable::Row* const row = arguments.table->find(text);
    if (row == nullptr || row->codes[arguments.system].empty()) {
        return CodecResult::bad(Errc::UnmappedCode);
    }
    if (context.as_of && arguments.table->has_dates() &&
        !CodeTable::valid_on(*row, *context.as_of)) {
        return CodecResult::bad(Errc::ExpiredCode);
    }
    return CodecResult::value(row->codes[arguments.system]);
}

std::string expect_code(const CodecArguments& arguments) {
    if (arguments.table == nullptr) return "a code";
    return fmt::format("code of {}.{}", arguments.table->name(),
                       arguments.table->systems()[arguments.system]);
}

/// Exact only when no two codes mean the same and no code means two things.
Grade grade_of_code(const CodecArguments& arguments) {
    const bool is_exact =
        arguments.table == nullptr || arguments.table->is_one_to_one(arguments.system);
    return is_exact ? Grade::Exact : Grade::Canonical;
}

std::optional<Shape> shape_of_code(const Shape& /*canonical*/, const CodecArguments& arguments) {
    if (arguments.table == nullptr) return std::nullopt;
    Shape shape{0, Repertoire::Digit};
    for (const CodeTable::Row& row : arguments.table->rows()) {
        shape = widest(shape, shape_of(row.codes[arguments.system]));
    }
    return shape;
}

CodecResult region_decode(std::string_view text,
                          const CodecArguments& /*arguments*/,
                          CodecContext& /*context*/) {
    return is_region(text) ? CodecResult::value(text) : CodecResult::bad();
}

CodecResult region_encode(std::string_view text,
                          const CodecArguments& /*arguments*/,
                          CodecContext& /*context*/) {
    return is_region(text) ? CodecResult::value(text) : CodecResult::bad(Errc::NotEncodable);
}

constexpr std::string_view kWholeDivision = "000000";

CodecResult region12_decode(std::string_view text,
                            const CodecArguments& /*arguments*/,
                            CodecContext& /*context*/) {
    if (text.size() != 12 || !text.ends_with(kWholeDivision) || !is_region(text.substr(0, 6))) {
        return CodecResult::bad();
    }
    return CodecResult::value(text.substr(0, 6));
}

CodecResult region12_encode(std::string_view text,
                            const CodecArguments& /*arguments*/,
                            CodecContext& context) {
    if (!is_region(text)) return CodecResult::bad(Errc::NotEncodable);
    char* const out = context.arena.take(12);
    std::memcpy(out, text.data(), 6);
    std::memcpy(out + 6, kWholeDivision.data(), 6);
    return CodecResult::value({out, 12});
}

// --- the codecs ----------------------------------------

Codec code_codec() {
    return {
        .name = "code",
        .summary = {"代码表中某一体系的代码；表中没有即为错误，绝不写成空",
                    "a code of one system of a code table; an unknown one is an error, never \"\""},
        .arguments = {{"table.system", ArgumentKind::Code}},
        .fails = Fails::Both,
        .gives = TypeKind::Code,
        .examples = {{"code(country.alpha2)", "DE", "DEU"},
                     {"code(country.numeric)", "004", "AFG"},
                     {"code(country.mrz)", "D<<", "DEU", "D"},
                     {"code(country.name_zh)", "大韩民国", "KOR", "韩国"},
                     {"code(country.alpha3)", "RKS", "XKX", "XKX"},
                     {"code(country.alpha2)", "ZZ", "!E3001"},
                     {"code(country.alpha2)", "", "!E3001"},
                     {"code(country.alpha2)", "!E3001", "XXA"}},
        .decode = code_decode,
        .encode = code_encode,
        .expected = expect_code,
        .grade_of = grade_of_code,
        .wire_shape = shape_of_code};
}

Codec region_codec() {
    return {
        .name = "region",
        .summary = {"6 位区划代码（GB/T 2260）：省级代码存在，市、县位相称",
                    "a division code of six digits (GB/T 2260): its province exists"},
        .fails = Fails::Both,
        .gives = TypeKind::Region,
        .examples = {{"region", "370202", "370202"},
                     {"region", "370200", "370200"},
                     {"region", "993702", "!E2004"},
                     {"region", "370002", "!E2004"},
                     {"region", "!E2005", "青岛"}},
        .decode = region_decode,
        .encode = region_encode,
        .expected =
            [](const CodecArguments& /*a*/) { return std::string("a division code of GB/T 2260"); },
        .wire_shape = same_shape};
}

Codec region12_codec() {
    return {
        .name = "region12",
        .summary = {"12 位区划代码（后六位为 0）对应 6 位 GB/T 2260 代码",
                    "a division code of twelve digits, the last six zero, for one of GB/T 2260"},
        .fails = Fails::Both,
        .gives = TypeKind::Region,
        .examples = {{"region12", "370202000000", "370202"},
                     {"region12", "370200000000", "370200"},
                     {"region12", "370202001000", "!E2004"},
                     {"region12", "990000000000", "!E2004"},
                     {"region12", "!E2005", "3702"}},
        .decode = region12_decode,
        .encode = region12_encode,
        .expected =
            [](const CodecArguments& /*a*/) {
                return std::string("a division code of 12 digits ending in 000000");
            },
        .wire_shape = [](const Shape& /*s*/, const CodecArguments& /*a*/) -> std::optional<Shape> {
            return Shape{12, Repertoire::Digit};
        }};
}

}  // namespace

std::span<const Codec> code_codecs() {
    static const Codec list[] = {code_codec(), region_codec(), region12_codec()};
    return list;
}

}  // namespace luqiao::mapping
