#include "app/redrive.h"

#include "app/operator_messages.h"
#include "app/redrive_preview.h"
#include "broker/audit.h"
#include "broker/search.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::app {
namespace {

using broker::DeliveryState;
using broker::FailureGroup;

bool may_move(PlanState from, PlanState to) {
    switch (to) {
        case PlanState::Running: return from == PlanState::Planned || from == PlanState::Paused;
        case PlanState::Paused: return from == PlanState::Running;
        case PlanState::Cancelled:
            return from == PlanState::Planned || from == PlanState::Running ||
                   from == PlanState::Paused;
        case PlanState::Planned:
        case PlanState::Done: return false;
    }
    return false;
}

/// Whether it leaves few cases of the many that a party or a service has.
bool is_narrow(const broker::Question& asked) {
    return !asked.number.empty() || !asked.name.empty() || !asked.state.empty() ||
           !asked.light.empty() || !asked.alert.empty() || asked.from || asked.until;
}

}  // namespace

Status Redriver::open() {
    LQ_TRY(const auto documents, store_.kept(std::string(kPlanDocument)));
    for (const auto& [name, text] : documents) {
        LQ_TRY(const auto plan, plan_from_json(text));
        if (!store_.is_shared() || plan.node == pipeline_.node()) put(plan);
    }
    return {};
}

std::optional<RedrivePlan> Redriver::find(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = plans_.find(id);
    return found == plans_.end() ? std::nullopt : std::optional(found->second);
}

void Redriver::put(const RedrivePlan& plan) {
    const std::lock_guard lock(mutex_);
    plans_[plan.id] = plan;
}

/// What the order means, without its id and signature.
Result<RedrivePlan> Redriver::select(const RedriveOrder& order, Instant now) const {
    RedrivePlan plan;
    plan.rate = order.rate;
    plan.pause_over = order.pause_over;
    plan.rewrite = order.rewrite;
    plan.skip_present = order.skip_present;
    plan.made_at = now;
    Selection& what = plan.selection;
    what.before = now;
    if (order.query) {
        LQ_CHECK(select_cases(order, plan));
        return plan;
    }
    if (order.delivery.empty()) {
        if (order.group.empty()) {
            return fail(Errc::MissingRequired, "a plan needs a group, a question or a delivery");
        }
        for (const DeliveryState state : kRedrivable) {
            LQ_TRY(const auto groups, store_.failure_groups(state));
            for (const FailureGroup& group : groups) {
                if (fingerprint(state, group) != order.group) continue;
                what.from = state;
                what.party = group.party, what.map = group.map, what.cause = group.cause;
                plan.group = order.group;
                plan.total = group.count;
                return plan;
            }
        }
        return fail(Errc::NotFound, "there is no such group of failures");
    }
    LQ_TRY(const auto id, parse_id<DeliveryId>(order.delivery));
    LQ_TRY(const auto found, store_.find_delivery(id));
    if (!found) return fail(Errc::NotFound, "there is no such delivery");
    const bool fits =
        std::find(kRedrivable.begin(), kRedrivable.end(), found->state) != kRedrivable.end();
    if (!fits) {
        return fail(Errc::Conflict,
                    "the delivery is {}: only one that is dead, of unknown outcome, waiting or "
                    "shelved is sent again",
                    to_string(found->state));
    }
    what.from = found->state;
    what.party = found->party, what.map = found->map, what.cause = found->cause;
    what.delivery = to_string(id);
    plan.group = fingerprint(what.from, {what.party, what.map, what.cause, 1, {}, {}});
    plan.total = 1;
    return plan;
}

/// The plan keeps the terms of the question, so that no name or number stands in it.
Status Redriver::select_cases(const RedriveOrder& order, RedrivePlan& plan) const {
    const broker::Question& asked = *order.query;
    const bool asks = !asked.number.empty() || !asked.name.empty() || !asked.party.empty() ||
                      !asked.state.empty() || asked.from || asked.until || !order.service.empty();
    if (!asks) return fail(Errc::MissingRequired, "a plan needs a group, a question or a delivery");
    Selection& what = plan.selection;
    what.from = order.from;
    what.party = asked.party;
    what.service = order.service;
    broker::Question terms_of = asked;
    // A case number is no term: it leads to its case.
    LQ_TRY(const auto id, case_of_number(store_, asked.number));
    if (id) {
        LQ_TRY(const auto stored, store_.find_case(*id));
        if (!stored) return fail(Errc::NotFound, "there is no such case");
        const Instant at = stored->state.accepted_at;
        const bool in_time =
            (!asked.from || at >= *asked.from) && (!asked.until || at < *asked.until);
        if (!in_time) return fail(Errc::NotFound, "no failed delivery fits the question");
        what.case_number = stored->state.number;
        terms_of.number.clear();
        terms_of.from = at;
        terms_of.until = at + Duration{1};
    }
    LQ_TRY(what.cases, broker::to_query(terms_of, pipeline_.search_key()));
    if (std::find(kStanding.begin(), kStanding.end(), what.from) != kStanding.end()) {
        // Cases that have a dead letter or an unknown outcome: the rest need not be looked at.
        LQ_TRY(const auto failed, broker::to_query({.state = "failed"}, nullptr));
        std::vector<std::uint64_t>& terms = what.cases->terms;
        if (std::find(terms.begin(), terms.end(), failed.terms[0]) == terms.end()) {
            terms.insert(terms.begin(), failed.terms[0]);
        }
    } else if (!is_narrow(asked)) {
        return fail(Errc::InvalidArgument,
                    "what waits or is shelved is planned by its group, or by a number, name, time, "
                    "state, light or alert: a party alone has too many cases");
    }
    LQ_TRY(plan.total, count(store_, what));
    if (plan.total == 0) return fail(Errc::NotFound, "no failed delivery fits the question");
    return {};
}

