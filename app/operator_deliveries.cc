#include "app/operator_deliveries.h"

#include "app/json_word.h"
#include "base/json.h"
#include "broker/audit.h"

#include <fmt/format.h>

#include <utility>

namespace luqiao::app {
namespace {

using broker::Command;

/// The delivery as it is now.
Result<std::string> describe(broker::Store& store, const DeliveryId& id) {
    LQ_TRY(const auto now, store.find_delivery(id));
    if (!now) return fail(Errc::NotFound, "there is no such delivery");
    JsonWriter json;
    json.begin_object()
        .field("id", to_string(id))
        .field("case_number", now->case_number)
        .field("state", to_string(now->state))
        .end_object();
    return json.take();
}

Result<std::pair<DeliveryId, Command>> read_delivery_command(broker::Store& store,
                                                             Instant now,
                                                             std::string_view path,
                                                             std::string_view body) {
    const std::string_view place = path.substr(kDeliveries.size());
    const std::size_t slash = place.find('/');
    const std::string_view verb = slash == place.npos ? "" : place.substr(slash + 1);
    LQ_TRY(const auto id, parse_id<DeliveryId>(place.substr(0, slash)));
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object()) return fail(Errc::ParseFailed, "the body is no JSON object");
    const std::string actor = word_of(json, "actor");
    const std::string reason = word_of(json, "reason");
    if (actor.empty() || reason.empty()) {
        return fail(Errc::MissingRequired, "who decides it and why are needed");
    }
    LQ_TRY(const auto found, store.find_delivery(id));
    if (!found) return fail(Errc::NotFound, "there is no such delivery");
    Command out{.case_id = found->case_id, .event = broker::Confirmed{id, reason}};
    if (verb == "shelve") {
        out.event = broker::Shelved{id, reason};
    } else if (verb != "arrived") {
        return fail(Errc::NotFound, "there is no such path");
    }
    out.audit = broker::audit_done(now, actor, fmt::format("delivery.{}", verb),
                                   to_string(id) + " " + reason);
    return std::pair(id, std::move(out));
}

}  // namespace

void decide_delivery(broker::Store& store,
                     broker::Pipeline& pipeline,
                     std::string_view path,
                     std::string_view body,
                     const std::function<void(Result<std::string>)>& done) {
    auto command = read_delivery_command(store, pipeline.now(), path, body);
    if (!command) return done(command.error());
    const DeliveryId id = command->first;
    command->second.done = [&store, id, done](const Status& taken) {
        done(taken ? describe(store, id) : Result<std::string>(taken.error()));
    };
    if (!pipeline.command(std::move(command->second))) {
        done(fail(Errc::Overloaded, "too much waits already"));
    }
}

}  // namespace luqiao::app
