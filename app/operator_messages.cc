#include "app/operator_messages.h"

#include "app/json_word.h"
#include "app/redrive.h"
#include "app/shown_fields.h"
#include "base/text_json.h"
#include "broker/alert.h"
#include "broker/messages.h"
#include "broker/retention.h"
#include "security/digest.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace luqiao::app {
namespace {

using broker::DeliveryState;
using broker::ItemState;

constexpr std::size_t kPageMost = 500;
constexpr std::size_t kLooksMost = 500'000;  ///< of a search; a second or two

/// "2025-10-01" is midnight in China.
Result<Instant> read_time(const std::string& text) {
    if (text.size() == 10) return parse_rfc3339(text + "T00:00:00+08:00");
    return parse_rfc3339(text);
}

Status write_found(JsonWriter& json, const Desk& desk, const CaseId& id) {
    LQ_TRY(const auto stored, desk.store.find_case(id));
    if (!stored) return {};
    const broker::Case& one = stored->state;
    json.begin_object()
        .field("case_number", one.number)
        .field("service", one.service)
        .field("channel", one.channel)
        .field("accepted_at", to_rfc3339(one.accepted_at))
        .field("state", one.decided() ? "decided" : "open")
        .field("light", broker::light_of(one));
    json.key("items").begin_array();
    for (const broker::Item& item : one.items) {
        json.begin_object()
            .field("serial", item.serial)
            .field("code", item.code)
            .field("state", to_string(item.state))
            .end_object();
    }
    json.end_array().key("alerts").begin_array();
    for (const broker::Alert& alert : broker::open_alerts(one)) {
        json.begin_object().field("code", alert.code).field("item", alert.item).end_object();
    }
    json.end_array().end_object();
    return {};
}

/// The fields of a message, read by the rules of today; what they cannot read is told.
void write_fields(JsonWriter& json,
                  const Desk& desk,
                  const std::string& map,
                  const std::string& body) {
    const mapping::Program* program = desk.realm.bundle->find(map);
    json.field("bytes", std::uint64_t{body.size()}).field("sm3", security::sm3_hex(body));
    if (program == nullptr || body.empty()) return;
    const ShownMessage message = shown_fields(*program, body);
    json.field("readable", message.readable).key("fields").begin_array();
    for (const ShownField& field : message.fields) {
        json.begin_object()
            .field("field", field.path)
            .field("label", field.label)
            .field("value", field.shown)
            .end_object();
    }
    json.end_array();
}

/// What is left of a message whose case has aged.
void write_aged(JsonWriter& json, Instant aged_at, const std::string& sm3) {
    json.field("sm3", sm3).field("aged_at", to_rfc3339(aged_at));
    write_text(json, "aged_out", broker::aged_text(aged_at));
}

Result<std::string> show_delivery(const Desk& desk, const broker::StoredDelivery& one) {
    LQ_TRY(const auto stored, desk.store.find_case(one.case_id));
    const Text cause = cause_text(one.cause);
    JsonWriter json;
    json.begin_object()
        .field("kind", "delivery")
        .field("id", to_string(one.id))
        .field("case_number", one.case_number)
        .field("party", one.party)
        .field("map", one.map)
        .field("state", to_string(one.state))
        .field("attempts", one.attempts)
        .field("due_at", to_rfc3339(one.due_at))
        .field("cause", one.cause)
        .field("cause_text", one.cause.empty() ? std::string() : cause.zh)
        .field("bundle", one.bundle);
    if (stored && stored->aged_at) {
        write_aged(json, *stored->aged_at, one.sm3);
    } else {
        write_fields(json, desk, one.map, one.body);
    }
    json.end_object();
    return json.take();
}

/// One line of a trace.
struct Line {
    Instant at{};
    std::string what;
    std::string party;
    std::string item;
    std::string detail;
};

std::vector<Line> lines_of(const std::vector<broker::InboundMessage>& messages,
                           const std::vector<broker::TimelineEntry>& timeline) {
    std::vector<Line> out;
    out.reserve(messages.size() + timeline.size());
    for (const broker::InboundMessage& one : messages) {
        out.push_back({one.at,
                       "message.received",
                       one.party,
                       {},
                       fmt::format("{} {}", one.format, to_string(one.id))});
    }
    for (const broker::TimelineEntry& one : timeline) {
        out.push_back({one.at, one.event, one.party, one.item, one.detail});
    }
    // A message stands before what came of it.
    std::stable_sort(out.begin(), out.end(),
                     [](const Line& a, const Line& b) { return a.at < b.at; });
    return out;
}

const broker::StoredDelivery* first_in(const std::vector<broker::StoredDelivery>& deliveries,
                                       DeliveryState state) {
    const auto found =
        std::find_if(deliveries.begin(), deliveries.end(),
                     [state](const broker::StoredDelivery& one) { return one.state == state; });
    return found == deliveries.end() ? nullptr : &*found;
}

std::string party_of(const Desk& desk, const broker::Case& one, const broker::Item& item) {
    const broker::Service* service = desk.realm.service(one.service, one.service_version);
    const broker::ItemRule* rule = service == nullptr ? nullptr : service->find(item.code);
    return rule == nullptr ? std::string() : rule->party;
}

/// Why the case stands where it stands, worst first: what nobody will mend by waiting comes before
/// what mends itself, and that before what others have to do.
Text sentence(const Desk& desk,
              const broker::Case& one,
              const std::vector<broker::StoredDelivery>& deliveries) {
    if (const auto* unknown = first_in(deliveries, DeliveryState::Unknown)) {
        const std::string id = to_string(unknown->id);
        return {fmt::format("发往 {} 的 {} 已发出、结果未知，须人工确认：luqiao msg arrived {} 或 "
                            "luqiao msg redrive {}",
                            unknown->party, unknown->map, id, id),
                fmt::format("{} to {} was sent and nobody knows whether it arrived: luqiao msg "
                            "arrived {} or luqiao msg redrive {}",
                            unknown->map, unknown->party, id, id)};
    }
    if (const auto* dead = first_in(deliveries, DeliveryState::Dead)) {
        const Text cause = cause_text(dead->cause);
        return {fmt::format("发往 {} 的 {} 已放弃（{} {}），须人工处理：luqiao msg redrive {}",
                            dead->party, dead->map, dead->cause, cause.zh, to_string(dead->id)),
                fmt::format("{} to {} was given up ({} {}): luqiao msg redrive {}", dead->map,
                            dead->party, dead->cause, cause.en, to_string(dead->id))};
    }
    if (const auto* waits = first_in(deliveries, DeliveryState::Waiting)) {
        const Text cause = cause_text(waits->cause);
        const std::string again = to_rfc3339(waits->due_at);
        return {fmt::format("发往 {} 的 {} 第 {} 次未成（{} {}），{} 自动重试", waits->party,
                            waits->map, waits->attempts, waits->cause, cause.zh, again),
                fmt::format("{} to {} failed {} times ({} {}), again at {}", waits->map,
                            waits->party, waits->attempts, waits->cause, cause.en, again)};
    }
    for (const broker::Item& item : one.items) {
        const std::string party = party_of(desk, one, item);
        if (item.state == ItemState::Correction) {
            return {
                fmt::format("{} 待申请人补正（{}）", item.serial, party),
                fmt::format("{} waits for the applicant's supplement ({})", item.serial, party)};
        }
        if (item.state == ItemState::Special) {
            return {fmt::format("{} 正进行特别程序（{}），时限中止", item.serial, party),
                    fmt::format("{} is in a special procedure ({}): its limit stands still",
                                item.serial, party)};
        }
        if (broker::is_final(item.state)) continue;
        return {fmt::format("{} 处于 {}，待 {} 办理", item.serial, to_string(item.state), party),
                fmt::format("{} is {}, {} has to act", item.serial, to_string(item.state), party)};
    }
    return {"已办结", "decided"};
}

/// Whether a case whose number was given is also what else was asked for.
Result<bool> fits(const Desk& desk,
                  const broker::SearchKey* key,
                  const CaseId& id,
                  broker::Question rest) {
    LQ_TRY(const auto stored, desk.store.find_case(id));
    if (!stored) return false;
    const Instant at = stored->state.accepted_at;
    const bool in_time = (!rest.from || at >= *rest.from) && (!rest.until || at < *rest.until);
    if (!in_time) return false;
    rest.number.clear();
    rest.from = at;
    rest.until = at + Duration{1};
    rest.before.reset();
    rest.limit = kPageMost;
    LQ_TRY(const broker::CaseQuery query, broker::to_query(rest, key));
    LQ_TRY(const auto found, desk.store.search(query));
    return std::any_of(found.begin(), found.end(),
                       [&](const broker::FoundCase& one) { return one.id == id; });
}

}  // namespace

