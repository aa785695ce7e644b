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
    std::string withdraw;    ///< map that tells the party of a withdrawal; empty: it takes none
    /// Groups whose item in this case must be granted first (第十五条). Several items of one group
    /// stand for each other: one granted opens the group.
    std::vector<std::string> after;
    /// Canonical field that stands for `after` when the case has no item of any of its groups.
    std::string evidence;
    bool evidence_required = false;  ///< refuse the application when neither is there
    std::optional<Limit> forward;    ///< dispatch to acknowledgement (第十六条: 2 working days)
    std::optional<Limit> decide;     ///< by law (法定时限), from the department's 受理
    std::optional<Limit> promise;  ///< what the department promises (承诺时限), from the same day
    Limit warn{3, true};           ///< left of both when they turn yellow
    Limit escalate{3, true};       ///< over any of the three at the second alarm
    bool fee_allowed = false;      ///< 第十七条
    bool operator==(const ItemRule&) const = default;
};

/// The word of Observer::states that selects the notice of a case's acceptance.
inline constexpr std::string_view kAcceptanceNotice = "case.accepted";

/// Who learns of progress: the party and the map that writes it.
struct Observer {
    std::string party;
    std::string map;
    bool only_own_cases = false;  ///< only cases that entered through this party (the window)
    /// Only these: codes of ItemState, and kAcceptanceNotice for the case itself; empty: all.
    std::vector<std::string> states;
    bool operator==(const Observer&) const = default;
};

/// What an application must meet to be taken for some items (第四条; 第十二条 一次告知: all that it
/// does not meet is said at once, with what its map finds).
struct ItemCondition {
    std::vector<std::string> items;  ///< their codes
    std::string check;  ///< in the language of maps: COND else "中文 | English" [at path]
    Position at;        ///< where `check` begins
};

/// Judged when an application comes, by the newest version, and no part of how a case goes:
/// definitions that differ in them alone are the same.
struct ItemConditions {
    std::vector<ItemCondition> list;
    friend bool operator==(const ItemConditions&, const ItemConditions&) { return true; }
};

/// Fields of the form by which cases are found (broker/search.h); in a list "list.field". No part
/// of how a case goes: definitions that differ in it alone are the same, and it may change at any
/// time for what comes from then on.
struct SearchRules {
    std::vector<std::string> numbers;
    std::vector<std::vector<std::string>> names;  ///< the fields of one name, "surname+given_names"
    friend bool operator==(const SearchRules&, const SearchRules&) { return true; }
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
    ItemConditions conditions;
    SearchRules search;

    [[nodiscard]] const ItemRule* find(std::string_view item_code) const;
    bool operator==(const Service&) const = default;
};

/// Reads conf/services/NAME.toml. At most 200 items, 100 observers and 500 conditions. Whether
/// parties and maps exist is judged by the caller; here, beside C110-C112: C301 duplicate item,
/// C302 `after` names no group, C303 a cycle, C304 bad limit, C305 a bad number (version, prefix,
/// too many), C306 an observer's state that does not exist, C307 a promise longer than the law,
/// C308 a condition of no item. What stands in a condition is judged where the form is known
/// (mapping/item_conditions.h).
std::optional<Service> parse_service(const Setting& document, Diagnostics& findings);

/// What `parse_service` accepts, for `luqiao check` and the reference: the file, one [[item]], one
/// [[observer]], [[condition]], [search].
const Spec& service_spec();
const Spec& service_item_spec();
const Spec& service_observer_spec();
const Spec& service_condition_spec();
const Spec& service_search_spec();

}  // namespace luqiao::broker
