// broker/service.h - a joint service as data: its items, who decides them, what waits for what.
#pragma once

#include "base/diagnostic.h"
#include "base/settings.h"
#include "base/text.h"
#include "base/time.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::broker {

/// A limit in working days or in calendar days (出入境 limits are calendar days).
struct Limit {
    int days = 0;
    bool working = true;
    bool operator==(const Limit&) const = default;
};

/// Parses "2wd" (working days) or "15d" (calendar days).
std::optional<Limit> parse_limit(std::string_view text);

/// One item (事项) of a service.
struct ItemRule {
    std::string code;   ///< canonical code in the table `item`: "permit_issue"
    std::string group;  ///< items that stand for each other in `after`: "permit"
    Text label;
    std::string party;       ///< who decides it: "sti"
    std::string dispatch;    ///< map that writes the message to the party: "sti.apply"
    std::string supplement;  ///< map for a supplement after 补正; empty: `dispatch` again
    std::vector<std::string>
        after;  ///< groups whose item in this case must be granted first (第十五条)
    std::string
        evidence;  ///< canonical field that stands for `after` when the case has no such item
    bool evidence_required = false;  ///< refuse the application when neither is there
    std::optional<Limit> forward;    ///< dispatch to acknowledgement (第十六条: 2 working days)
    std::optional<Limit> decide;     ///< statutory or promised limit, from the department's 受理
    bool fee_allowed = false;        ///< 第十七条
};

/// Who learns of progress: the party and the map that writes it.
struct Observer {
    std::string party;
    std::string map;
    bool only_own_cases = false;      ///< only cases that entered through this party (the window)
    std::vector<std::string> states;  ///< only these item or case states; empty: all
};

/// One version of a service. A case finishes on the version it began with.
struct Service {
    std::string code;  ///< "foreigner_work"
    int version = 1;
    Text label;
    std::string form;           ///< "application"
    std::string items_list;     ///< list of the form that holds the chosen items: "case.items"
    std::string item_field;     ///< its field: "code"
    std::string number_prefix;  ///< of case numbers: "FW"
    std::vector<ItemRule> items;
    std::vector<Observer> observers;

    [[nodiscard]] const ItemRule* find(std::string_view item_code) const;
};

/// Reads conf/services/NAME.toml. Findings C3xx: unknown party or map is judged by the caller;
/// here C301 duplicate item, C302 `after` names no group, C303 a cycle, C304 bad limit.
std::optional<Service> parse_service(const Setting& document, Diagnostics& findings);

/// What `parse_service` accepts, for `luqiao check` and the reference.
const Spec& service_spec();

}  // namespace luqiao::broker