Result<std::optional<CaseId>> case_of_number(broker::Store& store, const std::string& number) {
    LQ_TRY(const auto whole, store.find_case_id(number));
    if (whole) return whole;
    return store.find_case_id(broker::case_number_of(number));
}

Result<broker::Question> read_question(const nlohmann::json& json) {
    if (!json.is_object()) return fail(Errc::ParseFailed, "a question is a JSON object");
    const auto word = [&](const char* name) { return word_of(json, name); };
    broker::Question out{.number = word("number"),
                         .name = word("name"),
                         .party = word("party"),
                         .state = word("state"),
                         .light = word("light"),
                         .alert = word("alert")};
    if (const std::string since = word("since"); !since.empty()) {
        LQ_TRY(out.from, read_time(since));
    }
    if (const std::string until = word("until"); !until.empty()) {
        LQ_TRY(out.until, read_time(until));
    }
    if (const std::string before = word("before"); !before.empty()) {
        LQ_TRY(out.before, parse_id<CaseId>(before));
    }
    const auto limit = json.find("limit");
    if (limit != json.end()) {
        const bool fits = limit->is_number_unsigned() && *limit >= 1 && *limit <= kPageMost;
        if (!fits) return fail(Errc::InvalidArgument, "limit is 1 to {}", kPageMost);
        out.limit = limit->get<std::size_t>();
    }
    return out;
}

