// What an operator asks of failures and of plans to send them again.
#include "app/operator_redrives.h"

#include "app/json_word.h"
#include "app/runtime.h"
#include "base/json.h"

#include <nlohmann/json.hpp>

namespace luqiao::app {
namespace {

constexpr std::string_view kPlans = "/operator/v1/redrives";

Result<std::string> as_text(Result<RedrivePlan> plan) {
    if (!plan) return plan.error();
    return to_json(*plan);
}

}  // namespace

std::string list_plans(const Redriver& redriver) {
    JsonWriter json;
    json.begin_object().key("plans").begin_array();
    for (const RedrivePlan& plan : redriver.plans()) json.raw(to_json(plan));
    json.end_array().end_object();
    return json.take();
}

Result<std::string> change_plans(Redriver& redriver, std::string_view path, std::string_view body) {
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object()) return fail(Errc::ParseFailed, "the body is no JSON object");
    const auto word = [&](const char* name) { return word_of(json, name); };
    const Signature by{word("actor"), word("reason")};
    const Instant now = system_now();
    if (path == kPlans) {
        RedriveOrder order{.group = word("group"),
                           .delivery = word("delivery"),
                           .actor = by.actor,
                           .reason = by.reason};
        if (json.contains("rate")) order.rate = word("rate");
        const auto share = json.find("pause_over");
        if (share != json.end()) {
            if (!share->is_number_unsigned() || share->get<std::uint64_t>() > 100) {
                return fail(Errc::InvalidArgument, "pause_over is 0 to 100 per cent");
            }
            order.pause_over = share->get<std::uint32_t>();
        }
        return as_text(redriver.plan(order, now));
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
