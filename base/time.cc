#include "base/time.h"

#include <fmt/format.h>

#include <charconv>

namespace luqiao {
namespace {

using namespace std::chrono;

/// Reads exactly `width` digits at `offset`, or -1.
int digits(std::string_view text, std::size_t offset, std::size_t width) {
    if (offset + width > text.size()) return -1;
    int value = 0;
    for (const char digit : text.substr(offset, width)) {
        if (digit < '0' || digit > '9') return -1;
        value = value * 10 + (digit - '0');
    }
    return value;
}

/// Milliseconds of ".123456789" and how many characters it took.
std::pair<milliseconds, std::size_t> fraction(std::string_view text) {
    if (text.empty() || text[0] != '.') return {milliseconds{0}, 0};
    std::size_t count = 0;
    int value = 0;
    while (1 + count < text.size() && text[1 + count] >= '0' && text[1 + count] <= '9') {
        if (count < 3) value = value * 10 + (text[1 + count] - '0');
        ++count;
    }
    for (std::size_t padded = count; padded < 3; ++padded) value *= 10;
    return {milliseconds{value}, count == 0 ? 0 : count + 1};
}

/// "Z", "+08:00", "-05:30".
Result<minutes> offset(std::string_view text) {
    if (text == "Z") return minutes{0};
    const int hour = digits(text, 1, 2);
    const int minute = digits(text, 4, 2);
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' || hour < 0 ||
        hour > 14 || minute < 0 || minute > 59) {
        return fail(Errc::BadValue, "a time zone is Z or +hh:mm");
    }
    const minutes size = hours{hour} + minutes{minute};
    return text[0] == '-' ? -size : size;
}

}  // namespace

Date china_date(Instant instant) {
    return floor<days>(instant + kChinaOffset);
}

Instant china_midnight(Date date) {
    return Instant{date.time_since_epoch()} - kChinaOffset;
}

Result<Date> parse_date(std::string_view text) {
    const int y = digits(text, 0, 4);
    const int m = digits(text, 5, 2);
    const int d = digits(text, 8, 2);
    if (text.size() != 10 || y < 0 || m < 0 || d < 0 || text[4] != '-' || text[7] != '-') {
        return fail(Errc::BadValue, "a date is written yyyy-MM-dd");
    }
    const year_month_day day{year{y}, month{static_cast<unsigned>(m)},
                             std::chrono::day{static_cast<unsigned>(d)}};
    if (!day.ok()) return fail(Errc::BadValue, "there is no such day in the calendar");
    return Date{day};
}

std::string to_string(Date date) {
    const year_month_day day{date};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                       static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

std::string to_rfc3339(Instant instant) {
    const auto local = instant + kChinaOffset;
    const Date date = floor<days>(local);
    const hh_mm_ss time{local - date};
    std::string out = fmt::format("{}T{:02}:{:02}:{:02}", to_string(date), time.hours().count(),
                                  time.minutes().count(), time.seconds().count());
    if (time.subseconds().count() != 0) out += fmt::format(".{:03}", time.subseconds().count());
    return out + "+08:00";
}

Result<Instant> parse_rfc3339(std::string_view text) {
    if (text.size() < 20 || (text[10] != 'T' && text[10] != ' ')) {
        return fail(Errc::BadValue, "a time is written yyyy-MM-ddThh:mm:ss+08:00");
    }
    LQ_TRY(const Date date, parse_date(text.substr(0, 10)));
    const int hour = digits(text, 11, 2);
    const int minute = digits(text, 14, 2);
    const int second = digits(text, 17, 2);
    if (text[13] != ':' || text[16] != ':' || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 59) {
        return fail(Errc::BadValue, "there is no such time of day");
    }
    const auto [part, size] = fraction(text.substr(19));
    LQ_TRY(const minutes zone, offset(text.substr(19 + size)));
    return Instant{date.time_since_epoch()} + hours{hour} + minutes{minute} + seconds{second} +
           part - zone;
}

Result<Duration> parse_duration(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    const std::int64_t scale = unit == "ms"  ? 1
                               : unit == "s" ? 1'000
                               : unit == "m" ? 60'000
                               : unit == "h" ? 3'600'000
                               : unit == "d" ? 86'400'000
                                             : 0;
    if (failure != std::errc{} || scale == 0 || value < 0 || value > 1'000'000'000) {
        return fail(Errc::BadValue, "a duration is a whole number with ms, s, m, h or d");
    }
    return Duration{value * scale};
}

}  // namespace luqiao