Result<std::string> find_cases(const Desk& desk,
                               const broker::SearchKey* key,
                               const broker::Question& question) {
    JsonWriter json;
    json.begin_object().key("cases").begin_array();
    if (!question.number.empty()) {
        LQ_TRY(const auto known, case_of_number(desk.store, question.number));
        if (known) {
            LQ_TRY(const bool is_asked_for, fits(desk, key, *known, question));
            if (is_asked_for) LQ_CHECK(write_found(json, desk, *known));
            json.end_array().end_object();
            return json.take();
        }
    }
    LQ_TRY(broker::CaseQuery query, broker::to_query(question, key));
    query.looks_most = kLooksMost;
    LQ_TRY(const auto found, desk.store.search(query));
    for (const broker::FoundCase& one : found) LQ_CHECK(write_found(json, desk, one.id));
    json.end_array();
    if (found.size() == query.limit) json.field("next", to_string(found.back().id));
    json.end_object();
    return json.take();
}

Result<std::string> show_message(const Desk& desk,
                                 const broker::SearchKey* key,
                                 std::string_view id) {
    LQ_TRY(const auto delivery_id, parse_id<DeliveryId>(id));
    LQ_TRY(const auto delivery, desk.store.find_delivery(delivery_id));
    if (delivery) return show_delivery(desk, *delivery);
    LQ_TRY(const auto query, broker::to_query({.number = std::string(id)}, key));
    LQ_TRY(const auto cases, desk.store.search(query));
    const MessageId wanted{delivery_id.bytes};
    for (const broker::FoundCase& found : cases) {
        LQ_TRY(const auto messages, desk.store.messages(found.id));
        LQ_TRY(const auto stored, desk.store.find_case(found.id));
        for (const broker::InboundMessage& one : messages) {
            if (one.id != wanted) continue;
            JsonWriter json;
            json.begin_object()
                .field("kind", "message")
                .field("id", to_string(one.id))
                .field("case_number", found.number)
                .field("party", one.party)
                .field("map", one.format)
                .field("at", to_rfc3339(one.at))
                .field("bundle", one.bundle);
            if (stored && stored->aged_at) {
                write_aged(json, *stored->aged_at, one.sm3);
            } else {
                write_fields(json, desk, one.format, one.body);
            }
            json.end_object();
            return json.take();
        }
    }
    return fail(Errc::NotFound, "there is no such message or delivery");
}

Result<std::string> trace_case(const Desk& desk, const std::string& number) {
    LQ_TRY(const auto id, case_of_number(desk.store, number));
    if (!id) return fail(Errc::NotFound, "there is no such case");
    LQ_TRY(const auto stored, desk.store.find_case(*id));
    if (!stored) return fail(Errc::NotFound, "there is no such case");
    LQ_TRY(const auto messages, desk.store.messages(*id));
    LQ_TRY(const auto timeline, desk.store.timeline(*id));
    LQ_TRY(const auto deliveries, desk.store.deliveries(*id));
    const Text why = sentence(desk, stored->state, deliveries);
    JsonWriter json;
    json.begin_object().field("case_number", stored->state.number);
    write_text(json, "cause", why);
    if (stored->aged_at) write_text(json, "aged_out", broker::aged_text(*stored->aged_at));
    json.key("trace").begin_array();
    for (const Line& line : lines_of(messages, timeline)) {
        json.begin_object()
            .field("at", to_rfc3339(line.at))
            .field("event", line.what)
            .field("party", line.party)
            .field("item", line.item)
            .field("detail", line.detail)
            .end_object();
    }
    json.end_array().key("deliveries").begin_array();
    for (const broker::StoredDelivery& one : deliveries) {
        json.begin_object()
            .field("id", to_string(one.id))
            .field("party", one.party)
            .field("map", one.map)
            .field("state", to_string(one.state))
            .field("attempts", one.attempts)
            .field("cause", one.cause)
            .end_object();
    }
    json.end_array().end_object();
    return json.take();
}

}  // namespace luqiao::app
