// Who looks after a run: operators plan re-drives of what failed, run, pause and cancel them; and
// the store that moves to another machine meanwhile.
#include "broker/audit.h"
#include "tests/sim/run_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace luqiao::sim {

using app::PlanState;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// Nobody sets anything aside here.
constexpr std::array kSentAgain{broker::DeliveryState::Dead, broker::DeliveryState::Unknown,
                                broker::DeliveryState::Waiting};

std::string_view order_of(broker::DeliveryState from) {
    if (from == broker::DeliveryState::Waiting) return "operator sends what waits now";
    return from == broker::DeliveryState::Dead ? "operator plans a re-drive"
                                               : "operator sends what is unknown again";
}

}  // namespace

void Run::plan_failovers(Duration working_time) {
    for (unsigned one = 0; one < plan_.failovers; ++one) {
        after(random_.between(Duration{0}, working_time), [this] {
            store_away_until_ = now_ + random_.between(seconds(1), minutes(10));
            count("store fails over");
        });
    }
}

void Run::plan_clocks(Duration working_time) {
    for (std::size_t index = 0; index < nodes_.size(); ++index) {
        for (unsigned one = 0; one < plan_.clock_steps; ++one) {
            after(random_.between(Duration{0}, working_time), [this, index] { set_clock(index); });
        }
    }
}

/// A clock is set wrong, and right again after a while.
void Run::set_clock(std::size_t index) {
    Node& node = *nodes_[index];
    const std::size_t size = random_.below(3);
    const Duration small = random_.between(Duration{-25'000}, Duration{25'000});
    const Duration great = size == 1 ? Duration{hours(1)} : Duration{hours(365 * 24)};
    node.clock_off = size == 0 ? small : (random_.chance(500) ? great : -great) + small;
    count(size == 0 ? "clock a little wrong" : "clock very wrong");
    after(random_.between(minutes(1), hours(8)), [&node] { node.clock_off = Duration{0}; });
}

void Run::plan_operators(Duration working_time) {
    if (plan_.operator_every == Duration{0}) return;
    const Instant end = now_ + working_time;
    for (Instant when = now_; when < end;
         when += random_.between(seconds(1), plan_.operator_every * 2)) {
        at(when, [this] { operate(); });
    }
}

/// One thing that an operator does, at any node.
void Run::operate() {
    Node& node = *nodes_[random_.below(nodes_.size())];
    if (!node.up || node.in_turn) return;
    const auto plans = node.redriver->plans();
    // Runs without acceptances draw as they did before there were any.
    if (plan_.acceptance > 0 && random_.chance(plan_.acceptance) && accept_answer(node)) {
        // that was it
    } else if (!plans.empty() && random_.chance(500)) {
        move_plan(node, plans[random_.below(plans.size())]);
    } else if (random_.chance(300)) {
        decide_unknown(node);
    } else if (random_.chance(500)) {
        send_once_due(node);
    } else {
        plan_redrive(node, kSentAgain[random_.below(kSentAgain.size())], 20);
    }
    if (node.up) wake(node.holder.node, now_);
}

void Run::move_plan(Node& node, const app::RedrivePlan& plan) {
    const app::Signature by{"operator", "looked into it"};
    app::Redriver& redriver = *node.redriver;
    switch (plan.state) {
        case PlanState::Planned:
        case PlanState::Paused:
            if (random_.chance(200)) {
                count("operator cancels a plan");
                (void)redriver.cancel(plan.id, by, node.time->now());
            } else {
                count("operator runs a plan");
                (void)redriver.run(plan.id, by, node.time->now());
            }
            return;
        case PlanState::Running:
            count("operator pauses a plan");
            (void)redriver.pause(plan.id, by, node.time->now());
            return;
        case PlanState::Done:
        case PlanState::Cancelled: return;
    }
}

