// mapping/date_pattern.h - days and times by a pattern: yyyy (or yy) MM dd HH mm ss SSS, other
// signs as they are.
#pragma once

#include "mapping/codec.h"

#include <array>
#include <cstring>
#include <optional>
#include <string_view>

namespace luqiao::mapping {

/// Sets of parts, one bit each in the order yyyy MM dd HH mm ss SSS; yy sets the first bit too.
inline constexpr unsigned kYearPart = 0b000'0001;
inline constexpr unsigned kMonthParts = 0b000'0011;
inline constexpr unsigned kDateParts = 0b000'0111;
inline constexpr unsigned kMinuteParts = 0b001'1000;
inline constexpr unsigned kSecond = 0b010'0000;
inline constexpr unsigned kTimeParts = kMinuteParts | kSecond;
inline constexpr unsigned kDateTimeParts = kDateParts | kTimeParts;
inline constexpr unsigned kMillisecond = 0b100'0000;
/// Besides kYearPart: the year has two digits.
inline constexpr unsigned kShortYear = 0b1000'0000;

/// The parts that a pattern has; nothing when it has an unknown letter, a part of another width or
/// a part twice. `T` and everything that is no ASCII letter stand for themselves.
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
    /// Where a part of text lies: "2025-10-09" at 0, "10:15:00" at 11.
    void put(std::size_t begin, std::string_view part) {
        std::memcpy(text.data() + begin, part.data(), part.size());
    }
    /// Two digits of a year become four: below `pivot` 20yy, else 19yy.
    void set_century(int pivot);
    /// Whether two digits of the year are read back as this year.
    [[nodiscard]] bool is_in_century(int pivot) const;
};

/// Reads exactly what the pattern says: widths fixed, digits ASCII, nothing left over. Whether
/// there is such a day is not judged here.
bool read_pattern(std::string_view text, std::string_view pattern, Moment& moment);

/// Writes the parts of `moment` that the pattern names.
CodecResult write_pattern(const Moment& moment, std::string_view pattern, Arena& arena);

/// The pattern of a codec's first argument, and the pivot of two-digit years at `pivot_at`, which
/// check_pattern wants exactly when the year has two digits.
class PatternUse {
public:
    PatternUse(const CodecArguments& arguments, std::size_t pivot_at);
    /// False: `text` is not what the pattern says.
    bool read(std::string_view text, Moment& moment) const;
    /// Bad: a year that two digits would not give back.
    CodecResult write(const Moment& moment, Arena& arena) const;

private:
    std::string_view pattern_;
    std::optional<int> pivot_;
};

/// The pattern has `needed` and at most `also`, each part once; a pivot 0-99 stands at `pivot_at`
/// exactly when the year has two digits. `shown` names the parts for people.
struct PatternRule {
    unsigned needed;
    unsigned also;
    std::size_t pivot_at;
    std::string_view shown;
};
Text check_pattern(const CodecArguments& arguments, const PatternRule& rule);

/// Lossy when the year has two digits or a part of `wanted` is missing, else exact.
Grade grade_of_pattern(const CodecArguments& arguments, unsigned wanted);

/// As long as the pattern (yyyy counts four).
std::optional<Shape> shape_of_pattern(const Shape& canonical, const CodecArguments& arguments);

std::string expect_pattern(const CodecArguments& arguments);

}  // namespace luqiao::mapping
