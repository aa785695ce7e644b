#include "broker/step_work.h"

#include <algorithm>

namespace luqiao::broker {
namespace {

using std::chrono::days;

DueDate add(const Calendar& calendar, Date start, int count, bool working) {
    return working ? calendar.add_working_days(start, count)
                   : calendar.add_natural_days(start, count);
}

int count_between(const Calendar& calendar, Date from, Date to, bool working) {
    return working ? calendar.working_days_between(from, to)
                   : static_cast<int>((to - from).count());
}

/// Works out `due` from the start and the pauses: what was left when the clock stopped is left when
/// it goes on. A clock that had run out before it stopped keeps its date.
void work_out(ItemClock& clock, const Limit& limit, const Calendar& calendar) {
    Date cursor = *clock.started;
    int left = limit.days;
    for (const auto& [from, to] : clock.pauses) {
        const int used = count_between(calendar, cursor, from, limit.working);
        if (used > left) break;
        if (!to) {
            clock.due.reset();
            return;
        }
        left -= used;
        cursor = *to;
    }
    clock.due = add(calendar, cursor, left, limit.working);
}

bool is_standing_still(const ItemClock& clock) {
    return !clock.pauses.empty() && !clock.pauses.back().second;
}

/// The day when the clock last began to run; pauses cannot begin before it.
Date running_since(const ItemClock& clock) {
    return clock.pauses.empty() ? *clock.started
                                : clock.pauses.back().second.value_or(*clock.started);
}

/// "By the end of the day": the first instant of the next one.
Instant end_of(const DueDate& due) {
    return china_midnight(due.date + days{1});
}

/// When the forward clock rings; none: it does not run, or has rung.
std::optional<Instant> forward_end(const Item& item) {
    if (item.state != ItemState::Forwarding || !item.forward_due || item.forward_overdue_told) {
        return {};
    }
    return end_of(*item.forward_due);
}

std::optional<Instant> decision_end(const Item& item) {
    if (is_final(item.state) || !item.decision.due || item.decision_overdue_told) return {};
    return end_of(*item.decision.due);
}

/// A date beyond the last known year is worked out again: the notice may have come meanwhile.
void refresh_provisional(Item& item, const ItemRule& rule, const Calendar& calendar) {
    if (rule.forward && item.forward_started && item.forward_due && item.forward_due->provisional) {
        item.forward_due =
            add(calendar, *item.forward_started, rule.forward->days, rule.forward->working);
    }
    if (rule.decide && item.decision.started && item.decision.due &&
        item.decision.due->provisional) {
        work_out(item.decision, *rule.decide, calendar);
    }
}

}  // namespace

void start_forward_clock(Work& work, std::size_t index) {
    Item& item = work.item(index);
    const ItemRule* rule = work.rule(index);
    if (rule == nullptr || !rule->forward) return;
    item.forward_started = china_date(work.now());
    item.forward_due = add(work.rules().calendar, *item.forward_started, rule->forward->days,
                           rule->forward->working);
    item.forward_overdue_told = false;
}

void start_decision_clock(Work& work, std::size_t index, Date day) {
    Item& item = work.item(index);
    const ItemRule* rule = work.rule(index);
    if (rule == nullptr || !rule->decide || item.decision.started) return;
    item.decision.started = day;
    work_out(item.decision, *rule->decide, work.rules().calendar);
}

void pause_decision_clock(Work& work, std::size_t index, Date day) {
    ItemClock& clock = work.item(index).decision;
    const ItemRule* rule = work.rule(index);
    if (rule == nullptr || !rule->decide || !clock.started || is_standing_still(clock)) return;
    clock.pauses.emplace_back(std::max(day, running_since(clock)), std::nullopt);
    work_out(clock, *rule->decide, work.rules().calendar);
}

void resume_decision_clock(Work& work, std::size_t index, Date day) {
    ItemClock& clock = work.item(index).decision;
    const ItemRule* rule = work.rule(index);
    if (rule == nullptr || !rule->decide || !clock.started || !is_standing_still(clock)) return;
    clock.pauses.back().second = std::max(day, clock.pauses.back().first);
    work_out(clock, *rule->decide, work.rules().calendar);
}

void apply(Work& work, const TimerFired& /*event*/) {
    for (std::size_t index = 0; index < work.state().items.size(); ++index) {
        Item& item = work.item(index);
        if (const ItemRule* rule = work.rule(index)) {
            refresh_provisional(item, *rule, work.rules().calendar);
        }
        if (const auto end = forward_end(item); end && *end <= work.now()) {
            item.forward_overdue_told = true;
            work.note_item(index, "clock.forward_overdue", to_string(item.forward_due->date));
            work.alert("forward_overdue", item.serial);
        }
        if (const auto end = decision_end(item); end && *end <= work.now()) {
            item.decision_overdue_told = true;
            work.note_item(index, "clock.decision_overdue", to_string(item.decision.due->date));
            work.alert("decision_overdue", item.serial);
        }
    }
}

std::optional<Instant> next_wake(const Case& one) {
    std::optional<Instant> earliest;
    for (const Item& item : one.items) {
        for (const auto& end : {forward_end(item), decision_end(item)}) {
            if (end && (!earliest || *end < *earliest)) earliest = end;
        }
    }
    return earliest;
}

}  // namespace luqiao::broker
