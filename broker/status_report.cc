#include "broker/status_report.h"

#include "base/text_json.h"
#include "broker/alert.h"
#include "broker/clock.h"
#include "broker/retention.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::broker {
namespace {

Text state_label(const Realm& realm, ItemState state) {
    const mapping::CodeTable* table = realm.bundle->table("item_status");
    const auto* row = table == nullptr ? nullptr : table->find(to_string(state));
    return row == nullptr ? Text{std::string(to_string(state)), std::string(to_string(state))}
                          : row->label;
}

void write_due_in_days(JsonWriter& json, std::string_view name, const std::optional<DueDate>& due) {
    if (!due) return;
    json.key(name).begin_object().field("date", luqiao::to_string(due->date));
    if (due->provisional) json.field("provisional", true);
    json.end_object();
}

/// Days of the calendar's kind that are left: negative when it has run out.
int days_left(const Calendar& calendar, const RunningClock& clock, bool working, Date today) {
    return working ? calendar.working_days_between(today, clock.due.date)
                   : static_cast<int>((clock.due.date - today).count());
}

void write_clocks(
    JsonWriter& json, const Realm& realm, const Item& item, const ItemRule& rule, Instant now) {
    const Calendar& calendar = realm.calendar;
    json.key("clocks").begin_array();
    for (const RunningClock& clock : running_clocks(item, rule)) {
        const std::optional<Limit>& limit = clock.kind == ClockKind::Forward   ? rule.forward
                                            : clock.kind == ClockKind::Promise ? rule.promise
                                                                               : rule.decide;
        json.begin_object().field("clock", to_string(clock.kind));
        write_due_in_days(json, "due", clock.due);
        json.field("light", light_of(stage_at(clock, calendar, now)))
            .field("days_left", std::int64_t{days_left(calendar, clock, !limit || limit->working,
                                                       china_date(now))})
            .end_object();
    }
    const auto& pauses = item.decision.pauses;
    if (!is_final(item.state) && !pauses.empty() && !pauses.back().second) {
        json.begin_object().field("clock", to_string(ClockKind::Decision)).field("paused", true);
        json.end_object();
    }
    json.end_array();
}

/// What an operator may accept.
void write_other_answer(JsonWriter& json, const Realm& realm, const OtherAnswer& other) {
    json.key("other_answer").begin_object().field("state", to_string(other.state));
    write_text(json, "state_label", state_label(realm, other.state));
    json.field("occurred_at", to_rfc3339(other.occurred_at));
    if (!other.reason_code.empty()) json.field("reason_code", other.reason_code);
    json.field("accepted", other.is_accepted).end_object();
}

/// @param now  of the lights; none: not for the public
void write_case(JsonWriter& json,
                const Realm& realm,
                const Case& one,
                const std::optional<Instant>& now) {
    const Service* service = realm.service(one.service, one.service_version);
    json.field("case_number", one.number).field("service", one.service);
    if (service != nullptr) write_text(json, "service_label", service->label);
    json.field("channel", one.channel)
        .field("accepted_at", to_rfc3339(one.accepted_at))
        .field("state", one.decided() ? "decided" : "in_work");
    json.key("items").begin_array();
    for (const Item& item : one.items) {
        const ItemRule* rule = service == nullptr ? nullptr : service->find(item.code);
        json.begin_object().field("code", item.code).field("serial", item.serial);
        if (rule != nullptr) {
            write_text(json, "label", rule->label);
            json.field("party", rule->party);
        }
        json.field("state", to_string(item.state));
        write_text(json, "state_label", state_label(realm, item.state));
        write_due_in_days(json, "forward_due", item.forward_due);
        write_due_in_days(json, "promise_due", item.decision.promised);
        write_due_in_days(json, "decision_due", item.decision.due);
        if (now && rule != nullptr) write_clocks(json, realm, item, *rule, *now);
        if (now && item.other_answer) write_other_answer(json, realm, *item.other_answer);
        json.end_object();
    }
    json.end_array();
}

void write_timeline(JsonWriter& json, const std::vector<TimelineEntry>& timeline, bool items_only) {
    json.key("timeline").begin_array();
    for (const TimelineEntry& entry : timeline) {
        const bool is_public = entry.event.starts_with("item.") || entry.event.starts_with("case.");
        if (items_only && !is_public) continue;
        json.begin_object().field("at", to_rfc3339(entry.at)).field("event", entry.event);
        if (!entry.party.empty()) json.field("party", entry.party);
        if (!entry.item.empty()) json.field("item", entry.item);
        if (!entry.detail.empty() && !items_only) json.field("detail", entry.detail);
        json.end_object();
    }
    json.end_array();
}

}  // namespace

