// base/time.h - instants, dates and their text. Nobody here reads a clock: time is an argument.
#pragma once

#include "base/result.h"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace luqiao {

using Duration = std::chrono::milliseconds;

inline constexpr Duration kDay{86'400'000};  ///< 24 hours

/// Time on the wall, in milliseconds since 1970-01-01T00:00:00Z.
using Instant = std::chrono::time_point<std::chrono::system_clock, Duration>;

/// A calendar day, without a zone: a birth date never shifts.
using Date = std::chrono::sys_days;

/// What a component that needs the time is given.
using Clock = std::function<Instant()>;

/// China Standard Time. No daylight saving since 1991; pure dates never pass through it.
inline constexpr std::chrono::hours kChinaOffset{8};

/// The day in China at `instant`.
Date china_date(Instant instant);
/// The first instant of `date` in China.
Instant china_midnight(Date date);

/// "2025-10-09". @errors BadValue: not a day of the calendar (30 February).
Result<Date> parse_date(std::string_view text);
std::string to_string(Date date);

/// RFC 3339 with +08:00 and milliseconds left out when zero: "2025-10-09T10:15:00+08:00".
std::string to_rfc3339(Instant instant);
/// Accepts "Z" or a numeric offset, and a fraction up to nine digits. @errors BadValue
Result<Instant> parse_rfc3339(std::string_view text);

/// "500ms", "10s", "5m", "2h", "1d". @errors BadValue
Result<Duration> parse_duration(std::string_view text);

}  // namespace luqiao
