// broker/status_report.h - a case as a party or an operator may see it, as JSON. No personal data.
#pragma once

#include "base/json.h"
#include "broker/realm.h"
#include "broker/store.h"
#include "broker/trusted_time.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace luqiao::broker {

/// Whether `party` may see the case: its channel, an observer of its service, or a department of
/// one of its items.
bool may_see(const Realm& realm, const std::string& party, const Case& one);

/// {"case_number","service","state","accepted_at","items":[{code,serial,label,state,state_label,due}],
/// "timeline":[…]} for 进度查询 (第二十一条): item events only.
std::string public_status(const Realm& realm,
                          const Case& one,
                          const std::vector<TimelineEntry>& timeline);

/// The same with every event, delivery, alert, and each item's running clocks: "clocks":[{"clock",
/// "due","light","days_left"}], for the operator. A clock that stands still is {"clock","paused"}.
/// "alerts":[{"code","item","open"}]: what was ever raised, and whether it is open now.
std::string operator_status(const Realm& realm,
                            const StoredCase& stored,
                            const std::vector<TimelineEntry>& timeline,
                            const std::vector<StoredDelivery>& deliveries,
                            const std::vector<Alert>& alerts,
                            Instant now);

/// What somebody should end, by its name.
struct Condition {
    std::string name;
    bool urgent = false;
    std::vector<std::pair<std::string, std::string>> facts;  ///< no personal data
    Text message;
};

/// Named conditions of a node, into the object being written:
/// "conditions":[{"name":"calendar_missing","urgent","year","matters_from","message":{zh,en}},
/// {"name":"clock_jumped","urgent","seconds","since","message":{zh,en}}], and `more` with their
/// facts.
void write_conditions(JsonWriter& json,
                      const Realm& realm,
                      Instant now,
                      const std::optional<ClockJump>& jump,
                      std::span<const Condition> more);

}  // namespace luqiao::broker
