#include "broker/clock.h"

#include <algorithm>

namespace luqiao::broker {
namespace {

using std::chrono::days;

constexpr Limit kForwardWarn{1, true};

int year_of(Date date) {
    return static_cast<int>(std::chrono::year_month_day{date}.year());
}

/// The first day on which at most `limit` is left until the end of `due`.
Date first_within(const Calendar& calendar, Date due, const Limit& limit) {
    if (!limit.working) return due - days{limit.days};
    Date day = due;
    for (int left = 0; left + (calendar.is_working_day(day) ? 1 : 0) <= limit.days;
         day -= days{1}) {
        if (calendar.is_working_day(day)) ++left;
    }
    return day;
}

/// The last day that a clock beginning on `day` may reach.
Date reach(const Realm& realm, Date day) {
    Date last = day;
    const auto look = [&](const std::optional<Limit>& limit) {
        if (limit) last = std::max(last, add_days(realm.calendar, day, *limit).date);
    };
    const auto look_at = [&](const Service& service) {
        for (const ItemRule& item : service.items) {
            look(item.forward);
            look(item.promise);
            look(item.decide);
        }
    };
    for (const auto* all : {&realm.services, &realm.retired}) {
        for (const auto& [code, versions] : *all) {
            std::for_each(versions.begin(), versions.end(), look_at);
        }
    }
    return last;
}

/// Calls `take` with kind, beginning, end and what was told of each clock that runs.
template <class Take>
void each_running(const Item& item, Take take) {
    if (item.state == ItemState::Forwarding && item.forward_started && item.forward_due) {
        take(ClockKind::Forward, *item.forward_started, *item.forward_due, item.forward_told);
    }
    const ItemClock& clock = item.decision;
    if (is_final(item.state) || !clock.started) return;
    const Date since =
        clock.pauses.empty() ? *clock.started : clock.pauses.back().second.value_or(*clock.started);
    if (clock.promised) take(ClockKind::Promise, since, *clock.promised, item.promise_told);
    if (clock.due) take(ClockKind::Decision, since, *clock.due, item.decision_told);
}

}  // namespace

std::string_view to_string(ClockKind kind) {
    switch (kind) {
        case ClockKind::Forward: return "forward";
        case ClockKind::Promise: return "promise";
        case ClockKind::Decision: return "decision";
    }
    return "forward";
}

DueDate add_days(const Calendar& calendar, Date start, const Limit& limit) {
    return limit.working ? calendar.add_working_days(start, limit.days)
                         : calendar.add_natural_days(start, limit.days);
}

std::vector<RunningClock> running_clocks(const Item& item, const ItemRule& rule) {
    std::vector<RunningClock> out;
    each_running(item, [&](ClockKind kind, Date since, const DueDate& due, ClockStage told) {
        const Limit& warn = kind == ClockKind::Forward ? kForwardWarn : rule.warn;
        out.push_back({kind, since, due, warn, rule.escalate, told});
    });
    return out;
}

std::vector<ToldStage> told_stages(const Item& item) {
    std::vector<ToldStage> out;
    each_running(item, [&](ClockKind kind, Date, const DueDate&, ClockStage told) {
        if (told != ClockStage::Running) out.push_back({kind, told});
    });
    return out;
}

Instant begin_of(const RunningClock& clock, ClockStage stage, const Calendar& calendar) {
    const Date over = clock.due.date + days{1};
    switch (stage) {
        case ClockStage::Running: return china_midnight(clock.since);
        case ClockStage::Soon: {
            const Date day =
                std::max(first_within(calendar, clock.due.date, clock.warn), clock.since + days{1});
            return china_midnight(std::min(day, over));
        }
        case ClockStage::Overdue: return china_midnight(over);
        case ClockStage::Escalated:
            return china_midnight(add_days(calendar, clock.due.date, clock.escalate).date +
                                  days{1});
    }
    return china_midnight(over);
}

ClockStage stage_at(const RunningClock& clock, const Calendar& calendar, Instant now) {
    ClockStage stage = ClockStage::Running;
    for (const auto next : {ClockStage::Soon, ClockStage::Overdue, ClockStage::Escalated}) {
        if (begin_of(clock, next, calendar) <= now) stage = next;
    }
    return stage;
}

std::string_view light_of(ClockStage stage) {
    switch (stage) {
        case ClockStage::Running: return "green";
        case ClockStage::Soon: return "yellow";
        case ClockStage::Overdue:
        case ClockStage::Escalated: return "red";
    }
    return "green";
}

std::optional<CalendarMissing> missing_calendar(const Realm& realm, Date today) {
    for (Date day = today; day <= today + kCalendarNotice; day += days{1}) {
        const int last = year_of(reach(realm, day));
        for (int year = year_of(day); year <= last; ++year) {
            if (!realm.calendar.knows(year)) return CalendarMissing{year, day, day == today};
        }
    }
    return std::nullopt;
}

}  // namespace luqiao::broker
