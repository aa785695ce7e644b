#include "app/redrive_preview.h"

#include "app/redrive_ask.h"
#include "app/shown_fields.h"
#include "base/json.h"
#include "broker/reencode.h"
#include "security/digest.h"

#include <algorithm>
#include <utility>

namespace luqiao::app {
namespace {

constexpr std::size_t kShownMost = 20;
constexpr std::size_t kAskedMost = 200;

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

/// The first of the selection.
struct First {
    std::vector<broker::StoredDelivery> deliveries;
    bool is_all = false;  ///< there are no more
};

Result<First> first_of(broker::Store& store, const Selection& selection) {
    First out;
    Cursor cursor;
    for (;;) {
        LQ_TRY(Page page, look(store, selection, cursor));
        for (broker::StoredDelivery& one : page.deliveries) {
            if (out.deliveries.size() == kAskedMost) return out;
            take(cursor, one);
            one.body.clear();  // read again when it is asked about
            out.deliveries.push_back(std::move(one));
        }
        if (page.is_last) {
            out.is_all = true;
            return out;
        }
        finish(cursor, page);
    }
}

/// How many of what is left were asked about, and what was said.
void write_targets(JsonWriter& json,
                   const RedrivePlan& plan,
                   const First& first,
                   std::span<const AtTarget> targets) {
    const auto count = [&](AtTarget target) {
        return static_cast<std::uint64_t>(std::count(targets.begin(), targets.end(), target));
    };
    const std::uint64_t seen = targets.size();
    const std::uint64_t gone = plan.sent + plan.refused + plan.present;
    const std::uint64_t left =
        first.is_all ? seen : std::max(seen, plan.total - std::min(plan.total, gone));
    const std::uint64_t asked = seen - count(AtTarget::NotAsked);
    json.key("targets")
        .begin_object()
        .field("asked", asked)
        .field("yes", count(AtTarget::Yes))
        .field("no", count(AtTarget::No))
        .field("unknown", count(AtTarget::Unknown))
        .field("not_asked", left - asked)
        .end_object();
}

}  // namespace

Result<std::string> preview(const RedrivePlan& plan,
                            broker::Store& store,
                            broker::Pipeline& pipeline,
                            const AskLimits& limits) {
    LQ_TRY(const First first, first_of(store, plan.selection));
    LQ_TRY(const auto targets, ask_parties(pipeline, store, first.deliveries, limits));
    JsonWriter json;
    json.begin_object();
    write_plan(json, plan);
    write_targets(json, plan, first, targets);
    const std::size_t shown = std::min(kShownMost, first.deliveries.size());
    json.field("shown", std::uint64_t{shown});
    json.key("deliveries").begin_array();
    for (std::size_t place = 0; place < shown; ++place) {
        LQ_TRY(const auto whole, store.find_delivery(first.deliveries[place].id));
        const broker::StoredDelivery& one = whole ? *whole : first.deliveries[place];
        json.begin_object();
        write_delivery(json, one, to_string(targets[place]));
        if (plan.rewrite) LQ_CHECK(write_rewritten(json, pipeline, store, one));
        json.end_object();
    }
    json.end_array().end_object();
    return json.take();
}

}  // namespace luqiao::app
