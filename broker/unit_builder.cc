#include "broker/unit_builder.h"

#include "broker/search.h"

#include <algorithm>
#include <iterator>

namespace luqiao::broker {

FieldProblem to_field_problem(const mapping::Issue& issue) {
    return {std::string(info(issue.code).id),
            issue.pointer,
            issue.rule,
            issue.expected,
            issue.got_masked,
            issue.message};
}

namespace {

/// "sti.apply.map:12" of the first row that failed at "sti.apply.map:12:3".
std::string failed_rule(const std::vector<mapping::Issue>& issues) {
    for (const mapping::Issue& issue : issues) {
        if (issue.severity != Severity::Error || issue.rule.empty()) continue;
        const std::size_t line = issue.rule.find(':');
        const std::size_t column =
            line == std::string::npos ? line : issue.rule.find(':', line + 1);
        return issue.rule.substr(0, column);
    }
    return {};
}

}  // namespace

UnitBuilder::UnitBuilder(const Realm& realm, const Case& start, Instant now)
    : realm_(realm),
      version_(start.version),
      now_(now),
      case_(start),
      facts_(version_ == 0 ? std::vector<std::uint64_t>() : fact_terms(start)) {}

bool UnitBuilder::apply(const Event& event, Problem& refusal) {
    const Service* service = realm_.service(case_.service, case_.service_version);
    if (service == nullptr) {
        refusal.code = Errc::Unavailable;
        refusal.detail = {"本节点还没有该办件的事项版本",
                          "this node does not know the version of the service yet"};
        return false;
    }
    Transition transition =
        step(case_, event, Rules{*service, realm_.calendar, realm_.retry}, now_);
    if (transition.refused) {
        refusal.code = *transition.refused;
        refusal.detail = std::move(transition.refusal);
        return false;
    }
    absorb(std::move(transition));
    return true;
}

void UnitBuilder::absorb(Transition transition) {
    for (std::size_t index = 0; index < transition.next.items.size(); ++index) {
        const bool is_new = index >= case_.items.size();
        moved_ = moved_ || is_new || case_.items[index].state != transition.next.items[index].state;
    }
    case_ = std::move(transition.next);
    created_.insert(created_.end(), transition.created.begin(), transition.created.end());
    for (DeliveryChange& change : transition.changed) {
        const auto [at, is_first] = changed_.try_emplace(change.id, change);
        if (is_first) continue;
        // The first change of a unit is the one that meets the row.
        change.needs_no_lease = at->second.needs_no_lease;
        at->second = std::move(change);
    }
    timeline_.insert(timeline_.end(), transition.timeline.begin(), transition.timeline.end());
    alerts_.insert(alerts_.end(), transition.alerts.begin(), transition.alerts.end());
    wake_at_ = transition.wake_at;
}

bool UnitBuilder::encode(const Sources& sources) {
    bool all = true;
    for (const DeliveryId& id : created_) {
        if (bytes_.contains(id)) continue;
        std::vector<mapping::Issue> issues;
        auto bytes = encode_delivery(realm_, case_, *case_.find(id), sources, issues);
        for (const mapping::Issue& issue : issues) findings_.push_back(to_field_problem(issue));
        all = all && bytes.has_value();
        if (bytes) {
            bytes_[id] = *std::move(bytes);
        } else {
            unwritable_[id] = failed_rule(issues);
        }
    }
    return all;
}

void UnitBuilder::encode_or_bury(const Sources& sources) {
    if (!encode(sources)) bury_new();
}

void UnitBuilder::bury_new() {
    const std::vector<DeliveryId> created = created_;
    for (const DeliveryId& id : created) {
        if (bytes_.contains(id)) continue;
        bytes_[id] = {};
        Problem ignored;
        apply(NotEncodable{id, unwritable_[id]}, ignored);
    }
}

Unit UnitBuilder::finish() {
    Unit unit;
    unit.at = now_;
    for (const DeliveryId& id : created_) {
        const Delivery& delivery = *case_.find(id);
        const auto change = changed_.find(id);
        unit.created.push_back({.id = id,
                                .case_id = case_.id,
                                .case_number = case_.number,
                                .party = delivery.party,
                                .map = delivery.map,
                                .state = delivery.state,
                                .due_at = change == changed_.end() ? now_ : change->second.due_at,
                                .attempts = delivery.attempts,
                                .cause = delivery.cause,
                                .bundle = realm_.bundle->hash(),
                                .body = std::move(bytes_[id])});
        if (change != changed_.end()) changed_.erase(change);
    }
    for (auto& [id, change] : changed_) unit.changed.push_back(std::move(change));
    const auto facts = fact_terms(case_);
    // Those of alarms are said again with every change: so a case that was stored before they were
    // kept gets them, and they are few.
    const auto alarms = alarm_terms(case_);
    std::vector<std::uint64_t> known;
    std::set_difference(facts_.begin(), facts_.end(), alarms.begin(), alarms.end(),
                        std::back_inserter(known));
    std::set_difference(facts.begin(), facts.end(), known.begin(), known.end(),
                        std::back_inserter(unit.facts));
    std::set_difference(facts_.begin(), facts_.end(), facts.begin(), facts.end(),
                        std::back_inserter(unit.facts_ended));
    unit.state = std::move(case_);
    unit.state.version = version_;
    unit.timeline = std::move(timeline_);
    unit.alerts = std::move(alerts_);
    unit.audit = std::move(audit_);
    unit.reencoded = std::move(reencoded_);
    unit.wake_at = wake_at_;
    return unit;
}

}  // namespace luqiao::broker
