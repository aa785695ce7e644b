// Plans and groups of failures as documents.
#include "app/json_word.h"
#include "app/redrive.h"
#include "base/text_json.h"
#include "security/digest.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace luqiao::app {
namespace {

using broker::DeliveryState;
using broker::FailureGroup;

constexpr std::size_t kSamples = 3;
constexpr std::array kStates{PlanState::Planned, PlanState::Running, PlanState::Paused,
                             PlanState::Done, PlanState::Cancelled};

/// Terms are hashes of 64 bits: as text, since a JSON number holds 53.
void write_cases(JsonWriter& json, const broker::CaseQuery& query) {
    json.key("cases").begin_object().key("terms").begin_array();
    for (const std::uint64_t term : query.terms) json.value(std::to_string(term));
    json.end_array();
    if (query.from) json.field("since", to_rfc3339(*query.from));
    if (query.until) json.field("until", to_rfc3339(*query.until));
    json.end_object();
}

Result<broker::CaseQuery> read_cases(const nlohmann::json& json) {
    const auto broken = [] { return fail(Errc::Corruption, "a kept plan has no terms"); };
    if (!json.is_object() || !json.contains("terms")) return broken();
    broker::CaseQuery out;
    for (const auto& term : json.at("terms")) {
        const std::string text = term.is_string() ? term.get<std::string>() : std::string();
        std::uint64_t number = 0;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (failure != std::errc{} || end != text.data() + text.size()) return broken();
        out.terms.push_back(number);
    }
    if (const std::string since = word_of(json, "since"); !since.empty()) {
        LQ_TRY(out.from, parse_rfc3339(since));
    }
    if (const std::string until = word_of(json, "until"); !until.empty()) {
        LQ_TRY(out.until, parse_rfc3339(until));
    }
    return out;
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

std::string fingerprint(DeliveryState state, const FailureGroup& group) {
    const std::string kind =
        state == DeliveryState::Dead ? std::string() : fmt::format("{}\n", to_string(state));
    return security::sm3_hex(kind + group.party + "\n" + group.map + "\n" + group.cause)
        .substr(0, 12);
}

std::string plan_id(std::string_view node, std::size_t number) {
    return fmt::format("r{}-{}", number, security::sm3_hex(node).substr(0, 6));
}

std::size_t plan_number(std::string_view id) {
    std::size_t out = 0;
    if (!id.starts_with('r')) return 0;
    const auto [end, failure] = std::from_chars(id.data() + 1, id.data() + id.size(), out);
    return failure == std::errc{} ? out : 0;
}

bool is_over(const RedrivePlan& plan) {
    return plan.state == PlanState::Done || plan.state == PlanState::Cancelled;
}

bool ended_before(const RedrivePlan& plan, Instant before) {
    return is_over(plan) && plan.ended_at.value_or(plan.made_at) < before;
}

Text cause_text(std::string_view cause) {
    const std::string_view id = cause.substr(0, cause.find(' '));
    for (const ErrorInfo& one : error_catalogue()) {
        if (one.id == id) return {std::string(one.title_zh), std::string(one.title_en)};
    }
    return {std::string(cause), std::string(cause)};
}

Result<std::string> describe_failures(broker::Store& store, std::span<const DeliveryState> states) {
    std::vector<std::pair<DeliveryState, FailureGroup>> groups;
    for (const DeliveryState state : states) {
        LQ_TRY(auto some, store.failure_groups(state));
        for (FailureGroup& group : some) groups.emplace_back(state, std::move(group));
    }
    std::stable_sort(groups.begin(), groups.end(),
                     [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
    JsonWriter json;
    json.begin_object().key("groups").begin_array();
    for (const auto& [state, group] : groups) {
        const Text text = cause_text(group.cause);
        json.begin_object()
            .field("group", fingerprint(state, group))
            .field("state", to_string(state))
            .field("party", group.party)
            .field("map", group.map)
            .field("cause", group.cause)
            .field("count", group.count)
            .field("oldest", to_rfc3339(group.oldest))
            .field("newest", to_rfc3339(group.newest));
        write_text(json, "text", text);
        LQ_TRY(const auto samples, store.failures({.state = state,
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

void write_plan(JsonWriter& json, const RedrivePlan& plan) {
    json.field("id", plan.id)
        .field("node", plan.node)
        .field("state", to_string(plan.state))
        .field("group", plan.group)
        .field("party", plan.selection.party)
        .field("map", plan.selection.map)
        .field("cause", plan.selection.cause)
        .field("from", to_string(plan.selection.from))
        .field("delivery", plan.selection.delivery)
        .field("service", plan.selection.service)
        .field("case_number", plan.selection.case_number)
        .field("bundle", plan.rewrite ? "current" : "pinned")
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
        .field("skip_present", plan.skip_present)
        .field("present", plan.present)
        .field("note", plan.note);
    if (plan.ended_at) json.field("ended_at", to_rfc3339(*plan.ended_at));
    if (plan.selection.cases) write_cases(json, *plan.selection.cases);
}

std::string to_json(const RedrivePlan& plan) {
    JsonWriter json;
    json.begin_object();
    write_plan(json, plan);
    json.end_object();
    return json.take();
}

Result<RedrivePlan> plan_from_json(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object()) return fail(Errc::Corruption, "a kept plan cannot be read");
    const auto word = [&](const char* name) { return word_of(json, name); };
    const auto number = [&](const char* name) {
        const auto found = json.find(name);
        return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
    };
    RedrivePlan plan;
    plan.id = word("id");
    plan.node = word("node");
    const auto state = std::find_if(kStates.begin(), kStates.end(),
                                    [&](PlanState one) { return to_string(one) == word("state"); });
    const auto made_at = parse_rfc3339(word("made_at"));
    if (state == kStates.end() || !made_at) {
        return fail(Errc::Corruption, "a kept plan has no state or time");
    }
    plan.state = *state;
    // Plans of before knew dead letters alone.
    plan.selection.from = broker::parse_delivery_state(word("from")).value_or(DeliveryState::Dead);
    plan.selection.before = *made_at;
    plan.rewrite = word("bundle") == "current";
    if (json.contains("cases")) {
        LQ_TRY(plan.selection.cases, read_cases(json.at("cases")));
    }
    plan.made_at = *made_at;
    if (const std::string ended = word("ended_at"); !ended.empty()) {
        LQ_TRY(plan.ended_at, parse_rfc3339(ended));
    }
    plan.group = word("group");
    plan.selection.party = word("party");
    plan.selection.map = word("map");
    plan.selection.cause = word("cause");
    plan.selection.delivery = word("delivery");
    plan.selection.service = word("service");
    plan.selection.case_number = word("case_number");
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
    plan.present = number("present");
    plan.skip_present = is_set(json, "skip_present");
    return plan;
}

}  // namespace luqiao::app
