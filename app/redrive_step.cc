// A running plan, step by step: what was handed over is judged, and what may go next is handed
// over.
//
// What is handed over cannot be called back, so little is while nobody knows how the party takes
// it: kRedriveOpenLeast at first, one more for each that arrives, half as many after one that
// fails, and never more than a few times what the party takes at once.
#include "app/redrive.h"
#include "app/redrive_ask.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::app {
namespace {

using broker::DeliveryState;

constexpr std::size_t kStepMost = 200;     ///< deliveries handed over, and looked at, in one step
constexpr std::uint64_t kJudgedLeast = 5;  ///< outcomes before a plan pauses by itself
constexpr std::size_t kOpenTimes = 8;      ///< of the party's concurrency
constexpr std::size_t kSkippedMost = 20;   ///< that were looked at and are not left, in one step
constexpr Duration kStepEvery{100};
constexpr Duration kStepMostly{1'000};  ///< of a plan that waits for its party, perhaps for days

/// Most that may be open at once.
std::size_t open_most(const RedrivePlan& plan, const broker::Realm& realm) {
    const broker::Party* party = realm.party(plan.selection.party);
    const auto concurrency =
        party == nullptr ? broker::FlowPolicy{}.concurrency : party->flow.concurrency;
    return std::clamp(concurrency * kOpenTimes, kRedriveOpenLeast, kStepMost);
}

}  // namespace

Result<std::optional<Instant>> Redriver::step(Instant now) {
    LQ_CHECK(look_for_orders(now));
    std::vector<RedrivePlan> running;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, plan] : plans_) {
            if (is_over(plan)) progress_.erase(id);
            if (plan.state == PlanState::Running) running.push_back(plan);
        }
    }
    std::optional<Instant> next;
    for (const RedrivePlan& plan : running) {
        Progress& progress = progress_[plan.id];
        LQ_TRY(const bool moved, advance(plan, progress, now));
        progress.pause =
            moved ? kStepEvery : std::clamp(progress.pause * 2, kStepEvery, kStepMostly);
        next = std::min(next.value_or(now + progress.pause), now + progress.pause);
    }
    return next;
}

Result<bool> Redriver::advance(const RedrivePlan& before, Progress& progress, Instant now) {
    RedrivePlan plan = before;
    LQ_CHECK(judge(plan, progress));
    const std::size_t asked = progress.asked.size();
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
        take_sayings(plan, progress, now);
        LQ_TRY(const bool more, send(plan, progress, now));
        if (!more && progress.sent.empty()) {
            plan.state = PlanState::Done;
            plan.ended_at = now;
            plan.note = {};
            action = "redrive.done";
        }
    }
    if (to_json(plan) == to_json(before)) return progress.asked.size() != asked;
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
    return true;
}

