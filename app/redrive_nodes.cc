// Plans of every node of a shared store. A node alone carries out its own, but any may list them
// and end one: a node that is gone for good ends nothing itself.
//
//   another node   keeps the order beside the plan, with its row of the audit
//   its own node   ends the plan when it sees the order, within a second, and takes the order away
//   everybody      takes a plan with an order for cancelled
#include "app/json_word.h"
#include "app/redrive.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace luqiao::app {
namespace {

constexpr Duration kOrdersEvery{1'000};

std::string order_text(const Signature& by, Instant now) {
    JsonWriter json;
    json.begin_object()
        .field("actor", by.actor)
        .field("reason", by.reason)
        .field("at", to_rfc3339(now))
        .end_object();
    return json.take();
}

}  // namespace

Status obey(RedrivePlan& plan, const std::string& order) {
    if (is_over(plan)) return {};
    const auto json = nlohmann::json::parse(order, nullptr, false);
    if (!json.is_object()) return fail(Errc::Corruption, "a kept order cannot be read");
    LQ_TRY(plan.ended_at, parse_rfc3339(word_of(json, "at")));
    plan.state = PlanState::Cancelled;
    plan.note = word_of(json, "reason");
    return {};
}

Result<std::map<std::string, std::string>> obey_kept(RedrivePlan& plan, broker::Store& store) {
    const std::string name = std::string(kCancelDocument) + plan.id;
    LQ_TRY(const auto orders, store.kept(name));
    const auto found = orders.find(name);
    if (found == orders.end()) return std::map<std::string, std::string>();
    LQ_CHECK(obey(plan, found->second));
    return std::map<std::string, std::string>{*found};
}

Result<std::vector<RedrivePlan>> Redriver::all_plans() const {
    std::map<std::string, RedrivePlan> out;
    if (store_.is_shared()) {
        LQ_TRY(const auto documents, store_.kept(std::string(kPlanDocument)));
        for (const auto& [name, text] : documents) {
            LQ_TRY(RedrivePlan plan, plan_from_json(text));
            if (plan.node != pipeline_.node()) out[plan.id] = std::move(plan);
        }
        LQ_TRY(const auto orders, store_.kept(std::string(kCancelDocument)));
        for (const auto& [name, order] : orders) {
            const auto found = out.find(name.substr(kCancelDocument.size()));
            if (found != out.end()) LQ_CHECK(obey(found->second, order));
        }
    }
    std::vector<RedrivePlan> plans = this->plans();
    for (auto& [id, plan] : out) plans.push_back(std::move(plan));
    return plans;
}

Result<std::optional<RedrivePlan>> Redriver::find_of_any(const std::string& id) const {
    auto own = find(id);
    if (own || !store_.is_shared()) return own;
    const std::string name = std::string(kPlanDocument) + id;
    LQ_TRY(const auto documents, store_.kept(name));
    const auto found = documents.find(name);
    if (found == documents.end()) return std::optional<RedrivePlan>();
    LQ_TRY(RedrivePlan plan, plan_from_json(found->second));
    LQ_CHECK(obey_kept(plan, store_));
    return std::optional(std::move(plan));
}

Result<RedrivePlan> Redriver::cancel_elsewhere(RedrivePlan plan, const Signature& by, Instant now) {
    if (is_over(plan)) return fail(Errc::Conflict, "the plan is {}", to_string(plan.state));
    const std::string order = order_text(by, now);
    LQ_CHECK(obey(plan, order));
    const broker::AuditEntry entry = audit_of(plan, by, "redrive.cancelled", now);
    LQ_CHECK(store_.keep(std::string(kCancelDocument) + plan.id, order, std::span(&entry, 1)));
    return plan;
}

/// The plan first: an order that is left without its plan says nothing.
Status Redriver::take_orders() {
    LQ_TRY(const auto orders, store_.kept(std::string(kCancelDocument)));
    for (const auto& [name, order] : orders) {
        auto plan = find(name.substr(kCancelDocument.size()));
        if (!plan) continue;
        if (!is_over(*plan)) {
            LQ_CHECK(obey(*plan, order));
            LQ_CHECK(store_.keep(std::string(kPlanDocument) + plan->id, to_json(*plan), {}));
            put(*plan);
        }
        const Status gone = store_.forget({{name, order}});
        if (!gone && gone.error().code != Errc::Conflict) return gone;
    }
    return {};
}

Status Redriver::look_for_orders(Instant now) {
    if (!store_.is_shared() || (orders_next_ && now < *orders_next_)) return {};
    const auto own = plans();
    if (std::all_of(own.begin(), own.end(), is_over)) return {};  // nothing to be ended
    orders_next_ = now + kOrdersEvery;
    const std::lock_guard lock(writing_);
    return take_orders();
}

}  // namespace luqiao::app
