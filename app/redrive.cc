#include "app/redrive.h"

#include "base/json.h"
#include "security/digest.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace luqiao::app {
namespace {

using broker::DeliveryState;
using broker::FailureGroup;

constexpr std::string_view kPrefix = "redrive/";
constexpr std::size_t kSamples = 3;
constexpr std::size_t kStepMost = 200;     ///< deliveries in one step
constexpr std::uint64_t kJudgedLeast = 5;  ///< outcomes before a plan pauses by itself
constexpr Duration kStepEvery{200};
constexpr std::array kStates{PlanState::Planned, PlanState::Running, PlanState::Paused,
                             PlanState::Done, PlanState::Cancelled};

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

Result<RedrivePlan> plan_from_json(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object()) return fail(Errc::Corruption, "a kept plan cannot be read");
    const auto word = [&](const char* name) {
        const auto found = json.find(name);
        return found != json.end() && found->is_string() ? found->get<std::string>() : "";
    };
    const auto number = [&](const char* name) {
        const auto found = json.find(name);
        return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
    };
    RedrivePlan plan;
    plan.id = word("id");
    const auto state = std::find_if(kStates.begin(), kStates.end(),
                                    [&](PlanState one) { return to_string(one) == word("state"); });
    const auto made_at = parse_rfc3339(word("made_at"));
    if (state == kStates.end() || !made_at) {
        return fail(Errc::Corruption, "a kept plan has no state or time");
    }
    plan.state = *state;
    plan.made_at = *made_at;
    plan.group = word("group");
    plan.party = word("party");
    plan.map = word("map");
    plan.cause = word("cause");
    plan.rate = word("rate");
    plan.actor = word("actor");
    plan.reason = word("reason");
    plan.note = word("note");
    plan.total = number("total");
    plan.pause_over = static_cast<std::uint32_t>(number("pause_over"));
    plan.sent = number("sent");
    plan.arrived = number("arrived");
    plan.failed = number("failed");
    plan.refused = number("refused");
    return plan;
}

}  // namespace

std::string_view to_string(PlanState state) {
    switch (state) {
        case PlanState::Planned: return "planned";
        case PlanState::Running: return "running";
        case PlanState::Paused: return "paused";
        case PlanState::Done: return "done";
        case PlanState::Cancelled: return "cancelled";
    }
    return "";
}

std::string fingerprint(const FailureGroup& group) {
    return security::sm3_hex(group.party + "\n" + group.map + "\n" + group.cause).substr(0, 12);
}

Text cause_text(std::string_view cause) {
    const std::string_view id = cause.substr(0, cause.find(' '));
    for (const ErrorInfo& one : error_catalogue()) {
        if (one.id == id) return {std::string(one.title_zh), std::string(one.title_en)};
    }
    return {std::string(cause), std::string(cause)};
}

Result<std::string> describe_failures(broker::Store& store) {
    LQ_TRY(auto groups, store.failure_groups(DeliveryState::Dead));
    std::stable_sort(
        groups.begin(), groups.end(),
        [](const FailureGroup& a, const FailureGroup& b) { return a.count > b.count; });
    JsonWriter json;
    json.begin_object().key("groups").begin_array();
    for (const FailureGroup& group : groups) {
        const Text text = cause_text(group.cause);
        json.begin_object()
            .field("group", fingerprint(group))
            .field("party", group.party)
            .field("map", group.map)
            .field("cause", group.cause)
            .field("count", group.count)
            .field("oldest", to_rfc3339(group.oldest))
            .field("newest", to_rfc3339(group.newest));
        json.key("text").begin_object().field("zh", text.zh).field("en", text.en).end_object();
        LQ_TRY(const auto samples, store.failures({.state = DeliveryState::Dead,
                                                   .party = group.party,
                                                   .map = group.map,
                                                   .cause = group.cause,
                                                   .after = std::nullopt,
                                                   .limit = kSamples}));
        json.key("samples").begin_array();
        for (const broker::StoredDelivery& one : samples) {
            json.begin_object()
                .field("delivery", to_string(one.id))
                .field("case_number", one.case_number)
                .end_object();
        }
        json.end_array().end_object();
    }
    json.end_array().end_object();
    return json.take();
}

std::string to_json(const RedrivePlan& plan) {
    JsonWriter json;
    json.begin_object()
        .field("id", plan.id)
        .field("state", to_string(plan.state))
        .field("group", plan.group)
        .field("party", plan.party)
        .field("map", plan.map)
        .field("cause", plan.cause)
        .field("made_at", to_rfc3339(plan.made_at))
        .field("total", plan.total)
        .field("rate", plan.rate)
        .field("pause_over", plan.pause_over)
        .field("actor", plan.actor)
        .field("reason", plan.reason)
        .field("sent", plan.sent)
        .field("arrived", plan.arrived)
        .field("failed", plan.failed)
        .field("refused", plan.refused)
        .field("note", plan.note)
        .end_object();
    return json.take();
}

Status Redriver::open() {
    LQ_TRY(const auto documents, store_.kept(std::string(kPrefix)));
    const std::lock_guard lock(mutex_);
    for (const auto& [name, text] : documents) {
        LQ_TRY(auto plan, plan_from_json(text));
        runs_[plan.id].plan = std::move(plan);
    }
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
    LQ_TRY(const auto groups, store_.failure_groups(DeliveryState::Dead));
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const FailureGroup& one) {
        return fingerprint(one) == order.group;
    });
    if (group == groups.end()) return fail(Errc::NotFound, "there is no such group of failures");
    RedrivePlan plan;
    plan.group = order.group;
    plan.party = group->party;
    plan.map = group->map;
    plan.cause = group->cause;
    plan.made_at = now;
    plan.total = group->count;
    plan.rate = order.rate;
    plan.pause_over = order.pause_over;
    plan.actor = order.actor;
    plan.reason = order.reason;
    const std::lock_guard lock(mutex_);
    plan.id = fmt::format("r{}", runs_.size() + 1);
    LQ_CHECK(keep(plan, {order.actor, order.reason}, "redrive.plan", now));
    runs_[plan.id].plan = plan;
    return plan;
}

