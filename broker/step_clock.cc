#include "broker/clock.h"
#include "broker/step_work.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::broker {
namespace {

using std::chrono::days;

/// More than 调休 ever moved a date by.
constexpr days kLookEarlier{14};

int count_between(const Calendar& calendar, Date from, Date to, bool working) {
    return working ? calendar.working_days_between(from, to)
                   : static_cast<int>((to - from).count());
}

/// The end of one limit from the start and the pauses: what was left when the clock stopped is left
/// when it goes on. A clock that had run out before the day it stopped keeps its date.
std::optional<DueDate> end_of(const ItemClock& clock, Limit limit, const Calendar& calendar) {
    Date cursor = *clock.started;
    for (const auto& [from, to] : clock.pauses) {
        if (add_days(calendar, cursor, limit).date < from) break;
        if (!to) return std::nullopt;
        const int used = count_between(calendar, cursor, from, limit.working);
        limit.days = std::max(0, limit.days - used);
        cursor = *to;
    }
    return add_days(calendar, cursor, limit);
}

/// An end that moved on and has not come may come near and run out once more: a correction that is
/// known late, a calendar with another holiday. What has run out all the same is not told twice.
void move_end(std::optional<DueDate>& end,
              ClockStage& told,
              std::optional<DueDate> to,
              Date today) {
    const bool is_over = to && to->date < today;
    if (end != to && !is_over) told = ClockStage::Running;
    end = to;
}

void work_out(Work& work, std::size_t index, const ItemRule& rule) {
    const Calendar& calendar = work.rules().calendar;
    const Date today = china_date(work.now());
    Item& item = work.item(index);
    ItemClock& clock = item.decision;
    if (rule.decide) {
        move_end(clock.due, item.decision_told, end_of(clock, *rule.decide, calendar), today);
    }
    if (rule.promise) {
        move_end(clock.promised, item.promise_told, end_of(clock, *rule.promise, calendar), today);
    }
}

bool has_limit(const ItemRule* rule) {
    return rule != nullptr && (rule->decide || rule->promise);
}

bool is_standing_still(const ItemClock& clock) {
    return !clock.pauses.empty() && !clock.pauses.back().second;
}

/// The day when the clock last began to run; pauses cannot begin before it.
Date running_since(const ItemClock& clock) {
    return clock.pauses.empty() ? *clock.started
                                : clock.pauses.back().second.value_or(*clock.started);
}

ClockStage& told_of(Item& item, ClockKind kind) {
    switch (kind) {
        case ClockKind::Forward: return item.forward_told;
        case ClockKind::Promise: return item.promise_told;
        case ClockKind::Decision: return item.decision_told;
    }
    return item.decision_told;
}

/// What has come since it was last told; that it comes near only while it has not run out.
void tell(Work& work, std::size_t index, const RunningClock& clock) {
    const ClockStage now_in = stage_at(clock, work.rules().calendar, work.now());
    for (const auto stage : {ClockStage::Soon, ClockStage::Overdue, ClockStage::Escalated}) {
        if (stage <= clock.told || stage > now_in) continue;
        if (stage == ClockStage::Soon && now_in != stage) continue;
        const std::string event = fmt::format("{}_{}", to_string(clock.kind), to_string(stage));
        work.note_item(index, "clock." + event, to_string(clock.due.date));
        work.alert(event, work.item(index).serial);
    }
    ClockStage& told = told_of(work.item(index), clock.kind);
    told = std::max(told, now_in);
}

/// A date beyond the last known year is worked out again: the notice may have come meanwhile.
void refresh_provisional(Work& work, std::size_t index, const ItemRule& rule) {
    Item& item = work.item(index);
    const auto is_provisional = [](const std::optional<DueDate>& due) {
        return due && due->provisional;
    };
    if (rule.forward && item.forward_started && is_provisional(item.forward_due)) {
        move_end(item.forward_due, item.forward_told,
                 add_days(work.rules().calendar, *item.forward_started, *rule.forward),
                 china_date(work.now()));
    }
    const ItemClock& clock = item.decision;
    if (clock.started && (is_provisional(clock.due) || is_provisional(clock.promised))) {
        work_out(work, index, rule);
    }
}

/// When a stage whose date is provisional is worked out again.
Instant next_look(Instant begins, Instant now) {
    const Instant tomorrow = china_midnight(china_date(now) + days(1));
    return std::max(tomorrow, begins - kLookEarlier);
}

}  // namespace

void start_forward_clock(Work& work, std::size_t index) {
    Item& item = work.item(index);
    const ItemRule* rule = work.rule(index);
    if (rule == nullptr || !rule->forward) return;
    item.forward_started = china_date(work.now());
    item.forward_due = add_days(work.rules().calendar, *item.forward_started, *rule->forward);
    item.forward_told = ClockStage::Running;
}

void start_decision_clock(Work& work, std::size_t index, Date day) {
    Item& item = work.item(index);
    const ItemRule* rule = work.rule(index);
    if (!has_limit(rule) || item.decision.started) return;
    item.decision.started = day;
    work_out(work, index, *rule);
}

void pause_decision_clock(Work& work, std::size_t index, Date day) {
    ItemClock& clock = work.item(index).decision;
    const ItemRule* rule = work.rule(index);
    if (!has_limit(rule) || !clock.started || is_standing_still(clock)) return;
    clock.pauses.emplace_back(std::max(day, running_since(clock)), std::nullopt);
    work_out(work, index, *rule);
}

void resume_decision_clock(Work& work, std::size_t index, Date day) {
    ItemClock& clock = work.item(index).decision;
    const ItemRule* rule = work.rule(index);
    if (!has_limit(rule) || !clock.started || !is_standing_still(clock)) return;
    clock.pauses.back().second = std::max(day, clock.pauses.back().first);
    work_out(work, index, *rule);
}

void apply(Work& work, const TimerFired& /*event*/) {
    for (std::size_t index = 0; index < work.state().items.size(); ++index) {
        const ItemRule* rule = work.rule(index);
        if (rule == nullptr) continue;
        refresh_provisional(work, index, *rule);
        for (const RunningClock& clock : running_clocks(work.item(index), *rule)) {
            tell(work, index, clock);
        }
    }
}

std::optional<Instant> next_wake(const Case& one, const Rules& rules, Instant now) {
    std::optional<Instant> earliest;
    for (const Item& item : one.items) {
        const ItemRule* rule = rules.service.find(item.code);
        if (rule == nullptr) continue;
        for (const RunningClock& clock : running_clocks(item, *rule)) {
            for (const auto stage :
                 {ClockStage::Soon, ClockStage::Overdue, ClockStage::Escalated}) {
                if (stage <= clock.told) continue;
                Instant begins = begin_of(clock, stage, rules.calendar);
                if (clock.due.provisional) begins = std::min(begins, next_look(begins, now));
                if (!earliest || begins < *earliest) earliest = begins;
                break;
            }
        }
    }
    return earliest;
}

}  // namespace luqiao::broker
