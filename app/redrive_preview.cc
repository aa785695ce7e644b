#include "app/redrive_preview.h"

#include "app/shown_fields.h"
#include "base/json.h"
#include "broker/reencode.h"
#include "security/digest.h"

#include <chrono>
#include <future>
#include <memory>

namespace luqiao::app {
namespace {

constexpr std::size_t kShownMost = 20;
constexpr std::chrono::seconds kAskedFor{3};

using Saying = std::future<Result<broker::Holding>>;

/// Asks the party; nothing: it cannot be asked.
std::optional<Saying> ask(broker::Pipeline& pipeline, const broker::StoredDelivery& one) {
    broker::Outlet* outlet = pipeline.outlet(one.party);
    if (outlet == nullptr || !outlet->can_be_asked() || one.body.empty()) return std::nullopt;
    auto said = std::make_shared<std::promise<Result<broker::Holding>>>();
    Saying saying = said->get_future();
    outlet->ask({.id = to_string(one.id),
                 .format = one.map,
                 .body = one.body,
                 .case_number = one.case_number,
                 .attempt = one.attempts,
                 .bundle = one.bundle},
                [said](Result<broker::Holding> answer) { said->set_value(std::move(answer)); });
    return saying;
}

std::string_view at_target(std::optional<Saying>& saying,
                           std::chrono::steady_clock::time_point until) {
    if (!saying || saying->wait_until(until) != std::future_status::ready) return "unknown";
    const auto said = saying->get();
    if (!said) return "unknown";
    return *said == broker::Holding::Held ? "yes" : "no";
}

void write_bytes(JsonWriter& json, const std::string& bundle, const std::string& body) {
    json.field("bytes", std::uint64_t{body.size()})
        .field("sm3", security::sm3_hex(body))
        .field("bundle", bundle);
}

/// The fields of `body` by the rules of `realm`; none when they do not know the map any more.
ShownMessage read(const broker::Realm& realm, const std::string& map, const std::string& body) {
    const mapping::Program* program = realm.bundle->find(map);
    return program == nullptr || body.empty() ? ShownMessage{} : shown_fields(*program, body);
}

/// What the rules in force would make of it. What it was is read by the rules that made it, as long
/// as this node knows them.
Status write_rewritten(JsonWriter& json,
                       const broker::Pipeline& pipeline,
                       broker::Store& store,
                       const broker::StoredDelivery& one) {
    const auto in_force = pipeline.realm();
    const broker::Realm& realm = *in_force;
    LQ_TRY(const auto stored, store.find_case(one.case_id));
    const broker::Delivery* delivery = stored ? stored->state.find(one.id) : nullptr;
    if (delivery == nullptr) return fail(Errc::Corruption, "a case lacks its delivery");
    LQ_TRY(const auto messages, store.messages(one.case_id));
    std::vector<mapping::Issue> issues;
    const auto body = broker::reencode(realm, *stored, *delivery, messages, issues);
    json.key("rewritten").begin_object();
    if (!body) {
        json.field("code", info(body.error().code).id).key("findings").begin_array();
        for (const mapping::Issue& issue : issues) json.raw(mapping::to_json(issue));
        json.end_array().end_object();
        return {};
    }
    write_bytes(json, realm.bundle->hash(), *body);
    json.key("differences");
    write_differences(json, read(*pipeline.realm_of(one.bundle), one.map, one.body),
                      read(realm, one.map, *body));
    json.end_object();
    return {};
}

void write_delivery(JsonWriter& json, const broker::StoredDelivery& one, std::string_view target) {
    json.field("id", to_string(one.id))
        .field("case_number", one.case_number)
        .field("party", one.party)
        .field("map", one.map)
        .field("state", to_string(one.state))
        .field("cause", one.cause)
        .field("attempts", one.attempts)
        .field("at_target", target);
    write_bytes(json, one.bundle, one.body);
}

/// The first of the selection, with their bodies.
Result<std::vector<broker::StoredDelivery>> first_of(broker::Store& store,
                                                     const Selection& selection) {
    std::vector<broker::StoredDelivery> out;
    Cursor cursor;
    for (;;) {
        LQ_TRY(const Page page, look(store, selection, cursor));
        for (const broker::StoredDelivery& one : page.deliveries) {
            LQ_TRY(auto whole, store.find_delivery(one.id));
            if (whole) out.push_back(*std::move(whole));
            if (out.size() == kShownMost) return out;
            take(cursor, one);
        }
        if (page.is_last) return out;
        finish(cursor, page);
    }
}

}  // namespace

Result<std::string> preview(const RedrivePlan& plan,
                            broker::Store& store,
                            broker::Pipeline& pipeline) {
    LQ_TRY(const auto deliveries, first_of(store, plan.selection));
    std::vector<std::optional<Saying>> sayings;
    for (const broker::StoredDelivery& one : deliveries) sayings.push_back(ask(pipeline, one));
    const auto until = std::chrono::steady_clock::now() + kAskedFor;
    JsonWriter json;
    json.begin_object();
    write_plan(json, plan);
    json.field("shown", std::uint64_t{deliveries.size()});
    json.key("deliveries").begin_array();
    for (std::size_t place = 0; place < deliveries.size(); ++place) {
        json.begin_object();
        write_delivery(json, deliveries[place], at_target(sayings[place], until));
        if (plan.rewrite) {
            LQ_CHECK(write_rewritten(json, pipeline, store, deliveries[place]));
        }
        json.end_object();
    }
    json.end_array().end_object();
    return json.take();
}

}  // namespace luqiao::app