Result<RedrivePlan> Redriver::move(const std::string& id,
                                   PlanState to,
                                   const Signature& by,
                                   Instant now) {
    if (by.actor.empty() || by.reason.empty()) {
        return fail(Errc::MissingRequired, "who does it and why are needed");
    }
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(id);
    if (found == runs_.end()) return fail(Errc::NotFound, "there is no such plan");
    RedrivePlan next = found->second.plan;
    if (!may_move(next.state, to)) {
        return fail(Errc::Conflict, "the plan is {}", to_string(next.state));
    }
    next.state = to;
    next.note = by.reason;
    // What failed before somebody looked into it and went on does not count against what follows.
    const bool again = to == PlanState::Running && next.failed > 0;
    if (again) next.sent -= next.failed, next.failed = 0;
    LQ_CHECK(keep(next, by, fmt::format("redrive.{}", to_string(to)), now));
    found->second.plan = next;
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

std::vector<RedrivePlan> Redriver::plans() const {
    const std::lock_guard lock(mutex_);
    std::vector<RedrivePlan> out;
    for (const auto& [id, run] : runs_) out.push_back(run.plan);
    return out;
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
    return store_.keep(std::string(kPrefix) + plan.id, to_json(plan), std::span(&entry, 1));
}

Result<std::optional<Instant>> Redriver::step(Instant now) {
    const std::lock_guard lock(mutex_);
    std::optional<Instant> next;
    for (auto& [id, run] : runs_) {
        if (run.plan.state != PlanState::Running) continue;
        LQ_CHECK(advance(run, now));
        if (run.plan.state == PlanState::Running) next = now + kStepEvery;
    }
    return next;
}

Status Redriver::advance(Run& run, Instant now) {
    const std::string before = to_json(run.plan);
    LQ_CHECK(judge(run));
    RedrivePlan& plan = run.plan;
    const std::uint64_t judged = plan.arrived + plan.failed;
    const std::uint64_t least = std::min(kJudgedLeast, plan.total);
    if (judged >= least && plan.failed * 100 > judged * plan.pause_over) {
        plan.state = PlanState::Paused;
        plan.note = fmt::format("{}/{} 再次失败 | failed again", plan.failed, judged);
        return keep(plan, {"luqiao", plan.note}, "redrive.paused", now);
    }
    LQ_TRY(const bool more, send(run, now));
    if (!more && run.waiting.empty()) {
        plan.state = PlanState::Done;
        plan.note = {};
        return keep(plan, {plan.actor, plan.reason}, "redrive.done", now);
    }
    if (to_json(plan) == before) return {};
    return store_.keep(std::string(kPrefix) + plan.id, to_json(plan), {});
}

Status Redriver::judge(Run& run) {
    for (auto one = run.waiting.begin(); one != run.waiting.end();) {
        LQ_TRY(const auto found, store_.find_delivery(*one));
        const DeliveryState state = found ? found->state : DeliveryState::Shelved;
        const bool arrived = state == DeliveryState::Delivered || state == DeliveryState::Answered;
        const bool dead = state == DeliveryState::Dead;
        // Dead since before the plan: the core refused to send it again, or has not looked yet.
        const bool untouched = dead && found->due_at < run.plan.made_at;
        if (untouched && pipeline_.waiting() > 0) {
            ++one;
            continue;
        }
        const bool failed = (dead && !untouched) || state == DeliveryState::Waiting;
        if (arrived) ++run.plan.arrived;
        if (failed) ++run.plan.failed;
        if (untouched || state == DeliveryState::Shelved) ++run.plan.refused, --run.plan.sent;
        const bool settled = arrived || failed || untouched || state == DeliveryState::Shelved;
        one = settled ? run.waiting.erase(one) : std::next(one);
    }
    return {};
}

/// @return whether something is left to be sent
Result<bool> Redriver::send(Run& run, Instant now) {
    RedrivePlan& plan = run.plan;
    const broker::FlowPolicy policy = pace(plan);
    std::size_t may = broker::decide(run.flow, policy, 0, Calendar{}, now).may;
    std::size_t sent = 0;
    broker::FailureQuery query{.state = DeliveryState::Dead,
                               .party = plan.party,
                               .map = plan.map,
                               .cause = plan.cause,
                               .after = std::nullopt,
                               .limit = kStepMost};
    bool more = false;
    for (;;) {
        LQ_TRY(const auto page, store_.failures(query));
        for (const broker::StoredDelivery& one : page) {
            if (one.due_at >= plan.made_at) continue;
            if (run.asked.contains(one.id)) continue;
            more = true;
            if (sent == may ||
                !pipeline_.redrive(one.case_id, one.id, plan.id + " " + plan.reason)) {
                may = sent;
                break;
            }
            run.asked.insert(one.id);
            run.waiting.insert(one.id);
            ++sent;
        }
        if (page.size() < query.limit || sent == may) break;
        query.after = {page.back().due_at, page.back().id};
    }
    plan.sent += sent;
    run.flow = broker::after_lease(run.flow, policy, sent, now);
    return more || sent > 0;
}

}  // namespace luqiao::app