Result<RedrivePlan> Redriver::plan(const RedriveOrder& order, Instant now) {
    if (order.actor.empty() || order.reason.empty()) {
        return fail(Errc::MissingRequired, "a plan needs who makes it and why");
    }
    if (!broker::parse_rate(order.rate)) {
        return fail(Errc::InvalidArgument, "a rate is written 50/s, 100/m or 2000/h");
    }
    if (order.pause_over > 100) {
        return fail(Errc::InvalidArgument, "pause_over is 0 to 100 per cent");
    }
    if (order.skip_present && order.rewrite) {
        return fail(Errc::InvalidArgument,
                    "what a party holds has the bytes that were: skip_present goes with those, not "
                    "with the rules in force");
    }
    LQ_TRY(RedrivePlan plan, select(order, now));
    plan.actor = order.actor;
    plan.reason = order.reason;
    const std::lock_guard lock(writing_);
    plan.node = pipeline_.node();
    // The newest plan never goes for age, so that no number is given twice.
    std::size_t number = 1;
    for (const RedrivePlan& one : plans()) number = std::max(number, plan_number(one.id) + 1);
    plan.id = plan_id(plan.node, number);
    LQ_CHECK(keep(plan, {order.actor, order.reason}, "redrive.plan", now));
    put(plan);
    return plan;
}

Result<RedrivePlan> Redriver::move(const std::string& id,
                                   PlanState to,
                                   const Signature& by,
                                   Instant now) {
    if (by.actor.empty() || by.reason.empty()) {
        return fail(Errc::MissingRequired, "who does it and why are needed");
    }
    const std::lock_guard lock(writing_);
    if (store_.is_shared()) LQ_CHECK(take_orders());
    LQ_TRY(const auto found, find_of_any(id));
    if (!found) return fail(Errc::NotFound, "there is no such plan");
    RedrivePlan next = *found;
    if (!find(id)) {
        if (to == PlanState::Cancelled) return cancel_elsewhere(std::move(next), by, now);
        return fail(Errc::Conflict, "the plan is one of node {}: run and pause it there",
                    next.node);
    }
    if (!may_move(next.state, to)) {
        return fail(Errc::Conflict, "the plan is {}", to_string(next.state));
    }
    next.state = to;
    if (to == PlanState::Cancelled) next.ended_at = now;
    next.note = by.reason;
    // What failed before somebody looked into it and went on does not count against what follows.
    const bool again = to == PlanState::Running && next.failed > 0;
    if (again) next.sent -= next.failed, next.failed = 0;
    LQ_CHECK(keep(next, by, fmt::format("redrive.{}", to_string(to)), now));
    put(next);
    return next;
}

Result<RedrivePlan> Redriver::run(const std::string& id, const Signature& by, Instant now) {
    auto moved = move(id, PlanState::Running, by, now);
    if (moved) pipeline_.wake();
    return moved;
}

Result<RedrivePlan> Redriver::pause(const std::string& id, const Signature& by, Instant now) {
    return move(id, PlanState::Paused, by, now);
}

Result<RedrivePlan> Redriver::cancel(const std::string& id, const Signature& by, Instant now) {
    return move(id, PlanState::Cancelled, by, now);
}

Result<std::string> Redriver::preview(const std::string& id) const {
    LQ_TRY(const auto found, find_of_any(id));
    if (!found) return fail(Errc::NotFound, "there is no such plan");
    return app::preview(*found, store_, pipeline_, {.stop = no_more_asking_.get_token()});
}

std::vector<RedrivePlan> Redriver::plans() const {
    const std::lock_guard lock(mutex_);
    std::vector<RedrivePlan> out;
    for (const auto& [id, plan] : plans_) out.push_back(plan);
    return out;
}

void Redriver::leave_out(Instant before) {
    const std::lock_guard lock(mutex_);
    std::size_t newest = 0;
    for (const auto& [id, plan] : plans_) newest = std::max(newest, plan_number(id));
    std::erase_if(plans_, [&](const auto& entry) {
        return plan_number(entry.first) < newest && ended_before(entry.second, before);
    });
}

broker::AuditEntry Redriver::audit_of(const RedrivePlan& plan,
                                      const Signature& by,
                                      std::string action,
                                      Instant now) {
    return broker::audit_done(now, by.actor, std::move(action), plan.id + " " + by.reason);
}

Status Redriver::keep(const RedrivePlan& plan,
                      const Signature& by,
                      std::string action,
                      Instant now) {
    const broker::AuditEntry entry = audit_of(plan, by, std::move(action), now);
    return store_.keep(std::string(kPlanDocument) + plan.id, to_json(plan), std::span(&entry, 1));
}

}  // namespace luqiao::app
