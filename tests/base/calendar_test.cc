#include "base/calendar.h"

#include "tests/places.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <set>
#include <sstream>

namespace luqiao {
namespace {

using std::chrono::days;

std::string read_shipped(int year) {
    std::ifstream file(fmt::format("{}/conf/calendar/CN-{}.csv", places::source(), year));
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

const Calendar& shipped() {
    static const Calendar calendar_of_both_years = [] {
        Calendar calendar;
        Diagnostics findings;
        for (const int year : {2025, 2026}) {
            calendar.add_year(year, read_shipped(year), fmt::format("CN-{}.csv", year), findings);
        }
        EXPECT_TRUE(findings.list().empty());
        return calendar;
    }();
    return calendar_of_both_years;
}

Date day(std::string_view text) {
    return *parse_date(text);
}

/// Every code that reading `csv` as 2025 reports.
std::vector<std::string> codes_of(std::string_view csv) {
    Calendar calendar;
    Diagnostics findings;
    calendar.add_year(2025, csv, "CN-2025.csv", findings);
    std::vector<std::string> codes;
    for (const Diagnostic& one : findings.list()) codes.push_back(one.code);
    return codes;
}

struct TwoDays {
    std::string_view start;
    std::string_view due;
};

class TwoWorkingDays : public testing::TestWithParam<TwoDays> {};

TEST_P(TwoWorkingDays, EndOnTheDayTheOfficialCalendarGives) {
    const DueDate due = shipped().add_working_days(day(GetParam().start), 2);
    EXPECT_EQ(to_string(due.date), GetParam().due);
    EXPECT_FALSE(due.provisional);
}

INSTANTIATE_TEST_SUITE_P(Calendar,
                         TwoWorkingDays,
                         testing::Values(TwoDays{"2025-01-24", "2025-01-27"},
                                         TwoDays{"2025-01-27", "2025-02-06"},
                                         TwoDays{"2025-04-25", "2025-04-28"},
                                         TwoDays{"2025-05-31", "2025-06-04"},
                                         TwoDays{"2025-09-26", "2025-09-29"},
                                         TwoDays{"2025-09-30", "2025-10-10"},
                                         TwoDays{"2025-10-09", "2025-10-11"},
                                         TwoDays{"2025-12-31", "2026-01-05"},
                                         TwoDays{"2026-02-13", "2026-02-24"},
                                         TwoDays{"2026-02-14", "2026-02-25"},
                                         TwoDays{"2026-02-27", "2026-03-02"},
                                         TwoDays{"2026-04-30", "2026-05-07"},
                                         TwoDays{"2026-09-18", "2026-09-21"},
                                         TwoDays{"2026-09-30", "2026-10-09"}),
                         [](const auto& row) {
                             std::string name = "From";
                             for (const char one : row.param.start) {
                                 if (one != '-') name += one;
                             }
                             return name;
                         });

TEST(Calendar, HasTheOfficialNumberOfWorkingDaysEachYear) {
    EXPECT_EQ(shipped().working_days_between(day("2024-12-31"), day("2025-12-31")), 248);
    EXPECT_EQ(shipped().working_days_between(day("2025-12-31"), day("2026-12-31")), 248);
}

TEST(Calendar, GivesTheStartForNoDays) {
    EXPECT_EQ(shipped().add_working_days(day("2025-10-01"), 0),
              (DueDate{day("2025-10-01"), false}));
}

TEST(Calendar, MarksADateBeyondTheLastKnownYearAsProvisional) {
    const DueDate due = shipped().add_working_days(day("2026-12-30"), 3);
    EXPECT_EQ(to_string(due.date),
              "2027-01-04");  // weekends alone: 1 January is not known to be off
    EXPECT_TRUE(due.provisional);
    EXPECT_FALSE(shipped().add_working_days(day("2026-12-30"), 1).provisional);
    EXPECT_TRUE(shipped().add_natural_days(day("2026-12-20"), 15).provisional);
}

TEST(Calendar, MovesALastCalendarDayOffAHoliday) {
    EXPECT_EQ(to_string(shipped().add_natural_days(day("2025-09-16"), 15).date), "2025-10-09");
    EXPECT_EQ(to_string(shipped().add_natural_days(day("2025-09-13"), 15).date), "2025-09-28");
    EXPECT_EQ(to_string(shipped().add_natural_days(day("2025-10-09"), 15).date), "2025-10-24");
    EXPECT_EQ(to_string(shipped().add_natural_days(day("2025-03-01"), 15).date), "2025-03-17");
}

/// The slow and obvious way: walk day by day, look at the text of the file.
class Reference {
public:
    Reference() {
        for (const int year : {2025, 2026}) {
            std::istringstream lines(read_shipped(year));
            for (std::string line; std::getline(lines, line);) {
                if (line.find(",off,") != std::string::npos) off_.insert(line.substr(0, 10));
                if (line.find(",work,") != std::string::npos) work_.insert(line.substr(0, 10));
            }
        }
    }
    [[nodiscard]] bool worked(Date date) const {
        const auto weekday = std::chrono::weekday{date}.iso_encoding();
        const std::string text = to_string(date);
        return work_.contains(text) || (weekday <= 5 && !off_.contains(text));
    }
    [[nodiscard]] int between(Date from, Date to) const {
        int count = 0;
        for (Date date = from + days{1}; date <= to; date += days{1}) count += worked(date) ? 1 : 0;
        return count;
    }

private:
    std::set<std::string> off_;
    std::set<std::string> work_;
};

TEST(Calendar, AgreesWithWalkingDayByDay) {
    const Reference reference;
    std::mt19937 random(20251009);
    std::uniform_int_distribution<int> offset(-500, 1400);
    std::uniform_int_distribution<int> span(0, 400);
    for (int round = 0; round < 2000; ++round) {
        const Date from = day("2025-01-01") + days{offset(random)};
        const Date to = from + days{span(random)};
        const int count = reference.between(from, to);
        SCOPED_TRACE(to_string(from) + " to " + to_string(to));
        ASSERT_EQ(shipped().working_days_between(from, to), count);
        ASSERT_EQ(shipped().working_days_between(to, from), -count);
        ASSERT_EQ(shipped().is_working_day(to), reference.worked(to));
        if (count == 0) continue;
        const Date due = shipped().add_working_days(from, count).date;
        ASSERT_EQ(reference.between(from, due), count);
        ASSERT_TRUE(reference.worked(due));
        ASSERT_LE(due, to);
    }
}

TEST(Calendar, CountsSpansBeforeTheEpoch) {
    EXPECT_EQ(shipped().working_days_between(day("1969-12-28"), day("1970-01-04")), 5);
    EXPECT_EQ(shipped().working_days_between(day("1969-12-31"), day("1970-01-02")), 2);
}

TEST(Calendar, ReportsEveryBadLineAndKeepsTheGoodOnes) {
    constexpr std::string_view head = "date,kind,name\n";
    const auto line = [&](std::string_view text) {
        return codes_of(std::string(head) + std::string(text));
    };
    using Codes = std::vector<std::string>;
    EXPECT_EQ(line("2025-02-30,off,x\n"), Codes{"C201"});
    EXPECT_EQ(line("2026-01-01,off,元旦\n"), Codes{"C202"});
    EXPECT_EQ(line("2025-01-01,free,元旦\n"), Codes{"C203"});
    EXPECT_EQ(line("2025-01-01,off,元旦\n2025-01-01,off,元旦\n"), Codes{"C204"});
    EXPECT_EQ(line("2025-01-04,off,周六\n"), Codes{"C205"});
    EXPECT_EQ(line("2025-01-06,work,周一\n"), Codes{"C205"});
    EXPECT_EQ(line("2025-01-01,off\n"), Codes{"C206"});
    EXPECT_EQ(line("x,off,a\n2025-01-01,off,元旦\ny,off,b\n"), (Codes{"C201", "C201"}));
    EXPECT_EQ(line("# 国办发明电〔2024〕12号\n\n2025-01-01,off,元旦\r\n"), Codes{});
    EXPECT_EQ(codes_of("day,kind\n"), Codes{"C206"});
    EXPECT_EQ(codes_of(""), Codes{"C206"});
    EXPECT_EQ(codes_of("date,kind,name\n\xFF\n"), Codes{"C206"});
    EXPECT_EQ(codes_of(std::string(70'000, '#')), Codes{"C206"});
}

TEST(Calendar, DoesNotTakeAnUnreadableFileForAKnownYear) {
    Calendar calendar;
    Diagnostics findings;
    calendar.add_year(2025, "no calendar", "CN-2025.csv", findings);
    EXPECT_FALSE(calendar.knows(2025));
    EXPECT_TRUE(calendar.add_working_days(day("2025-03-03"), 1).provisional);
}

TEST(Calendar, PointsAtTheLine) {
    Calendar calendar;
    Diagnostics findings;
    calendar.add_year(2025, "date,kind,name\n2025-01-01,off,元旦\n2025-13-01,off,x\n",
                      "CN-2025.csv", findings);
    ASSERT_EQ(findings.list().size(), 1U);
    EXPECT_EQ(findings.list()[0].at.line, 3);
    EXPECT_EQ(findings.list()[0].excerpt, "2025-13-01,off,x");
    EXPECT_TRUE(calendar.knows(2025));
    EXPECT_FALSE(calendar.is_working_day(day("2025-01-01")));
}

}  // namespace
}  // namespace luqiao