/// In turn, a step's worth at once: what waits behind others of its line may be many.
Status Redriver::judge(RedrivePlan& plan, Progress& progress) {
    for (const auto& [id, taken] : progress.answers->take()) {
        const auto found = progress.sent.find(id);
        if (found == progress.sent.end()) continue;
        const bool is_confirmation = found->second == Stage::Confirming;
        found->second = is_confirmation ? Stage::Unconfirmed : taken ? Stage::Open : Stage::Refused;
        if (!is_confirmation || !taken) continue;
        ++plan.present;
        progress.sent.erase(found);
    }
    std::vector<DeliveryId> looked_at;
    const auto look_from = [&](auto one) {
        for (; one != progress.sent.end() && looked_at.size() < kStepMost; ++one) {
            const bool is_answered = one->second != Stage::HandedOver &&
                                     one->second != Stage::Asked &&
                                     one->second != Stage::Confirming;
            if (is_answered) looked_at.push_back(one->first);
        }
    };
    look_from(progress.judged ? progress.sent.upper_bound(*progress.judged)
                              : progress.sent.begin());
    const bool is_through = looked_at.size() < kStepMost;  // the next step begins anew
    progress.judged = is_through ? std::nullopt : std::optional<DeliveryId>(looked_at.back());
    if (looked_at.empty()) return {};
    const std::size_t most = open_most(plan, *pipeline_.realm());
    LQ_TRY(const auto states, store_.delivery_states(looked_at));
    for (const DeliveryId& id : looked_at) {
        const auto found = states.find(id);
        const DeliveryState state = found == states.end() ? DeliveryState::Shelved : found->second;
        if (progress.sent[id] == Stage::Unconfirmed) {
            ++(broker::has_arrived(state) ? plan.present : plan.refused);
            progress.sent.erase(id);
            continue;
        }
        // A command whose commit was not known to have happened is refused when it is taken again.
        if (progress.sent[id] == Stage::Refused && state == plan.selection.from) {
            ++plan.refused, --plan.sent;
            progress.sent.erase(id);
            continue;
        }
        switch (state) {
            case DeliveryState::Queued: progress.sent[id] = Stage::Queued; continue;
            case DeliveryState::Pending:
            case DeliveryState::Leased: progress.sent[id] = Stage::Open; continue;
            case DeliveryState::Delivered:
            case DeliveryState::Answered:
                ++plan.arrived;
                progress.window = std::min(progress.window + 1, most);
                break;
            case DeliveryState::Waiting:
            case DeliveryState::Unknown:
            case DeliveryState::Dead:
                ++plan.failed;
                progress.window = std::max(progress.window / 2, kRedriveOpenLeast);
                break;
            case DeliveryState::Shelved: ++plan.refused, --plan.sent; break;
        }
        progress.sent.erase(id);
    }
    return {};
}

/// What waits behind others of its line is no burden to the party, and may stay for long.
std::size_t Redriver::open(const Progress& progress) {
    return static_cast<std::size_t>(
        std::count_if(progress.sent.begin(), progress.sent.end(),
                      [](const auto& one) { return one.second != Stage::Queued; }));
}

bool Redriver::hand_over(const Progress& progress,
                         const DeliveryId& id,
                         broker::Command&& command) {
    command.done = [answers = progress.answers, id](const Status& taken) {
        answers->put(id, taken.has_value());
    };
    return pipeline_.command(std::move(command));
}

/// What is left, oldest first.
/// @return whether something is left to be sent
Result<bool> Redriver::send(RedrivePlan& plan, Progress& progress, Instant now) {
    if (progress.is_all_sent) return false;
    // Plans share no places with ordinary deliveries.
    const broker::FlowPolicy policy{.concurrency = progress.window,
                                    .breaker = {},
                                    .quiet = {},
                                    .rate = broker::parse_rate(plan.rate)};
    const std::size_t may =
        broker::decide(progress.flow, policy, open(progress), Calendar{}, now).may;
    if (may == 0) return true;
    LQ_TRY(const Page page, look(store_, plan.selection, progress.cursor));
    std::size_t begun = 0;  ///< handed over, or asked about
    std::size_t seen = 0;
    for (const broker::StoredDelivery& one : page.deliveries) {
        if (begun == may || seen == begun + kSkippedMost) break;
        if (plan.skip_present && progress.asked.size() >= AskLimits{}.at_once) break;
        LQ_TRY(const bool left, is_left(store_, plan.selection, one));
        if (!left) {
            take(progress.cursor, one);
            ++seen;
            continue;
        }
        Stage stage = Stage::HandedOver;
        if (plan.skip_present) {
            LQ_TRY(stage, ask(progress, one));
        }
        if (stage == Stage::HandedOver) {
            if (!hand_over(progress, one.id, redriven(plan, one.case_id, one.id))) break;
            ++plan.sent;
        }
        take(progress.cursor, one);
        progress.sent.emplace(one.id, stage);
        ++begun, ++seen;
    }
    const bool all = seen == page.deliveries.size();
    if (all) finish(progress.cursor, page);
    progress.flow = broker::after_lease(progress.flow, policy, begun, now);
    progress.is_all_sent = all && page.is_last;  // nothing becomes older than the plan
    return !progress.is_all_sent;
}

}  // namespace luqiao::app
