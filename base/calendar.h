// base/calendar.h - working days of China: weekends, statutory holidays and 调休 make-up days.
#pragma once

#include "base/diagnostic.h"
#include "base/result.h"
#include "base/time.h"

#include <map>
#include <string>
#include <string_view>

namespace luqiao {

/// A date that was computed, and whether the calendar knew every year on the way.
struct DueDate {
    Date date;
    bool provisional = false;  ///< true: beyond the last known year, counted by weekends alone
    bool operator==(const DueDate&) const = default;
};

/// Which days are worked. One file per year (国办 notices); data, because each is published in
/// November.
///
/// File `CN-2025.csv`: header `date,kind,name`; kind is `off` (a weekday off) or `work` (a make-up
/// working day); every other day follows the week. Source: 国办发明电〔2024〕12号 and the like.
/// UTF-8, at most 64 KiB; empty lines and lines that begin with `#` are skipped.
class Calendar {
public:
    /// Adds one year. Findings: C201 not a date, C202 another year, C203 unknown kind, C204 twice,
    /// C205 "off" on a weekend or "work" on a weekday (a typing mistake in every known notice),
    /// C206 not a calendar file (size, header, columns). Good lines count even beside bad ones.
    void add_year(int year, std::string_view csv, const std::string& file, Diagnostics& findings);

    [[nodiscard]] bool knows(int year) const;
    [[nodiscard]] bool is_working_day(Date date) const;

    /// The end of the `count`-th working day after `start`; the start day is excluded
    /// (行政许可法 第八十二条). `count` ≥ 0; 0 gives `start` itself.
    [[nodiscard]] DueDate add_working_days(Date start, int count) const;

    /// Calendar days; a last day that is a holiday moves to the next working day (民法典
    /// 第二百零三条).
    [[nodiscard]] DueDate add_natural_days(Date start, int count) const;

    /// Working days in (from, to]; negative when `to` is before `from`. Weeks are counted, not
    /// walked, so that a span of decades costs no more than its exceptions.
    [[nodiscard]] int working_days_between(Date from, Date to) const;

private:
    [[nodiscard]] bool knows_all(Date first, Date last) const;

    std::map<int, std::map<Date, bool>> years_;  ///< exceptions per year: true = worked
};

}  // namespace luqiao
