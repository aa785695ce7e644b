// broker/clock.h - the clocks of an item as lights: how far each has run, and when it next matters.
#pragma once

#include "base/calendar.h"
#include "broker/case.h"
#include "broker/realm.h"
#include "broker/service.h"

#include <optional>
#include <string_view>
#include <vector>

namespace luqiao::broker {

/// Forward: to the department's acknowledgement (第十六条). Promise: what the department promised
/// (承诺时限). Decision: what the law allows (法定时限).
enum class ClockKind : std::uint8_t { Forward, Promise, Decision };
std::string_view to_string(ClockKind kind);  ///< "forward", "promise", "decision"

/// A clock that runs. One that stands still (补正、特别程序), or has stopped, is none.
struct RunningClock {
    ClockKind kind = ClockKind::Forward;
    Date since;  ///< began, or went on after the last pause
    DueDate due;
    Limit warn;      ///< left at the beginning of yellow
    Limit escalate;  ///< over at the second alarm
    ClockStage told = ClockStage::Running;
};
std::vector<RunningClock> running_clocks(const Item& item, const ItemRule& rule);

/// What was told last of a clock that runs, and of which something was.
struct ToldStage {
    ClockKind kind = ClockKind::Forward;
    ClockStage stage = ClockStage::Running;
};
/// Of the same clocks, without their rule.
std::vector<ToldStage> told_stages(const Item& item);

/// The first instant of a stage, in China's days: Soon when `warn` is left, but never on the day it
/// began; Overdue when the due day is over; Escalated `escalate` later.
Instant begin_of(const RunningClock& clock, ClockStage stage, const Calendar& calendar);
ClockStage stage_at(const RunningClock& clock, const Calendar& calendar, Instant now);
/// 绿灯、黄灯、红灯: "green", "yellow", "red" (Overdue and Escalated).
std::string_view light_of(ClockStage stage);

/// Days of `limit`'s kind after `start`.
DueDate add_days(const Calendar& calendar, Date start, const Limit& limit);

/// A year that clocks will run into and whose holidays are not known: condition `calendar_missing`.
struct CalendarMissing {
    int year = 0;
    Date matters_from;    ///< a clock that begins on this day may end in that year
    bool urgent = false;  ///< that day has come: due dates are provisional
    bool operator==(const CalendarMissing&) const = default;
};
/// How long before `matters_from` it is told: the notice for a year comes in November of the one
/// before, and the longest limits reach over the turn of the year from early December.
inline constexpr std::chrono::days kCalendarNotice{60};
/// None: every year that a limit of any service reaches within kCalendarNotice is known.
std::optional<CalendarMissing> missing_calendar(const Realm& realm, Date today);

}  // namespace luqiao::broker
