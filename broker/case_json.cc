// Reading is strict in both directions: a key that is missing and a key that is not known are both
// Corruption. Values that are absent or have their default are left out, which keeps a case small.
#include "base/json.h"
#include "broker/case.h"
#include "broker/json_fields.h"

#include <algorithm>
#include <simdjson.h>
#include <type_traits>
#include <utility>

namespace luqiao::broker {
namespace {

constexpr std::size_t kSizeMax = 16u << 20;
constexpr std::size_t kCaseDepthMax = 16;
constexpr std::int64_t kCaseVersion = 1;

// ---- writing ---------------------------------------------------------------------------------

void write_text(JsonWriter& json, std::string_view key, std::string_view text) {
    if (!text.empty()) json.field(key, text);
}

void write_instant(JsonWriter& json, std::string_view key, Instant at) {
    json.field(key, static_cast<std::int64_t>(at.time_since_epoch().count()));
}

void write_date(JsonWriter& json, std::string_view key, const std::optional<Date>& date) {
    if (date) json.field(key, to_string(*date));
}

/// "2025-10-10", or "2025-10-10?" when provisional.
void write_due(JsonWriter& json, std::string_view key, const std::optional<DueDate>& due) {
    if (due) json.field(key, to_string(due->date) + (due->provisional ? "?" : ""));
}

void write_told(JsonWriter& json, std::string_view key, ClockStage stage) {
    if (stage != ClockStage::Running) json.field(key, to_string(stage));
}

std::string_view kind_word(DeliveryKind kind) {
    switch (kind) {
        case DeliveryKind::Dispatch: return "dispatch";
        case DeliveryKind::Supplement: return "supplement";
        case DeliveryKind::Progress: return "progress";
        case DeliveryKind::Withdrawal: return "withdrawal";
    }
    return "dispatch";
}

void write_clock(JsonWriter& json, const ItemClock& clock) {
    json.begin_object();
    write_date(json, "started", clock.started);
    write_due(json, "due", clock.due);
    write_due(json, "promised", clock.promised);
    if (!clock.pauses.empty()) {
        json.key("pauses").begin_array();
        for (const auto& [from, to] : clock.pauses) {
            json.begin_object().field("from", to_string(from));
            write_date(json, "to", to);
            json.end_object();
        }
        json.end_array();
    }
    json.end_object();
}

void write_other_answer(JsonWriter& json, const OtherAnswer& other) {
    json.begin_object().field("state", to_string(other.state));
    write_instant(json, "occurred_at", other.occurred_at);
    write_text(json, "digest", other.digest);
    write_text(json, "reason_code", other.reason_code);
    write_text(json, "reason_text", other.reason_text);
    if (other.is_accepted) json.field("accepted", true);
    json.end_object();
}

void write_item(JsonWriter& json, const Item& item) {
    json.begin_object();
    json.field("code", item.code)
        .field("serial", item.serial)
        .field("state", to_string(item.state));
    if (item.withdrawn_from) {
        json.field("withdrawn_from", to_string(item.withdrawn_from->state));
        write_text(json, "withdrawn_from_reason_code", item.withdrawn_from->reason_code);
        write_text(json, "withdrawn_from_reason_text", item.withdrawn_from->reason_text);
    }
    write_date(json, "forward_started", item.forward_started);
    write_due(json, "forward_due", item.forward_due);
    if (item.decision != ItemClock{}) {
        json.key("decision");
        write_clock(json, item.decision);
    }
    write_told(json, "forward_told", item.forward_told);
    write_told(json, "promise_told", item.promise_told);
    write_told(json, "decision_told", item.decision_told);
    if (item.last_answer_at) write_instant(json, "last_answer_at", *item.last_answer_at);
    if (!item.answers.empty()) {
        json.key("answers").begin_array();
        for (const std::string& digest : item.answers) json.value(digest);
        json.end_array();
    }
    if (item.other_answer) {
        json.key("other_answer");
        write_other_answer(json, *item.other_answer);
    }
    json.end_object();
}

void write_delivery(JsonWriter& json, const Delivery& delivery) {
    const Telling& telling = delivery.telling;
    json.begin_object();
    json.field("id", to_string(delivery.id)).field("sequence", delivery.sequence);
    json.field("party", delivery.party).field("map", delivery.map);
    json.field("state", to_string(delivery.state)).field("attempts", delivery.attempts);
    if (delivery.attempts_before != 0) json.field("attempts_before", delivery.attempts_before);
    if (delivery.failing_since) write_instant(json, "failing_since", *delivery.failing_since);
    write_text(json, "cause", delivery.cause);
    if (delivery.may_be_there) json.field("may_be_there", true);
    json.field("kind", kind_word(telling.kind));
    if (telling.item) json.field("item", static_cast<std::uint64_t>(*telling.item));
    json.field("tells", to_string(telling.state));
    write_text(json, "case_event", telling.case_event);
    write_instant(json, "occurred_at", telling.occurred_at);
    write_text(json, "reason_code", telling.reason_code);
    write_text(json, "reason_text", telling.reason_text);
    json.end_object();
}

// ---- reading ---------------------------------------------------------------------------------

template <class T>
T known(const std::optional<T>& value, bool& ok) {
    if (!value) ok = false;
    return value.value_or(T{});
}

DeliveryKind read_kind(std::string_view word, bool& ok) {
    for (const auto kind : {DeliveryKind::Dispatch, DeliveryKind::Supplement,
                            DeliveryKind::Progress, DeliveryKind::Withdrawal}) {
        if (kind_word(kind) == word) return kind;
    }
    ok = false;
    return DeliveryKind::Dispatch;
}

ItemClock read_clock(const dom::element& element, bool& ok) {
    Fields fields(element, ok);
    ItemClock clock;
    clock.started = fields.date("started");
    clock.due = fields.due("due");
    clock.promised = fields.due("promised");
    fields.each("pauses", [&](const dom::element& one) {
        Fields pause(one, ok);
        const Date from = known(pause.date("from"), ok);
        clock.pauses.emplace_back(from, pause.date("to"));
        pause.finish();
    });
    fields.finish();
    return clock;
}

/// `before`: the key of the programs that knew one stage alone.
ClockStage read_told(Fields& fields, std::string_view key, std::string_view before, bool& ok) {
    if (const auto word = fields.optional<std::string_view>(key)) {
        return known(parse_clock_stage(*word), ok);
    }
    const bool overdue = !before.empty() && fields.optional<bool>(before).value_or(false);
    return overdue ? ClockStage::Overdue : ClockStage::Running;
}

OtherAnswer read_other_answer(const dom::element& element, bool& ok) {
    Fields fields(element, ok);
    OtherAnswer other;
    other.state = known(parse_item_state(fields.text("state")), ok);
    other.occurred_at = known(fields.instant("occurred_at"), ok);
    other.digest = fields.text_or_empty("digest");
    other.reason_code = fields.text_or_empty("reason_code");
    other.reason_text = fields.text_or_empty("reason_text");
    other.is_accepted = fields.optional<bool>("accepted").value_or(false);
    fields.finish();
    return other;
}

Item read_item(const dom::element& element, bool& ok) {
    Fields fields(element, ok);
    Item item;
    item.code = fields.text("code");
    item.serial = fields.text("serial");
    item.state = known(parse_item_state(fields.text("state")), ok);
    if (const auto from = fields.optional<std::string_view>("withdrawn_from")) {
        item.withdrawn_from = {known(parse_item_state(*from), ok),
                               fields.text_or_empty("withdrawn_from_reason_code"),
                               fields.text_or_empty("withdrawn_from_reason_text")};
    }
    item.forward_started = fields.date("forward_started");
    item.forward_due = fields.due("forward_due");
    if (const auto clock = fields.find("decision")) item.decision = read_clock(*clock, ok);
    item.forward_told = read_told(fields, "forward_told", "forward_overdue_told", ok);
    item.promise_told = read_told(fields, "promise_told", {}, ok);
    item.decision_told = read_told(fields, "decision_told", "decision_overdue_told", ok);
    item.last_answer_at = fields.instant("last_answer_at");
    fields.each("answers", [&](const dom::element& one) {
        std::string_view digest;
        if (one.get(digest) != simdjson::SUCCESS) ok = false;
        item.answers.emplace_back(digest);
    });
    if (const auto other = fields.find("other_answer")) {
        item.other_answer = read_other_answer(*other, ok);
    }
    fields.finish();
    return item;
}

Delivery read_delivery(const dom::element& element, bool& ok) {
    Fields fields(element, ok);
    Delivery delivery;
    delivery.id = fields.id<DeliveryId>("id");
    delivery.sequence = fields.number<std::uint32_t>("sequence");
    delivery.party = fields.text("party");
    delivery.map = fields.text("map");
    delivery.state = known(parse_delivery_state(fields.text("state")), ok);
    delivery.attempts = fields.number<std::uint32_t>("attempts");
    if (const auto before = fields.optional<std::uint64_t>("attempts_before")) {
        delivery.attempts_before = fields.narrow<std::uint32_t>(*before);
    }
    delivery.failing_since = fields.instant("failing_since");
    delivery.cause = fields.text_or_empty("cause");
    delivery.may_be_there = fields.optional<bool>("may_be_there").value_or(false);
    Telling& telling = delivery.telling;
    telling.kind = read_kind(fields.text("kind"), ok);
    if (const auto item = fields.optional<std::int64_t>("item")) {
        telling.item = fields.narrow<std::size_t>(*item);
    }
    telling.state = known(parse_item_state(fields.text("tells")), ok);
    telling.case_event = fields.text_or_empty("case_event");
    telling.occurred_at = known(fields.instant("occurred_at"), ok);
    telling.reason_code = fields.text_or_empty("reason_code");
    telling.reason_text = fields.text_or_empty("reason_text");
    fields.finish();
    return delivery;
}

}  // namespace

std::string to_json(const Case& one) {
    JsonWriter json;
    json.begin_object();
    json.field("v", kCaseVersion).field("id", to_string(one.id)).field("number", one.number);
    json.field("version", one.version);
    json.field("service", one.service).field("service_version", one.service_version);
    json.field("channel", one.channel).field("bundle", one.bundle);
    write_instant(json, "accepted_at", one.accepted_at);
    json.key("items").begin_array();
    for (const Item& item : one.items) write_item(json, item);
    json.end_array();
    json.key("deliveries").begin_array();
    for (const Delivery& delivery : one.deliveries) write_delivery(json, delivery);
    json.end_array();
    if (!one.unsettled.empty()) {
        json.key("unsettled").begin_array();
        for (const Alert& alert : one.unsettled) {
            json.begin_object().field("code", alert.code);
            write_text(json, "item", alert.item);
            json.end_object();
        }
        json.end_array();
    }
    json.end_object();
    return json.take();
}

Result<Case> case_from_json(std::string_view text) {
    if (text.size() > kSizeMax) {
        return fail(Errc::Corruption, "a stored case is larger than 16 MiB");
    }
    dom::parser parser(kSizeMax + simdjson::SIMDJSON_PADDING);
    dom::element root;
    if (parser.allocate(std::max<std::size_t>(text.size(), 64), kCaseDepthMax) !=
            simdjson::SUCCESS ||
        parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) {
        return fail(Errc::Corruption, "a stored case is not JSON");
    }
    bool ok = true;
    Fields fields(root, ok);
    if (const auto version = fields.required<std::int64_t>("v"); ok && version != kCaseVersion) {
        return fail(Errc::Corruption, "a stored case has version {}, this program reads {}",
                    version, kCaseVersion);
    }
    Case one;
    one.id = fields.id<CaseId>("id");
    one.number = fields.text("number");
    one.version = fields.number<std::uint64_t>("version");
    one.service = fields.text("service");
    one.service_version = fields.number<int>("service_version");
    one.channel = fields.text("channel");
    one.bundle = fields.text("bundle");
    one.accepted_at = known(fields.instant("accepted_at"), ok);
    fields.each("items",
                [&](const dom::element& item) { one.items.push_back(read_item(item, ok)); });
    fields.each("deliveries", [&](const dom::element& delivery) {
        one.deliveries.push_back(read_delivery(delivery, ok));
    });
    fields.each("unsettled", [&](const dom::element& alert) {
        Fields said(alert, ok);
        std::string code = said.text("code");
        one.unsettled.push_back({std::move(code), said.text_or_empty("item")});
        said.finish();
    });
    fields.finish();
    const std::size_t items = one.items.size();
    for (const Delivery& delivery : one.deliveries) {
        ok = ok && (!delivery.telling.item || *delivery.telling.item < items);
    }
    if (!ok) return fail(Errc::Corruption, "a stored case does not have the form of version 1");
    return one;
}

}  // namespace luqiao::broker
