// Working days of calendars nobody published, against walking day by day.
#include "base/calendar.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <rapidcheck.h>
#include <set>

namespace luqiao {
namespace {

using std::chrono::days;

/// A calendar of 2030 and 2031 with any exceptions, and the same as a table of days.
struct Years {
    Calendar calendar;
    std::map<Date, bool> worked;
};

Years any_years() {
    Years out;
    for (const int year : {2030, 2031}) {
        std::string csv = "date,kind,name\n";
        const Date first = std::chrono::sys_days{std::chrono::year{year} / 1 / 1};
        const Date last = std::chrono::sys_days{std::chrono::year{year} / 12 / 31};
        const auto chosen = *rc::gen::container<std::set<int>>(rc::gen::inRange(0, 365));
        for (Date date = first; date <= last; date += days{1}) {
            const bool weekend = std::chrono::weekday{date}.iso_encoding() > 5;
            const bool is_other = chosen.contains(static_cast<int>((date - first).count()));
            out.worked[date] = weekend == is_other;
            if (is_other) {
                csv += fmt::format("{},{},x\n", to_string(date), weekend ? "work" : "off");
            }
        }
        Diagnostics findings;
        out.calendar.add_year(year, csv, "CN.csv", findings);
        RC_ASSERT(!findings.has_errors());
    }
    return out;
}

TEST(CalendarProperty, CountsAndAddsAsWalkingDoes) {
    EXPECT_TRUE(rc::check([]() {
        const Years years = any_years();
        const Date from = years.worked.begin()->first + days{*rc::gen::inRange(0, 400)};
        const int span = *rc::gen::inRange(0, 300);
        int count = 0;
        for (Date date = from + days{1}; date <= from + days{span}; date += days{1}) {
            count += years.worked.at(date) ? 1 : 0;
        }
        RC_ASSERT(years.calendar.working_days_between(from, from + days{span}) == count);
        RC_ASSERT(years.calendar.working_days_between(from + days{span}, from) == -count);

        Date end = from;
        for (int left = count; left > 0;) {
            end += days{1};
            if (years.worked.at(end)) --left;
        }
        RC_ASSERT(years.calendar.add_working_days(from, count) == (DueDate{end, false}));

        Date natural = from + days{span};
        while (years.worked.contains(natural) && !years.worked.at(natural)) natural += days{1};
        RC_PRE(years.worked.contains(natural));
        RC_ASSERT(years.calendar.add_natural_days(from, span) == (DueDate{natural, false}));
    }));
}

}  // namespace
}  // namespace luqiao
