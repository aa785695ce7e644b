// app/operator_alerts.h - what an operator is told of limits and alerts of all cases, and settling
// an alert.
#pragma once

#include "app/operator_order.h"
#include "base/json.h"
#include "base/result.h"
#include "broker/pipeline.h"
#include "broker/status_report.h"
#include "broker/store.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::app {

/// Of each light and alert no more cases than these are counted.
inline constexpr std::uint64_t kAlarmsMost = 1'000;

struct Alarm {
    std::uint64_t cases = 0;
    bool more = false;  ///< than kAlarmsMost
};

struct Alarms {
    Alarm yellow, red;
    std::map<std::string, Alarm> alerts;  ///< by code; only those that some case has open
};

/// Costs the same however much is stored.
Result<Alarms> count_alarms(broker::Store& store);

/// Into the object being written:
/// "lights":{"yellow":{"cases","more"},"red":{…}},"alerts":{CODE:{…}}
void write_alarms(JsonWriter& json, const Alarms& alarms);

/// "limits_overdue" (urgent) while cases are red; "alerts_open" while there are alerts that do not
/// come of a clock.
std::vector<broker::Condition> conditions_of(const Alarms& alarms);

/// {"case_number","items":[{serial, state}],"alerts":[{code, item}]}: the case after an order of an
/// operator, with the alerts that are still open. @errors NotFound; those of the store
Result<std::string> case_after_order(broker::Store& store, const CaseId& id);

/// `place` is "NUMBER/settle"; `body` {"code","item","actor","reason"}, all but the item needed:
/// they stand in the audit, in the transaction of the change, and the reason in the case's
/// timeline. Calls `done` once, from any thread, with case_after_order() when it is durable.
/// @errors NotFound: the case, or no such alert is open; MissingRequired, ParseFailed, Overloaded;
/// Conflict: the alert ends by itself; those of the store
void settle_alert(broker::Store& store,
                  broker::Pipeline& pipeline,
                  std::string_view place,
                  std::string_view body,
                  const OrderDone& done);

}  // namespace luqiao::app