bool may_see(const Realm& realm, const std::string& party, const Case& one) {
    if (one.channel == party) return true;
    const Service* service = realm.service(one.service, one.service_version);
    if (service == nullptr) return false;
    const bool observes = std::any_of(
        service->observers.begin(), service->observers.end(), [&](const Observer& observer) {
            return observer.party == party && !observer.only_own_cases;
        });
    return observes || std::any_of(one.items.begin(), one.items.end(), [&](const Item& item) {
               const ItemRule* rule = service->find(item.code);
               return rule != nullptr && rule->party == party;
           });
}

std::string public_status(const Realm& realm,
                          const Case& one,
                          const std::vector<TimelineEntry>& timeline) {
    JsonWriter json;
    json.begin_object();
    write_case(json, realm, one, std::nullopt);
    write_timeline(json, timeline, true);
    json.end_object();
    return json.take();
}

std::string operator_status(const Realm& realm,
                            const StoredCase& stored,
                            const std::vector<TimelineEntry>& timeline,
                            const std::vector<StoredDelivery>& deliveries,
                            const std::vector<Alert>& alerts,
                            Instant now) {
    const Case& one = stored.state;
    JsonWriter json;
    json.begin_object();
    write_case(json, realm, one, now);
    json.field("bundle", one.bundle).field("version", one.version);
    if (stored.decided_at) json.field("decided_at", to_rfc3339(*stored.decided_at));
    if (stored.aged_at) write_text(json, "aged_out", aged_text(*stored.aged_at));
    write_timeline(json, timeline, false);
    json.key("deliveries").begin_array();
    for (const StoredDelivery& delivery : deliveries) {
        json.begin_object()
            .field("id", to_string(delivery.id))
            .field("party", delivery.party)
            .field("map", delivery.map)
            .field("state", to_string(delivery.state))
            .field("attempts", delivery.attempts)
            .field("bundle", delivery.bundle)
            .field("bytes", std::uint64_t{delivery.body.size()});
        if (!delivery.cause.empty()) json.field("cause", delivery.cause);
        json.end_object();
    }
    json.end_array();
    const std::vector<Alert> open = open_alerts(one);
    json.key("alerts").begin_array();
    for (const Alert& alert : alerts) {
        const bool is_open = std::find(open.begin(), open.end(), alert) != open.end();
        json.begin_object().field("code", alert.code).field("item", alert.item);
        json.field("open", is_open).end_object();
    }
    json.end_array();
    json.end_object();
    return json.take();
}

namespace {

void write_clock_jump(JsonWriter& json, const ClockJump& jump) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(jump.by).count();
    const std::string since = to_rfc3339(jump.since);
    json.begin_object()
        .field("name", "clock_jumped")
        .field("urgent", true)
        .field("seconds", std::int64_t{seconds})
        .field("since", since);
    write_text(
        json, "message",
        {fmt::format("本机时钟自 {} 起跳变 {} 秒：暂停收件与投递；校准时钟后自行恢复，"
                     "如时钟无误请重启节点",
                     since, seconds),
         fmt::format("the machine's clock is off by {} s since {}: no message is taken or "
                     "sent; it goes on once the clock is right, or restart the node if it is",
                     seconds, since)});
    json.end_object();
}

}  // namespace

void write_conditions(JsonWriter& json,
                      const Realm& realm,
                      Instant now,
                      const std::optional<ClockJump>& jump,
                      std::span<const Condition> more) {
    json.key("conditions").begin_array();
    if (jump) write_clock_jump(json, *jump);
    if (const auto missing = missing_calendar(realm, china_date(now))) {
        const std::string from = luqiao::to_string(missing->matters_from);
        json.begin_object()
            .field("name", "calendar_missing")
            .field("urgent", missing->urgent)
            .field("year", missing->year)
            .field("matters_from", from);
        write_text(json, "message",
                   {fmt::format("缺 {0} 年工作日历（conf/calendar/CN-{0}.csv），{1} 起影响时限",
                                missing->year, from),
                    fmt::format("the calendar of {0} is missing (conf/calendar/CN-{0}.csv); limits "
                                "need it from {1}",
                                missing->year, from)});
        json.end_object();
    }
    for (const Condition& one : more) {
        json.begin_object().field("name", one.name).field("urgent", one.urgent);
        for (const auto& [key, value] : one.facts) json.field(key, value);
        write_text(json, "message", one.message);
        json.end_object();
    }
    json.end_array();
}

}  // namespace luqiao::broker
