// mapping/codec_families.h - the codecs of each source file, and what their functions share.
#pragma once

#include "mapping/codec.h"
#include "mapping/values.h"

#include <fmt/format.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace luqiao::mapping {

std::span<const Codec> text_codecs();       ///< blanks, case, width, separators of names
std::span<const Codec> structure_codecs();  ///< padding, prefixes, lists in one text
std::span<const Codec> sentinel_codecs();   ///< values that mean "no value"
std::span<const Codec> tuple_codecs();      ///< several fields in one, one in several
std::span<const Codec> bytes_codecs();      ///< hexadecimal, base64
std::span<const Codec> number_codecs();     ///< whole numbers, decimals, booleans
std::span<const Codec> amount_codecs();     ///< money, scales, rounding
std::span<const Codec> date_codecs();       ///< days, months and years by pattern
std::span<const Codec> time_codecs();       ///< times and moments by pattern, epochs
std::span<const Codec> code_codecs();       ///< code tables and regions
std::span<const Codec> id_codecs();         ///< documents, phones, e-mail
std::span<const Codec> privacy_codecs();    ///< declassifiers and ages: one-way

/// The `index`-th argument, or "" when it was left out.
inline std::string_view argument(const CodecArguments& arguments, std::size_t index) {
    if (index >= arguments.literals.size()) return {};
    return arguments.literals[index].text;
}

/// The `index`-th argument as a size; `fallback` when it was left out (checked when compiled).
inline std::size_t size_argument(const CodecArguments& arguments,
                                 std::size_t index,
                                 std::size_t fallback = 0) {
    const auto number = parse_number(argument(arguments, index));
    return number ? static_cast<std::size_t>(*number) : fallback;
}

/// Fine when the `index`-th argument is a whole number in low..high.
inline Text check_number(const CodecArguments& arguments,
                         std::size_t index,
                         std::int64_t low,
                         std::int64_t high) {
    const auto number = parse_number(argument(arguments, index));
    if (number && *number >= low && *number <= high) return {};
    return {fmt::format("参数应为 {} 到 {} 的整数", low, high),
            fmt::format("the argument is a whole number in {}..{}", low, high)};
}

/// What is written is as long as the canonical text, and of its characters.
inline std::optional<Shape> same_shape(const Shape& canonical, const CodecArguments& /*unused*/) {
    return canonical;
}

inline CodecResult same(std::string_view text,
                        const CodecArguments& /*unused*/,
                        CodecContext& /*unused*/) {
    return CodecResult::value(text);
}

}  // namespace luqiao::mapping
