// What an operator asks of failures and of plans to send them again.
#include "app/operator_redrives.h"

#include "app/json_word.h"
#include "app/operator_messages.h"
#include "base/json.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace luqiao::app {
namespace {

constexpr std::string_view kPlans = "/operator/v1/redrives";

Result<std::string> as_text(Result<RedrivePlan> plan) {
    if (!plan) return plan.error();
    return to_json(*plan);
}

Result<broker::DeliveryState> read_state(std::string_view word) {
    const auto state = broker::parse_delivery_state(word);
    if (!state || std::find(kRedrivable.begin(), kRedrivable.end(), *state) == kRedrivable.end()) {
        return fail(Errc::InvalidArgument, "a state is dead, unknown, waiting or shelved");
    }
    return *state;
}

/// Which deliveries, and by which rules.
Result<RedriveOrder> read_selection(const nlohmann::json& json) {
    RedriveOrder order{.group = word_of(json, "group"), .service = word_of(json, "service")};
    order.delivery = word_of(json, "delivery");
    if (json.contains("query")) {
        LQ_TRY(order.query, read_question(json.at("query")));
    }
    const std::string from = word_of(json, "from");
    LQ_TRY(order.from, read_state(from.empty() ? "dead" : from));
    const std::string bundle = word_of(json, "bundle");
    if (!bundle.empty() && bundle != "pinned" && bundle != "current") {
        return fail(Errc::InvalidArgument, "bundle is pinned or current");
    }
    order.rewrite = bundle == "current";
    const auto skip = json.find("skip_present");
    if (skip != json.end() && !skip->is_boolean()) {
        return fail(Errc::InvalidArgument, "skip_present is true or false");
    }
    order.skip_present = is_set(json, "skip_present");
    return order;
}

}  // namespace

Result<std::string> list_failures(broker::Store& store, std::string_view path) {
    path.remove_prefix(std::min(path.size(), kFailures.size() + 1));
    if (path.empty()) return describe_failures(store);
    LQ_TRY(const broker::DeliveryState state, read_state(path));
    return describe_failures(store, std::span(&state, 1));
}

Result<std::string> list_plans(const Redriver& redriver) {
    LQ_TRY(const auto plans, redriver.all_plans());
    JsonWriter json;
    json.begin_object().key("plans").begin_array();
    for (const RedrivePlan& plan : plans) json.raw(to_json(plan));
    json.end_array().end_object();
    return json.take();
}

Result<std::string> change_plans(Redriver& redriver, std::string_view path, std::string_view body) {
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object()) return fail(Errc::ParseFailed, "the body is no JSON object");
    const auto word = [&](const char* name) { return word_of(json, name); };
    const Signature by{word("actor"), word("reason")};
    const Instant now = redriver.now();
    if (path == kPlans) {
        LQ_TRY(RedriveOrder order, read_selection(json));
        order.actor = by.actor;
        order.reason = by.reason;
        if (json.contains("rate")) order.rate = word("rate");
        const auto share = json.find("pause_over");
        if (share != json.end()) {
            if (!share->is_number_unsigned() || share->get<std::uint64_t>() > 100) {
                return fail(Errc::InvalidArgument, "pause_over is 0 to 100 per cent");
            }
            order.pause_over = share->get<std::uint32_t>();
        }
        LQ_TRY(const RedrivePlan made, redriver.plan(order, now));
        return redriver.preview(made.id);
    }
    path.remove_prefix(kPlans.size() + 1);
    const std::size_t slash = path.find('/');
    const std::string id(path.substr(0, slash));
    const std::string_view verb = slash == path.npos ? std::string_view{} : path.substr(slash + 1);
    if (verb == "run") return as_text(redriver.run(id, by, now));
    if (verb == "pause") return as_text(redriver.pause(id, by, now));
    if (verb == "cancel") return as_text(redriver.cancel(id, by, now));
    return fail(Errc::NotFound, "there is no such path");
}

}  // namespace luqiao::app
