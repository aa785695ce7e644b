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

/// Behind kDeliveries: "{id}/{verb}".
Result<DeliveryId> delivery_of(std::string_view path) {
    path.remove_prefix(kDeliveries.size());
    return parse_id<DeliveryId>(path.substr(0, path.find('/')));
}
std::string_view verb_of(std::string_view path) {
    path.remove_prefix(kDeliveries.size());
    const std::size_t slash = path.find('/');
    return slash == path.npos ? "" : path.substr(slash + 1);
}

Result<Command> read_delivery_command(broker::Store& store,
                                      Instant now,
                                      std::string_view path,
                                      std::string_view body) {
    const std::string_view verb = verb_of(path);
    LQ_TRY(const auto id, delivery_of(path));
    LQ_TRY(const auto order, read_order(body, {}));
    LQ_TRY(const auto found, store.find_delivery(id));
    if (!found) return fail(Errc::NotFound, "there is no such delivery");
    Command out{.case_id = found->case_id,
                .event = broker::Confirmed{id, word_of(order, "reason")}};
    if (verb == "shelve") {
        out.event = broker::Shelved{id, word_of(order, "reason")};
    } else if (verb != "arrived") {
        return no_such_path();
    }
    out.audit = broker::audit_done(now, word_of(order, "actor"), fmt::format("delivery.{}", verb),
                                   to_string(id) + " " + word_of(order, "reason"));
    return out;
}

}  // namespace

void decide_delivery(broker::Store& store,
                     broker::Pipeline& pipeline,
                     std::string_view path,
                     std::string_view body,
                     const OrderDone& done) {
    give_order(
        pipeline, read_delivery_command(store, pipeline.now(), path, body),
        [&store, id = delivery_of(path)](const CaseId&) { return describe(store, *id); }, done);
}

}  // namespace luqiao::app
