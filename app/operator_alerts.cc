#include "app/operator_alerts.h"

#include "app/json_word.h"
#include "app/operator_messages.h"
#include "broker/alert.h"
#include "broker/audit.h"
#include "broker/search.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::app {
namespace {

using broker::Command;
using broker::Condition;

constexpr std::string_view kSettle = "/settle";

void write_alarm(JsonWriter& json, std::string_view name, const Alarm& alarm) {
    json.key(name)
        .begin_object()
        .field("cases", alarm.cases)
        .field("more", alarm.more)
        .end_object();
}

Text number_text(const Alarm& alarm) {
    return alarm.more
               ? Text{fmt::format("超过 {}", alarm.cases), fmt::format("more than {}", alarm.cases)}
               : Text{std::to_string(alarm.cases), std::to_string(alarm.cases)};
}

Condition overdue(const Alarm& red) {
    const Text number = number_text(red);
    return {
        "limits_overdue",
        true,
        {{"cases", std::to_string(red.cases)}, {"more", red.more ? "true" : "false"}},
        {fmt::format("{} 件办件已超时限（红灯）：luqiao msg find --light red", number.zh),
         fmt::format("{} cases are over a limit (red): luqiao msg find --light red", number.en)}};
}

/// None: no alert is open but those of clocks.
std::vector<Condition> open_beside_clocks(const Alarms& alarms) {
    Condition out{"alerts_open", false, {}, {}};
    Text all;
    for (const std::string_view code : broker::alerts_beside_clocks()) {
        const auto found = alarms.alerts.find(std::string(code));
        if (found == alarms.alerts.end()) continue;
        const Text number = number_text(found->second);
        out.facts.emplace_back(code, std::to_string(found->second.cases));
        all.zh += fmt::format("{}{} {} 件", all.zh.empty() ? "" : "，", code, number.zh);
        all.en += fmt::format("{}{} {}", all.en.empty() ? "" : ", ", code, number.en);
    }
    if (out.facts.empty()) return {};
    out.message = {
        fmt::format("有提醒未了结（{}）：luqiao msg find --alert 代码", all.zh),
        fmt::format("alerts are open, by cases: {}; luqiao msg find --alert CODE", all.en)};
    return {out};
}

Result<Command> read_alert_command(broker::Store& store,
                                   Instant now,
                                   std::string_view place,
                                   std::string_view body) {
    if (!place.ends_with(kSettle)) return no_such_path();
    place.remove_suffix(kSettle.size());
    LQ_TRY(const auto order, read_order(body, {"code"}));
    const std::string code = word_of(order, "code");
    LQ_TRY(const auto id, case_of_number(store, std::string(place)));
    if (!id) return no_such_case();
    return Command{
        .case_id = *id,
        .event = broker::AlertSettled{code, word_of(order, "item"), word_of(order, "reason")},
        .audit =
            broker::audit_done(now, word_of(order, "actor"), "alert.settle",
                               fmt::format("{} {} {}", place, code, word_of(order, "reason")))};
}

}  // namespace

Result<std::string> case_after_order(broker::Store& store, const CaseId& id) {
    LQ_TRY(const auto stored, store.find_case(id));
    if (!stored) return no_such_case();
    JsonWriter json;
    json.begin_object().field("case_number", stored->state.number).key("items").begin_array();
    for (const broker::Item& item : stored->state.items) {
        json.begin_object().field("serial", item.serial).field("state", to_string(item.state));
        json.end_object();
    }
    json.end_array().key("alerts").begin_array();
    for (const broker::Alert& alert : broker::open_alerts(stored->state)) {
        json.begin_object().field("code", alert.code).field("item", alert.item).end_object();
    }
    json.end_array().end_object();
    return json.take();
}

Result<Alarms> count_alarms(broker::Store& store) {
    std::vector<std::uint64_t> facts{broker::light_term("yellow"), broker::light_term("red")};
    const auto codes = broker::all_alerts();
    for (const std::string_view code : codes) facts.push_back(broker::alert_term(code));
    LQ_TRY(const auto counts, store.count_facts(facts, kAlarmsMost + 1));
    const auto alarm = [&](std::size_t index) {
        return Alarm{std::min(counts[index], kAlarmsMost), counts[index] > kAlarmsMost};
    };
    Alarms out{alarm(0), alarm(1), {}};
    for (std::size_t index = 0; index < codes.size(); ++index) {
        const Alarm one = alarm(index + 2);
        if (one.cases > 0) out.alerts.emplace(codes[index], one);
    }
    return out;
}

void write_alarms(JsonWriter& json, const Alarms& alarms) {
    json.key("lights").begin_object();
    write_alarm(json, "yellow", alarms.yellow);
    write_alarm(json, "red", alarms.red);
    json.end_object().key("alerts").begin_object();
    for (const auto& [code, alarm] : alarms.alerts) write_alarm(json, code, alarm);
    json.end_object();
}

std::vector<Condition> conditions_of(const Alarms& alarms) {
    std::vector<Condition> out = open_beside_clocks(alarms);
    if (alarms.red.cases > 0) out.insert(out.begin(), overdue(alarms.red));
    return out;
}

void settle_alert(broker::Store& store,
                  broker::Pipeline& pipeline,
                  std::string_view place,
                  std::string_view body,
                  const OrderDone& done) {
    give_order(
        pipeline, read_alert_command(store, pipeline.now(), place, body),
        [&store](const CaseId& id) { return case_after_order(store, id); }, done);
}

}  // namespace luqiao::app
