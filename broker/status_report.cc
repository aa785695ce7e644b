#include "broker/status_report.h"

#include "base/json.h"

#include <algorithm>

namespace luqiao::broker {
namespace {

void write_label(JsonWriter& json, std::string_view name, const Text& label) {
    json.key(name).begin_object().field("zh", label.zh).field("en", label.en).end_object();
}

Text state_label(const Realm& realm, ItemState state) {
    const mapping::CodeTable* table = realm.bundle->table("item_status");
    const auto* row = table == nullptr ? nullptr : table->find(to_string(state));
    return row == nullptr ? Text{std::string(to_string(state)), std::string(to_string(state))}
                          : row->label;
}

void write_due(JsonWriter& json, std::string_view name, const std::optional<DueDate>& due) {
    if (!due) return;
    json.key(name).begin_object().field("date", luqiao::to_string(due->date));
    if (due->provisional) json.field("provisional", true);
    json.end_object();
}

void write_case(JsonWriter& json, const Realm& realm, const Case& one) {
    const Service* service = realm.service(one.service, one.service_version);
    json.field("case_number", one.number).field("service", one.service);
    if (service != nullptr) write_label(json, "service_label", service->label);
    json.field("channel", one.channel)
        .field("accepted_at", to_rfc3339(one.accepted_at))
        .field("state", one.decided() ? "decided" : "in_work");
    json.key("items").begin_array();
    for (const Item& item : one.items) {
        const ItemRule* rule = service == nullptr ? nullptr : service->find(item.code);
        json.begin_object().field("code", item.code).field("serial", item.serial);
        if (rule != nullptr) {
            write_label(json, "label", rule->label);
            json.field("party", rule->party);
        }
        json.field("state", to_string(item.state));
        write_label(json, "state_label", state_label(realm, item.state));
        write_due(json, "forward_due", item.forward_due);
        write_due(json, "decision_due", item.decision.due);
        json.end_object();
    }
    json.end_array();
}

void write_timeline(JsonWriter& json, const std::vector<TimelineEntry>& timeline, bool items_only) {
    json.key("timeline").begin_array();
    for (const TimelineEntry& entry : timeline) {
        const bool is_public = entry.event.starts_with("item.") || entry.event.starts_with("case.");
        if (items_only && !is_public) continue;
        json.begin_object().field("at", to_rfc3339(entry.at)).field("event", entry.event);
        if (!entry.party.empty()) json.field("party", entry.party);
        if (!entry.item.empty()) json.field("item", entry.item);
        if (!entry.detail.empty() && !items_only) json.field("detail", entry.detail);
        json.end_object();
    }
    json.end_array();
}

}  // namespace

bool may_see(const Realm& realm, const std::string& party, const Case& one) {
    if (one.channel == party) return true;
    const Service* service = realm.service(one.service, one.service_version);
    if (service == nullptr) return false;
    const bool observes = std::any_of(
        service->observers.begin(), service->observers.end(), [&](const Observer& observer) {
            return observer.party == party && !observer.only_own_cases;
        });
    return observes || std::any_of(one.items.begin(), one.items.end(), [&](const Item& item) {
               const ItemRule* rule = service->find(item.code);
               return rule != nullptr && rule->party == party;
           });
}

std::string public_status(const Realm& realm,
                          const Case& one,
                          const std::vector<TimelineEntry>& timeline) {
    JsonWriter json;
    json.begin_object();
    write_case(json, realm, one);
    write_timeline(json, timeline, true);
    json.end_object();
    return json.take();
}

std::string operator_status(const Realm& realm,
                            const Case& one,
                            const std::vector<TimelineEntry>& timeline,
                            const std::vector<StoredDelivery>& deliveries,
                            const std::vector<Alert>& alerts) {
    JsonWriter json;
    json.begin_object();
    write_case(json, realm, one);
    json.field("bundle", one.bundle).field("version", one.version);
    write_timeline(json, timeline, false);
    json.key("deliveries").begin_array();
    for (const StoredDelivery& delivery : deliveries) {
        json.begin_object()
            .field("id", to_string(delivery.id))
            .field("party", delivery.party)
            .field("map", delivery.map)
            .field("state", to_string(delivery.state))
            .field("attempts", delivery.attempts)
            .field("bundle", delivery.bundle)
            .field("bytes", std::uint64_t{delivery.body.size()});
        if (!delivery.cause.empty()) json.field("cause", delivery.cause);
        json.end_object();
    }
    json.end_array();
    json.key("alerts").begin_array();
    for (const Alert& alert : alerts) {
        json.begin_object().field("code", alert.code).field("item", alert.item).end_object();
    }
    json.end_array();
    json.end_object();
    return json.take();
}

}  // namespace luqiao::broker
