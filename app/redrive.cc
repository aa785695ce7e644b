#include "app/redrive.h"

#include "app/operator_messages.h"
#include "app/redrive_preview.h"
#include "broker/search.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::app {
namespace {

using broker::DeliveryState;
using broker::FailureGroup;

constexpr std::size_t kStepMost = 200;     ///< deliveries sent, and looked at, in one step
constexpr std::uint64_t kJudgedLeast = 5;  ///< outcomes before a plan pauses by itself
constexpr Duration kStepEvery{100};

/// Plans share no places with ordinary deliveries: only their rate holds them.
broker::FlowPolicy pace(const RedrivePlan& plan) {
    return {.concurrency = kStepMost,
            .breaker = {},
            .quiet = {},
            .rate = broker::parse_rate(plan.rate)};
}

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
                    "the delivery is {}: only one that is dead or of unknown outcome is sent again",
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
    // Cases that have a dead letter or an unknown outcome: the rest need not be looked at.
    LQ_TRY(const auto failed, broker::to_query({.state = "failed"}, nullptr));
    std::vector<std::uint64_t>& terms = what.cases->terms;
    if (std::find(terms.begin(), terms.end(), failed.terms[0]) == terms.end()) {
        terms.insert(terms.begin(), failed.terms[0]);
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
    const auto found = find(id);
    if (!found) return fail(Errc::NotFound, "there is no such plan");
    RedrivePlan next = *found;
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
    const auto found = find(id);
    if (!found) return fail(Errc::NotFound, "there is no such plan");
    return app::preview(*found, store_, pipeline_);
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

Status Redriver::keep(const RedrivePlan& plan,
                      const Signature& by,
                      std::string action,
                      Instant now) {
    const broker::AuditEntry entry{.at = now,
                                   .actor = by.actor,
                                   .action = std::move(action),
                                   .outcome = "ok",
                                   .subject = plan.id + " " + by.reason,
                                   .number = 0,
                                   .hash = {}};
    return store_.keep(std::string(kPlanDocument) + plan.id, to_json(plan), std::span(&entry, 1));
}

Result<std::optional<Instant>> Redriver::step(Instant now) {
    std::vector<RedrivePlan> running;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, plan] : plans_) {
            const bool is_over =
                plan.state == PlanState::Done || plan.state == PlanState::Cancelled;
            if (is_over) progress_.erase(id);
            if (plan.state == PlanState::Running) running.push_back(plan);
        }
    }
    std::optional<Instant> next;
    for (const RedrivePlan& plan : running) {
        LQ_CHECK(advance(plan, now));
        next = now + kStepEvery;
    }
    return next;
}

Status Redriver::advance(const RedrivePlan& before, Instant now) {
    RedrivePlan plan = before;
    Progress& progress = progress_[plan.id];
    LQ_CHECK(judge(plan, progress));
    const std::uint64_t judged = plan.arrived + plan.failed;
    const std::uint64_t least = std::min(kJudgedLeast, plan.total);
    std::string action;
    Signature by{plan.actor, plan.reason};
    if (judged >= least && plan.failed * 100 > judged * plan.pause_over) {
        plan.state = PlanState::Paused;
        plan.note = fmt::format("{}/{} 再次失败 | failed again", plan.failed, judged);
        by = {"luqiao", plan.note};
        action = "redrive.paused";
    } else {
        LQ_TRY(const bool more, send(plan, progress, now));
        if (!more && progress.waiting.empty()) {
            plan.state = PlanState::Done;
            plan.ended_at = now;
            plan.note = {};
            action = "redrive.done";
        }
    }
    if (to_json(plan) == to_json(before)) return {};
    const std::lock_guard lock(writing_);
    const auto current = find(plan.id);
    if (current && current->state != PlanState::Running) {  // an operator was faster
        plan.state = current->state;
        plan.ended_at = current->ended_at;
        plan.note = current->note;
        action.clear();
    }
    LQ_CHECK(action.empty() ? store_.keep(std::string(kPlanDocument) + plan.id, to_json(plan), {})
                            : keep(plan, by, action, now));
    put(plan);
    return {};
}

/// In turn, a step's worth at once: a party that is closed for the night may hold many.
Status Redriver::judge(RedrivePlan& plan, Progress& progress) {
    std::set<DeliveryId>& waiting = progress.waiting;
    auto one = progress.judged ? waiting.upper_bound(*progress.judged) : waiting.begin();
    for (std::size_t left = std::min(kStepMost, waiting.size()); left > 0; --left) {
        if (one == waiting.end()) one = waiting.begin();
        progress.judged = *one;
        LQ_TRY(const auto found, store_.find_delivery(*one));
        const DeliveryState state = found ? found->state : DeliveryState::Shelved;
        const bool arrived = broker::has_arrived(state);
        const bool stands = state == DeliveryState::Dead || state == DeliveryState::Unknown;
        // So since before the plan: the core refused to send it again, or has not looked yet.
        const bool untouched = state == plan.selection.from && found->due_at < plan.made_at;
        if (untouched && pipeline_.waiting() > 0) {
            ++one;
            continue;
        }
        const bool failed = (stands && !untouched) || state == DeliveryState::Waiting;
        if (arrived) ++plan.arrived;
        if (failed) ++plan.failed;
        if (untouched || state == DeliveryState::Shelved) ++plan.refused, --plan.sent;
        const bool settled = arrived || failed || untouched || state == DeliveryState::Shelved;
        one = settled ? waiting.erase(one) : std::next(one);
    }
    return {};
}

/// What is left, oldest first.
/// @return whether something is left to be sent
Result<bool> Redriver::send(RedrivePlan& plan, Progress& progress, Instant now) {
    if (progress.is_all_sent) return false;
    const broker::FlowPolicy policy = pace(plan);
    const std::size_t may = broker::decide(progress.flow, policy, 0, Calendar{}, now).may;
    if (may == 0) return true;
    LQ_TRY(const Page page, look(store_, plan.selection, progress.cursor));
    std::size_t sent = 0;
    for (const broker::StoredDelivery& one : page.deliveries) {
        broker::Command command{.case_id = one.case_id,
                                .event = broker::Redriven{one.id, plan.id + " " + plan.reason},
                                .rewrite = plan.rewrite};
        if (sent == may || !pipeline_.command(std::move(command))) break;
        take(progress.cursor, one);
        progress.waiting.insert(one.id);
        ++sent;
    }
    const bool all = sent == page.deliveries.size();
    if (all) finish(progress.cursor, page);
    plan.sent += sent;
    progress.flow = broker::after_lease(progress.flow, policy, sent, now);
    progress.is_all_sent = all && page.is_last;  // nothing becomes older than the plan
    return !progress.is_all_sent;
}

}  // namespace luqiao::app
