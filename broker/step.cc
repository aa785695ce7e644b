#include "broker/step.h"

#include "broker/alert.h"
#include "broker/step_work.h"
#include "security/digest.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::broker {
namespace {

bool wants(const Observer& observer, const Case& one, std::string_view word) {
    if (observer.only_own_cases && one.channel != observer.party) return false;
    return observer.states.empty() ||
           std::find(observer.states.begin(), observer.states.end(), word) != observer.states.end();
}

}  // namespace

Work::Work(const Case& one, const Rules& rules, Instant now)
    : start_(one), rules_(rules), now_(now) {
    out_.next = one;
}

const ItemRule* Work::rule(std::size_t index) const {
    return rules_.service.find(out_.next.items[index].code);
}

std::size_t Work::index_of(std::string_view serial) const {
    const Item* found = out_.next.find_item(serial);
    return found == nullptr ? out_.next.items.size()
                            : static_cast<std::size_t>(found - out_.next.items.data());
}

Delivery* Work::find(const DeliveryId& id) {
    const auto found = std::find_if(out_.next.deliveries.begin(), out_.next.deliveries.end(),
                                    [&id](const Delivery& one) { return one.id == id; });
    return found == out_.next.deliveries.end() ? nullptr : &*found;
}

Delivery* Work::find_or_refuse(const DeliveryId& id) {
    Delivery* found = find(id);
    if (found == nullptr)
        refuse(Errc::NotFound, {"该办件没有此投递", "the case has no such delivery"});
    return found;
}

void Work::refuse(Errc code, Text why) {
    out_.refused = code;
    out_.refusal = std::move(why);
}

void Work::note(std::string_view event, std::string_view detail) {
    out_.timeline.push_back({now_, std::string(event), out_.next.channel, {}, std::string(detail)});
}

void Work::note_item(std::size_t index, std::string_view event, std::string_view detail) {
    const ItemRule* found = rule(index);
    out_.timeline.push_back({now_, std::string(event),
                             found == nullptr ? std::string{} : found->party, item(index).serial,
                             std::string(detail)});
}

void Work::note_delivery(const Delivery& delivery,
                         std::string_view event,
                         std::string_view detail) {
    out_.timeline.push_back({now_, std::string(event), delivery.party,
                             std::string(serial_of(delivery)), std::string(detail)});
}

void Work::alert(std::string_view code, std::string_view serial) {
    const Alert raised{std::string(code), std::string(serial)};
    out_.alerts.push_back(raised);
    std::vector<Alert>& unsettled = out_.next.unsettled;
    const bool is_new = std::find(unsettled.begin(), unsettled.end(), raised) == unsettled.end();
    if (is_new && is_settled_by_hand(code)) unsettled.push_back(raised);
}

std::string_view Work::serial_of(const Delivery& delivery) const {
    if (!delivery.telling.item) return {};
    return out_.next.items[*delivery.telling.item].serial;
}

void Work::move_quietly(std::size_t index, ItemState to, const Reason& reason) {
    item(index).state = to;
    note_item(index, fmt::format("item.{}", to_string(to)), reason.code);
}

void Work::move(std::size_t index, ItemState to, const Reason& reason) {
    move_quietly(index, to, reason);
    tell(index, reason);
}

void Work::tell(std::size_t index, const Reason& reason) {
    const ItemState now_in = item(index).state;
    for (const Observer& observer : rules_.service.observers) {
        if (!wants(observer, out_.next, to_string(now_in))) continue;
        send(observer.party, observer.map,
             {.kind = DeliveryKind::Progress,
              .item = index,
              .state = now_in,
              .case_event = {},
              .occurred_at = reason.occurred_at,
              .reason_code = reason.code,
              .reason_text = reason.text});
    }
}

void Work::tell_acceptance() {
    for (const Observer& observer : rules_.service.observers) {
        if (!wants(observer, out_.next, kAcceptanceNotice)) continue;
        send(observer.party, observer.map,
             {.kind = DeliveryKind::Progress,
              .item = std::nullopt,
              .state = ItemState::Forwarding,
              .case_event = "accepted",
              .occurred_at = now_,
              .reason_code = {},
              .reason_text = {}});
    }
}

void Work::dispatch(std::size_t index, DeliveryKind kind, const Reason& reason) {
    const ItemRule& found = *rule(index);
    const bool supplement = kind == DeliveryKind::Supplement && !found.supplement.empty();
    const std::string& map = kind == DeliveryKind::Withdrawal ? found.withdraw
                             : supplement                     ? found.supplement
                                                              : found.dispatch;
    send(found.party, map,
         {.kind = kind,
          .item = index,
          .state = ItemState::Forwarding,
          .case_event = {},
          .occurred_at = now_,
          .reason_code = reason.code,
          .reason_text = reason.text});
}

void Work::send(std::string_view party, std::string_view map, Telling telling) {
    std::vector<Delivery>& all = out_.next.deliveries;
    const bool first = std::all_of(all.begin(), all.end(), [party](const Delivery& one) {
        return one.party != party || is_settled(one.state);
    });
    const auto sequence = static_cast<std::uint32_t>(all.size());
    all.push_back({.id = delivery_id(out_.next.id, sequence, now_),
                   .sequence = sequence,
                   .party = std::string(party),
                   .map = std::string(map),
                   .telling = std::move(telling),
                   .state = first ? DeliveryState::Pending : DeliveryState::Queued,
                   .attempts = 0,
                   .attempts_before = 0,
                   .failing_since = {},
                   .cause = {}});
    out_.created.push_back(all.back().id);
}

void Work::change(Delivery& delivery, DeliveryState to, Instant due_at, std::string_view cause) {
    delivery.state = to;
    delivery.cause = cause;
    out_.changed.push_back({delivery.id, to, due_at, delivery.cause});
    if (is_settled(to)) release(delivery.party);
}

void Work::unless_leased(const DeliveryId& id) {
    const auto found = std::find_if(out_.changed.rbegin(), out_.changed.rend(),
                                    [&id](const DeliveryChange& one) { return one.id == id; });
    if (found != out_.changed.rend()) found->needs_no_lease = true;
}

void Work::release(std::string_view party) {
    for (Delivery& one : out_.next.deliveries) {
        if (one.party != party || is_settled(one.state)) continue;
        if (one.state == DeliveryState::Queued) change(one, DeliveryState::Pending, now_, {});
        return;
    }
}

Transition Work::finish() && {
    if (out_.refused) {
        Transition refused;
        refused.next = start_;
        refused.refused = out_.refused;
        refused.refusal = std::move(out_.refusal);
        refused.wake_at = next_wake(start_, rules_, now_);
        return refused;
    }
    if (!start_.decided() && out_.next.decided()) note("case.decided");
    out_.wake_at = next_wake(out_.next, rules_, now_);
    return std::move(out_);
}

Transition step(const Case& one, const Event& event, const Rules& rules, Instant now) {
    Work work(one, rules, now);
    std::visit([&work](const auto& happened) { apply(work, happened); }, event);
    return std::move(work).finish();
}

DeliveryId delivery_id(const CaseId& id, std::uint32_t sequence, Instant now) {
    std::string seed(id.bytes.begin(), id.bytes.end());
    for (int shift = 24; shift >= 0; shift -= 8) seed += static_cast<char>(sequence >> shift);
    const security::Sm3 digest = security::sm3(seed);
    std::array<std::uint8_t, 16> head{};
    std::copy_n(digest.begin(), head.size(), head.begin());
    return {detail::make_uuid_v7(now, head)};
}

}  // namespace luqiao::broker
