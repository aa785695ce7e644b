// mapping/date_pattern.h - days and times by a pattern: yyyy MM dd HH mm ss SSS, other signs as
// they are.
#pragma once

#include "mapping/codec.h"

#include <array>
#include <cstring>
#include <optional>
#include <string_view>

namespace luqiao::mapping {

/// Sets of parts, one bit each in the order yyyy MM dd HH mm ss SSS.
inline constexpr unsigned kMonthParts = 0b000'0011;
inline constexpr unsigned kDateParts = 0b000'0111;
inline constexpr unsigned kTimeParts = 0b011'1000;
inline constexpr unsigned kDateTimeParts = kDateParts | kTimeParts;
inline constexpr unsigned kMillisecond = 0b100'0000;

/// The parts that a pattern has; nothing when it has an unknown letter, a part of another width
/// (yy) or a part twice. `T` and everything that is no ASCII letter stand for themselves.
std::optional<unsigned> parts_of(std::string_view pattern);

/// A moment in canonical letters "0000-00-00T00:00:00.000"; what a pattern lacks stays zero.
struct Moment {
    static constexpr std::string_view kTemplate = "0000-00-00T00:00:00.000";
    static constexpr std::size_t kSize = kTemplate.size();
    std::array<char, kSize> text{};

    Moment() { std::memcpy(text.data(), kTemplate.data(), kSize); }
    [[nodiscard]] std::string_view part(std::size_t begin, std::size_t size) const {
        return std::string_view(text.data(), kSize).substr(begin, size);
    }
};

/// Reads exactly what the pattern says: widths fixed, digits ASCII, nothing left over. Whether
/// there is such a day is not judged here.
bool read_pattern(std::string_view text, std::string_view pattern, Moment& moment);

/// Writes the parts of `moment` that the pattern names.
CodecResult write_pattern(const Moment& moment, std::string_view pattern, Arena& arena);

}  // namespace luqiao::mapping