void Run::decide_unknown(Node& node) {
    const auto found = node.store->failures({.state = broker::DeliveryState::Unknown, .limit = 20});
    if (!found || found->empty()) return;
    const broker::StoredDelivery& one = (*found)[random_.below(found->size())];
    if (!oracle_.holds(to_string(one.id))) return;
    count("operator confirms an arrival");
    (void)node.pipeline->command(
        {.case_id = one.case_id, .event = broker::Confirmed{one.id, "called the party"}});
}

/// An operator sees that a delivery waits, and sends it just as its next attempt begins.
void Run::send_once_due(Node& node) {
    const auto found = node.store->failures({.state = broker::DeliveryState::Waiting, .limit = 20});
    if (!found || found->empty()) return;
    const broker::StoredDelivery& one = (*found)[random_.below(found->size())];
    const Instant when = std::max(now_, one.due_at) + random_.between(Duration{0}, seconds(4));
    at(when, [this, &node, id = one.id, case_id = one.case_id] {
        if (!node.up || node.in_turn) return;
        count("operator sends what its party may be getting");
        (void)node.pipeline->command(
            {.case_id = case_id, .event = broker::Redriven{id, "they are back"}});
        wake(node.holder.node, now_);
    });
}

bool Run::accept_answer(Node& node) {
    struct Open {
        CaseId id;
        std::string serial;
        broker::ItemState state;
    };
    std::vector<Open> open;
    for (const CaseId& id : oracle_.cases()) {
        const auto found = plain_->find_case(id);
        if (!found || !*found) continue;
        for (const broker::Item& item : (*found)->state.items) {
            const auto& other = item.other_answer;
            if (other && !other->is_accepted) open.push_back({id, item.serial, other->state});
        }
    }
    if (open.empty()) return false;
    const Open& one = open[random_.below(open.size())];
    count("operator accepts an answer");
    oracle_.accepting(one.serial, one.state);
    (void)node.pipeline->command(
        {.case_id = one.id,
         .event = broker::AnswerAccepted{one.serial, one.state, "the department means it"},
         .audit = broker::audit_done(node.time->now(), "operator", "answer.accept", one.serial),
         .done = [this, holder = node.holder, serial = one.serial](const Status& done) {
             if (done && lives(holder)) oracle_.accepted_by_order(serial);
         }});
    return true;
}

/// A plan for one group of failures, or for one of them; run at once or left for later.
void Run::plan_redrive(Node& node, broker::DeliveryState from, std::uint32_t pause_over) {
    const auto groups = node.store->failure_groups(from);
    if (!groups || groups->empty()) return;
    const broker::FailureGroup& group = (*groups)[random_.below(groups->size())];
    app::RedriveOrder order;
    order.actor = "operator";
    order.reason = "the party is mended";
    order.rate = random_.chance(500) ? "50/s" : "2/h";
    order.pause_over = pause_over;
    order.from = from;
    order.group = app::fingerprint(from, group);
    if (random_.chance(200)) {
        const auto failed = node.store->failures({.state = from,
                                                  .party = group.party,
                                                  .map = group.map,
                                                  .cause = group.cause,
                                                  .after = {},
                                                  .limit = 1});
        if (failed && !failed->empty()) order.delivery = to_string(failed->front().id);
    }
    count(order_of(from));
    const auto plan = node.redriver->plan(order, node.time->now());
    if (!plan) return note("no plan", info(plan.error().code).id);
    if (node.up) oracle_.planned(plan->id);
    const bool waits = faulty_ && random_.chance(300);
    if (waits) return;
    const auto running = node.redriver->run(plan->id, {"operator", "now"}, node.time->now());
    note(running ? "plan runs" : "plan does not run", plan->id);
    if (running && faulty_ && random_.chance(200)) move_plan(node, *running);  // on second thoughts
}

void Run::redrive_all() {
    for (const auto& node : nodes_) {
        if (!node->up) continue;
        for (const auto from : kSentAgain) plan_redrive(*node, from, 100);
        wake(node->holder.node, now_);
    }
}

}  // namespace luqiao::sim
