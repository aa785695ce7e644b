#include "base/calendar.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao {
namespace {

using std::chrono::days;

constexpr std::size_t kFileSizeMax = 64u << 10;
constexpr std::string_view kHeader = "date,kind,name";

int year_of(Date date) {
    return static_cast<int>(std::chrono::year_month_day{date}.year());
}

bool is_weekend(Date date) {
    const std::chrono::weekday day{date};
    return day == std::chrono::Saturday || day == std::chrono::Sunday;
}

/// Mondays to Fridays from the beginning of time up to and with `date`.
std::int64_t weekdays_until(Date date) {
    constexpr std::int64_t monday_after_epoch = 4;  // 1970-01-05
    const std::int64_t offset = date.time_since_epoch().count() - monday_after_epoch;
    const std::int64_t week = offset >= 0 ? offset / 7 : (offset - 6) / 7;
    return week * 5 + std::min<std::int64_t>(offset - week * 7 + 1, 5);
}

/// One line of a calendar file on its way into the year's table.
class LineReader {
public:
    LineReader(int year, const std::string& file, Diagnostics& findings)
        : year_(year), file_(file), findings_(findings) {}

    void read(std::string_view line, int number, std::map<Date, bool>& into) {
        line_ = line;
        number_ = number;
        const auto cells = split(line, ',');
        if (cells.size() != 3) {
            report("C206", 1,
                   {"应为三列：日期,类别,名称", "expected three columns: date,kind,name"});
            return;
        }
        const auto date = parse_date(cells[0]);
        if (!date) {
            report("C201", 1,
                   {fmt::format("“{}”不是日期，应写作 yyyy-MM-dd", cells[0]),
                    fmt::format("\"{}\" is not a date yyyy-MM-dd", cells[0])});
            return;
        }
        const bool worked = cells[1] == "work";
        if (!worked && cells[1] != "off") {
            report("C203", 12,
                   {fmt::format("类别“{}”不存在，应为 off 或 work", cells[1]),
                    fmt::format("there is no kind \"{}\", only off and work", cells[1])});
            return;
        }
        if (!is_plausible(*date, worked)) return;
        if (!into.emplace(*date, worked).second) {
            report(
                "C204", 1,
                {fmt::format("{} 重复出现", cells[0]), fmt::format("{} stands twice", cells[0])});
        }
    }

private:
    bool is_plausible(Date date, bool worked) {
        if (year_of(date) != year_) {
            report("C202", 1,
                   {fmt::format("{} 不在 {} 年", to_string(date), year_),
                    fmt::format("{} is not in {}", to_string(date), year_)});
            return false;
        }
        if (is_weekend(date) != worked) {
            report("C205", 1,
                   worked ? Text{fmt::format("{} 是周一至周五，本来就上班", to_string(date)),
                                 fmt::format("{} is a weekday and worked anyway", to_string(date))}
                          : Text{fmt::format("{} 是周末，本来就休息", to_string(date)),
                                 fmt::format("{} is a weekend and off anyway", to_string(date))});
            return false;
        }
        return true;
    }

    void report(std::string code, int column, Text message) {
        findings_.add(std::move(code), {file_, number_, column, 10}, std::move(message),
                      std::string(prefix_code_points(line_, 120)));
    }

    int year_;
    const std::string& file_;
    Diagnostics& findings_;
    std::string_view line_;
    int number_ = 0;
};

}  // namespace

void Calendar::add_year(int year,
                        std::string_view csv,
                        const std::string& file,
                        Diagnostics& findings) {
    const auto not_a_calendar = [&](Text message) {
        findings.add("C206", {file, 1, 1, 1}, std::move(message), {}, std::string(kHeader));
    };
    if (csv.size() > kFileSizeMax) {
        not_a_calendar({"日历文件超过 64 KiB", "a calendar file is larger than 64 KiB"});
        return;
    }
    if (!is_utf8(csv)) {
        not_a_calendar({"日历文件不是 UTF-8", "the calendar file is not UTF-8"});
        return;
    }
    std::map<Date, bool>& exceptions = years_[year];
    LineReader reader(year, file, findings);
    bool header_seen = false;
    int number = 0;
    for (const std::string_view piece : split(csv, '\n')) {
        ++number;
        const std::string_view line = trimmed(piece);
        if (line.empty() || line.front() == '#') continue;
        if (header_seen) {
            reader.read(line, number, exceptions);
        } else if (line == kHeader) {
            header_seen = true;
        } else {
            break;
        }
    }
    if (header_seen) return;
    not_a_calendar({"首行应为 date,kind,name", "the first line must be date,kind,name"});
    years_.erase(year);  // an unreadable file must not pass for a known year
}

bool Calendar::knows(int year) const {
    return years_.contains(year);
}

bool Calendar::knows_all(Date first, Date last) const {
    for (int year = year_of(first); year <= year_of(last); ++year) {
        if (!knows(year)) return false;
    }
    return true;
}

bool Calendar::is_working_day(Date date) const {
    if (const auto year = years_.find(year_of(date)); year != years_.end()) {
        if (const auto day = year->second.find(date); day != year->second.end()) return day->second;
    }
    return !is_weekend(date);
}

DueDate Calendar::add_working_days(Date start, int count) const {
    if (count <= 0) return {start, false};
    Date date = start;
    for (int left = count; left > 0;) {
        date += days{1};
        if (is_working_day(date)) --left;
    }
    return {date, !knows_all(start + days{1}, date)};
}

DueDate Calendar::add_natural_days(Date start, int count) const {
    const Date last = start + days{count};
    Date date = last;
    while (!is_working_day(date)) date += days{1};
    return {date, !knows_all(last, date)};
}

int Calendar::working_days_between(Date from, Date to) const {
    if (to < from) return -working_days_between(to, from);
    std::int64_t count = weekdays_until(to) - weekdays_until(from);
    const auto end = years_.upper_bound(year_of(to));
    for (auto year = years_.lower_bound(year_of(from)); year != end; ++year) {
        const auto last = year->second.upper_bound(to);
        for (auto day = year->second.upper_bound(from); day != last; ++day) {
            count += day->second ? 1 : -1;
        }
    }
    return static_cast<int>(count);
}

}  // namespace luqiao
