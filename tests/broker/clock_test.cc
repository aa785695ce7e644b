// Lights, the missing year, and the clocks of step() against walking day by day.
#include "broker/clock.h"

#include "tests/broker/step_fixture.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>

namespace luqiao::broker {
namespace {

using std::chrono::days;

Date day(std::string_view text) {
    return *parse_date(text);
}

RunningClock clock_of(std::string_view since, std::string_view due, Limit warn) {
    return {ClockKind::Decision, day(since),         {day(due), false}, warn,
            {3, true},           ClockStage::Running};
}

TEST(Light, IsYellowWhenTheWarningIsLeftAndRedWhenTheDayIsOver) {
    struct Row {
        const char* name;
        RunningClock clock;
        const char* yellow;
        const char* red;
    };
    const std::vector<Row> table{
        {"within a week", clock_of("2025-10-13", "2025-10-24", {3, true}), "2025-10-21",
         "2025-10-25"},
        {"over the national holiday", clock_of("2025-09-22", "2025-10-10", {2, true}), "2025-09-30",
         "2025-10-11"},
        {"never on its first day", clock_of("2025-10-13", "2025-10-14", {3, true}), "2025-10-14",
         "2025-10-15"},
        {"calendar days", clock_of("2025-10-13", "2025-10-28", {5, false}), "2025-10-23",
         "2025-10-29"},
    };
    for (const Row& row : table) {
        const auto light = [&](Instant now) {
            return light_of(stage_at(row.clock, test_calendar(), now));
        };
        const Instant yellow = china_midnight(day(row.yellow));
        const Instant red = china_midnight(day(row.red));
        EXPECT_EQ(light(yellow - Duration{1}), "green") << row.name;
        EXPECT_EQ(light(yellow), "yellow") << row.name;
        EXPECT_EQ(light(red - Duration{1}), "yellow") << row.name;
        EXPECT_EQ(light(red), "red") << row.name;
    }
}

Realm realm_with(const Calendar& calendar) {
    Realm realm;
    realm.calendar = calendar;
    realm.services["foreigner_work"].push_back(test_service());
    return realm;
}

TEST(MissingCalendar, IsToldSixtyDaysBeforeALimitReachesTheYear) {
    const Realm realm = realm_with(test_calendar());
    EXPECT_EQ(missing_calendar(realm, day("2026-08-01")), std::nullopt);
    const auto told = missing_calendar(realm, day("2026-11-01"));
    ASSERT_TRUE(told);
    EXPECT_EQ(told->year, 2027);
    EXPECT_EQ(to_string(told->matters_from), "2026-12-04") << "20 working days before the new year";
    EXPECT_FALSE(told->urgent);
    EXPECT_TRUE(missing_calendar(realm, day("2026-12-04"))->urgent);
    EXPECT_EQ(missing_calendar(realm, day("2026-10-04")), std::nullopt);
    EXPECT_TRUE(missing_calendar(realm, day("2026-10-05")));
}

TEST(MissingCalendar, IsUrgentWhenNoYearIsKnown) {
    const auto told = missing_calendar(realm_with(Calendar{}), day("2026-03-02"));
    ASSERT_TRUE(told);
    EXPECT_EQ(*told, (CalendarMissing{2026, day("2026-03-02"), true}));
}

/// One pause: how many days after the clock went on it begins, and how long it lasts.
using Pauses = std::vector<std::pair<int, int>>;

/// Day by day, as a clerk with a calendar on the wall would.
Date walk(Date date, int left, bool working, const std::vector<std::pair<Date, Date>>& pauses) {
    for (auto pause = pauses.begin();;) {
        if (pause != pauses.end() && pause->first == date) {
            date = pause->second;
            ++pause;
            continue;
        }
        if (left == 0 && (working || test_calendar().is_working_day(date))) return date;
        date += days{1};
        if (left > 0 && (!working || test_calendar().is_working_day(date))) --left;
    }
}

TEST(DecisionClock, AgreesWithWalkingDayByDay) {
    EXPECT_TRUE(rc::check([](bool working) {
        const int limit = *rc::gen::inRange(1, 40);
        const auto gaps =
            *rc::gen::resize(6, rc::gen::container<Pauses>(rc::gen::pair(rc::gen::inRange(0, 25),
                                                                         rc::gen::inRange(0, 20))));
        Date date = day("2025-01-02") + days{*rc::gen::inRange(0, 300)};
        const auto noon = [](Date on) { return china_midnight(on) + std::chrono::hours(12); };

        Desk desk("portal", "2025-01-02T10:00:00+08:00");
        desk.now = noon(date);
        desk.service.items.front().decide = Limit{limit, working};
        desk.apply({"permit_issue"}).deliver_all("sti").answer("permit_issue", ItemState::Accepted);
        const Date start = date;
        std::vector<std::pair<Date, Date>> pauses;
        for (const auto& [after, lasting] : gaps) {
            const Date from = date + days{after};
            date = from + days{lasting};
            pauses.emplace_back(from, date);
            desk.now = noon(from);
            desk.answer("permit_issue", ItemState::Correction);
            desk.now = noon(date);
            desk.take(Supplemented{}).deliver_all("sti");
        }
        const auto& due = desk.item("permit_issue").decision.due;
        RC_ASSERT(due.has_value());
        RC_ASSERT(to_string(due->date) == to_string(walk(start, limit, working, pauses)));
    }));
}

TEST(Light, TurnsYellowWhenTheWarningIsLeftDayByDay) {
    EXPECT_TRUE(rc::check([](bool working) {
        const Date since = day("2025-01-02") + days{*rc::gen::inRange(0, 600)};
        const Limit limit{*rc::gen::inRange(1, 30), working};
        const Limit warn{*rc::gen::inRange(1, 10), *rc::gen::arbitrary<bool>()};
        const DueDate due = add_days(test_calendar(), since, limit);
        const RunningClock clock{ClockKind::Decision, since, due, warn, {3, true},
                                 ClockStage::Running};
        for (Date today = since; today <= due.date; today += days{1}) {
            int left = 0;
            for (Date one = today + days{1}; one <= due.date; one += days{1}) {
                left += !warn.working || test_calendar().is_working_day(one) ? 1 : 0;
            }
            const bool yellow = today > since && left <= warn.days;
            RC_ASSERT(light_of(stage_at(clock, test_calendar(), china_midnight(today))) ==
                      (yellow ? "yellow" : "green"));
        }
    }));
}

}  // namespace
}  // namespace luqiao::broker
