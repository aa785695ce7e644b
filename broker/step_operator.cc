// What an operator may do to one delivery, which keeps its id, its bytes and what happened to it;
// and to an alert.
#include "broker/alert.h"
#include "broker/step_work.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::broker {
namespace {

enum class Way : std::uint8_t { Send, Arrived, Waits };

/// Whether a delivery in this state can be sent again.
Way way_of(DeliveryState state) {
    switch (state) {
        case DeliveryState::Waiting:
        case DeliveryState::Unknown:
        case DeliveryState::Dead:
        case DeliveryState::Shelved: return Way::Send;
        case DeliveryState::Delivered:
        case DeliveryState::Answered: return Way::Arrived;
        case DeliveryState::Queued:
        case DeliveryState::Pending:
        case DeliveryState::Leased: return Way::Waits;
    }
    return Way::Waits;
}

/// Whether a delivery of its party before (or after) it still has to go.
bool has_open(const Case& one, const Delivery& delivery, bool before) {
    return std::any_of(one.deliveries.begin(), one.deliveries.end(), [&](const Delivery& other) {
        const bool on_that_side = before ? other.sequence < delivery.sequence
                                         : other.sequence > delivery.sequence &&
                                               other.state != DeliveryState::Queued &&
                                               other.state != DeliveryState::Dead;
        return other.party == delivery.party && on_that_side && !is_settled(other.state);
    });
}

/// Whether an operator may decide about it; refused when not.
bool is_open_to_decision(Work& work, const Delivery& delivery) {
    switch (way_of(delivery.state)) {
        case Way::Arrived:
            work.refuse(Errc::Conflict, {"该投递已送达", "the delivery has arrived"});
            return false;
        case Way::Waits:
            work.refuse(Errc::Conflict, {"该投递正待发送", "the delivery is about to be sent"});
            return false;
        case Way::Send: return true;
    }
    return false;
}

}  // namespace

void apply(Work& work, const Redriven& event) {
    Delivery* found = work.find_or_refuse(event.id);
    if (found == nullptr) return;
    const bool is_lost = event.is_missing && has_arrived(found->state);
    if (!is_lost && !is_open_to_decision(work, *found)) return;
    if (has_no_bytes(*found) && event.rewritten.empty()) {
        work.refuse(Errc::Conflict, {"该投递未能生成报文，无可重推",
                                     "the delivery could not be written: it has no bytes to send"});
        return;
    }
    // Only a shelved one can have been overtaken: two of a line are never open at once.
    if (has_open(work.state(), *found, false)) {
        work.refuse(Errc::Conflict,
                    {"该单位后续投递正在发送，请待其送达后再重推",
                     "a later delivery to the party is open: wait until it arrived"});
        return;
    }
    if (is_shut(work, *found)) {
        work.refuse(Errc::Conflict, {"所依赖的前置事项未获准予，不能发送",
                                     "what the item waits for is not granted: it may not be sent"});
        return;
    }
    if (is_superseded(work.state(), *found)) {
        work.refuse(Errc::Conflict,
                    {"该事项已另行流转", "the item went out anew by a later delivery"});
        return;
    }
    const bool may_be_leased = found->state == DeliveryState::Waiting;
    found->attempts_before = found->attempts;
    found->failing_since.reset();
    const std::string cause = event.rewritten.empty() ? found->cause : std::string();
    if (!event.rewritten.empty()) {
        work.note_delivery(*found, "delivery.reencoded", event.rewritten);
    }
    work.change(
        *found,
        has_open(work.state(), *found, true) ? DeliveryState::Queued : DeliveryState::Pending,
        work.now(), cause);
    if (may_be_leased) work.unless_leased(event.id);
    work.note_delivery(*found, "delivery.redriven", event.reason);
}

void apply(Work& work, const Shelved& event) {
    Delivery* found = work.find_or_refuse(event.id);
    if (found == nullptr) return;
    if (found->state != DeliveryState::Dead && found->state != DeliveryState::Unknown) {
        work.refuse(Errc::Conflict, {"只能搁置已放弃或结果未知的投递",
                                     "only a delivery that was given up or whose outcome is not "
                                     "known can be shelved"});
        return;
    }
    if (event.reason.empty()) {
        work.refuse(Errc::MissingRequired, {"搁置须说明原因", "shelving needs a reason"});
        return;
    }
    const std::string cause = found->cause;
    work.change(*found, DeliveryState::Shelved, work.now(), cause);
    work.note_delivery(*found, "delivery.shelved", event.reason);
    if (is_shut(work, *found)) hold_again(work, *found->telling.item);
}

void apply(Work& work, const Confirmed& event) {
    Delivery* found = work.find_or_refuse(event.id);
    if (found == nullptr || !is_open_to_decision(work, *found)) return;
    if (has_no_bytes(*found)) {
        work.refuse(Errc::Conflict, {"该投递未能生成报文，对方不会有",
                                     "the delivery could not be written: nobody can have it"});
        return;
    }
    if (event.reason.empty()) {
        work.refuse(Errc::MissingRequired,
                    {"认定已送达须说明依据", "that it arrived needs a reason"});
        return;
    }
    work.note_delivery(*found, "delivery.confirmed", event.reason);
    settle_delivery(work, *found);
}

void apply(Work& work, const AlertSettled& event) {
    if (event.reason.empty()) {
        work.refuse(Errc::MissingRequired,
                    {"了结提醒须说明原因", "settling an alert needs a reason"});
        return;
    }
    const auto is_meant = [&](const Alert& one) {
        return one.code == event.code && (event.item.empty() || one.item == event.item);
    };
    const std::vector<Alert> open = open_alerts(work.state());
    if (std::none_of(open.begin(), open.end(), is_meant)) {
        work.refuse(Errc::NotFound,
                    {"该办件没有此提醒", "the case has no such alert that is open"});
        return;
    }
    if (!is_settled_by_hand(event.code)) {
        work.refuse(Errc::Conflict, {"该提醒随时限或投递的状态自行了结",
                                     "the alert ends by itself, with its clock or its delivery"});
        return;
    }
    for (const Alert& one : open) {
        if (!is_meant(one)) continue;
        const std::string detail = fmt::format("{} {}", one.code, event.reason);
        const std::size_t index = work.index_of(one.item);
        if (index < work.state().items.size()) {
            work.note_item(index, "alert.settled", detail);
        } else {
            work.note("alert.settled", detail);
        }
    }
    std::erase_if(work.state().unsettled, is_meant);
}

}  // namespace luqiao::broker
