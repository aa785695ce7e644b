#include "broker/messages.h"

#include "mapping/translator.h"

#include <algorithm>
#include <array>

namespace luqiao::broker {
namespace {

constexpr std::array kAnswerStates{
    ItemState::Accepted, ItemState::Correction, ItemState::Special,   ItemState::NotAccepted,
    ItemState::Granted,  ItemState::Refused,    ItemState::Withdrawn, ItemState::Revoked};

/// Sets a field that not every form has; "" leaves it absent.
void set_if_known(mapping::Record& record, std::string_view path, std::string_view text) {
    if (!text.empty() && record.form().find(path)) (void)record.set(path, text);
}

void fill_message(mapping::Record& record, const Case& one, const Delivery& delivery) {
    const Telling& telling = delivery.telling;
    set_if_known(record, "message.id", to_string(delivery.id));
    set_if_known(record, "message.sent_at", to_rfc3339(telling.occurred_at));
    set_if_known(record, "message.kind",
                 telling.kind == DeliveryKind::Supplement ? "supplement" : "first");
    set_if_known(record, "reason.code", telling.reason_code);
    set_if_known(record, "reason.text", telling.reason_text);
    set_if_known(record, "case.number", one.number);
    set_if_known(record, "case.accepted_at",
                 to_rfc3339(std::chrono::floor<std::chrono::seconds>(one.accepted_at)));
    if (!telling.item) return;
    const Item& item = one.items[*telling.item];
    set_if_known(record, "item.code", item.code);
    set_if_known(record, "item.serial", item.serial);
}

void fill_progress(mapping::Record& record, const Delivery& delivery) {
    const Telling& telling = delivery.telling;
    set_if_known(record, "case.event", telling.case_event);
    set_if_known(record, "item.occurred_at", to_rfc3339(telling.occurred_at));
    set_if_known(record, "item.sequence", std::to_string(delivery.sequence));
    if (telling.item) set_if_known(record, "item.state", to_string(telling.state));
}

/// Whether the delivery is the progress of the item that the department answered.
bool tells_of(const Case& one, const Delivery& delivery, const mapping::Record& answer) {
    const Telling& telling = delivery.telling;
    return telling.kind == DeliveryKind::Progress && telling.item &&
           one.items[*telling.item].serial == answer.text("item.serial");
}

}  // namespace

Arrived to_arrived(const Service& service, const mapping::Record& application) {
    Arrived event;
    const mapping::Form& form = application.form();
    if (const auto list = form.find_list(service.items_list)) {
        const auto slot = mapping::find_field(form.root.lists[*list].scope, service.item_field);
        for (const mapping::Row& item : application.root().lists[*list]) {
            if (slot && item.slots[*slot].has_value()) {
                event.items.emplace_back(item.slots[*slot].text());
            }
        }
    }
    for (const ItemRule& rule : service.items) {
        const bool known = std::find(event.evidence.begin(), event.evidence.end(), rule.evidence) !=
                           event.evidence.end();
        if (!rule.evidence.empty() && !known && application.has(rule.evidence)) {
            event.evidence.push_back(rule.evidence);
        }
    }
    return event;
}

Result<Answered> to_answered(const mapping::Record& result, const InboundMessage& message) {
    Answered event;
    event.party = message.party;
    event.item_serial = result.text("item.serial");
    const std::string_view state = result.text("item.state");
    const auto* found = std::find_if(kAnswerStates.begin(), kAnswerStates.end(),
                                     [state](ItemState one) { return to_string(one) == state; });
    if (found == kAnswerStates.end()) {
        return fail(Errc::BadValue, "a department cannot set the state {}", state).at("item.state");
    }
    event.state = *found;
    event.occurred_at = message.at;
    if (result.has("item.occurred_at")) {
        LQ_TRY(event.occurred_at, parse_rfc3339(result.text("item.occurred_at")));
    }
    event.digest = message.sm3;
    event.reason_code = result.text("reason.code");
    event.reason_text = result.text("reason.text");
    event.has_fee = result.text("fee.amount").find_first_of("123456789") != std::string_view::npos;
    return event;
}

Result<Event> to_event(std::string_view meaning,
                       const mapping::Record& said,
                       const InboundMessage& message) {
    if (meaning == "answer") {
        LQ_TRY(auto answered, to_answered(said, message));
        return Event{std::move(answered)};
    }
    std::optional<std::string> serial;
    if (said.has("item.serial")) serial = said.text("item.serial");
    if (meaning == "supplement") return Event{Supplemented{std::move(serial)}};
    return Event{WithdrawalRequested{std::move(serial), std::string(said.text("reason.text"))}};
}

Receipt to_receipt(const InboundMessage& message, const std::string& case_number, bool replayed) {
    return {.message_id = to_string(message.id),
            .case_number = case_number,
            .sm3 = message.sm3,
            .at = message.at,
            .replayed = replayed,
            .bundle = message.bundle};
}

std::string case_number_of(std::string_view item_serial) {
    return std::string(item_serial.substr(0, item_serial.rfind('-')));
}

std::string make_case_number(const std::string& prefix, Instant now, const Entropy& entropy) {
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    constexpr Duration kStep{100};  // of 864,000 a day, in four characters
    std::string day = luqiao::to_string(china_date(now));
    std::erase(day, '-');
    // Neighbours in time are neighbours in the store's index of numbers, which so grows at its end.
    const Duration in_day = now - china_midnight(china_date(now));
    const auto step = static_cast<std::uint64_t>(in_day / kStep);
    const auto random = entropy();
    std::string out = prefix + day;
    for (int shift = 15; shift >= 0; shift -= 5) out += kAlphabet[(step >> shift) & 31U];
    for (std::size_t index = 0; index < 6; ++index) out += kAlphabet[random[index] & 31U];
    return out;
}

void take_over(mapping::Record& application, const mapping::Record& result) {
    mapping::copy_common(application, result);
    for (const mapping::Field& field : application.form().root.fields) {
        const bool per_message =
            field.path.starts_with("item.") || field.path.starts_with("message.");
        if (per_message) application.root().slots[*application.form().find(field.path)] = {};
    }
}

Result<std::string> encode_delivery(const Realm& realm,
                                    const Case& one,
                                    const Delivery& delivery,
                                    const Sources& sources,
                                    std::vector<mapping::Issue>& issues) {
    const mapping::Program* program = realm.bundle->find(delivery.map);
    if (program == nullptr) return fail(Errc::UnknownFormat, "there is no map {}", delivery.map);
    mapping::Record record(program->form);
    if (program->form->name == sources.application.form().name) {
        LQ_CHECK(mapping::merge(record, sources.application));
    } else {
        mapping::copy_common(record, sources.application);
    }
    if (sources.answer != nullptr && tells_of(one, delivery, *sources.answer)) {
        mapping::copy_common(record, *sources.answer);
    }
    fill_message(record, one, delivery);
    if (delivery.telling.kind == DeliveryKind::Progress) fill_progress(record, delivery);
    mapping::Encoded encoded = mapping::encode(*program, record);
    if (encoded.issues.rejected()) {
        issues.insert(issues.end(), encoded.issues.list.begin(), encoded.issues.list.end());
        return fail(Errc::NotEncodable, "{} finding(s) while writing {}",
                    encoded.issues.list.size(), delivery.map);
    }
    return std::move(encoded.bytes);
}

Status read_reply(const Realm& realm, const Party& party, std::string_view body) {
    if (party.reply_map.empty()) return {};
    const mapping::Program* program = realm.bundle->find(party.reply_map);
    if (program == nullptr) return fail(Errc::Internal, "there is no map {}", party.reply_map);
    const mapping::Decoded decoded = mapping::decode(*program, body);
    if (decoded.issues.rejected()) {
        return fail(Errc::OutcomeUnknown, "the answer of {} cannot be read by {}", party.code,
                    party.reply_map);
    }
    if (decoded.record.text("reply.ok") == "true") return {};
    if (decoded.record.text("reply.retry") == "true") {
        return fail(Errc::Unavailable, "{} asks to try later", party.code);
    }
    return fail(Errc::Refused, "{} answered with code {}", party.code,
                decoded.record.text("reply.code"));
}

}  // namespace luqiao::broker
