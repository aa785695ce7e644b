#include "broker/retry.h"
#include "broker/step_work.h"

#include <algorithm>

namespace luqiao::broker {
namespace {

/// Whether an attempt may be under way: not after success, not after it was given up, and not while
/// another delivery of its line is ahead of it.
bool may_be_under_way(const Delivery& delivery) {
    return !is_settled(delivery.state) && delivery.state != DeliveryState::Dead &&
           delivery.state != DeliveryState::Queued;
}

/// Each lease raises the number of its attempt, so a number is the token of one lease.
bool has_ended(const Delivery& delivery, std::uint32_t attempt) {
    return attempt != 0 && attempt <= delivery.attempts;
}

const RetryPolicy& policy_of(const Work& work, const Delivery& delivery) {
    static const RetryPolicy fallback;
    const auto found = work.rules().retry.find(delivery.party);
    return found == work.rules().retry.end() ? fallback : found->second;
}

void bury(Work& work, Delivery& delivery, std::string_view event, std::string_view cause) {
    work.change(delivery, DeliveryState::Dead, work.now(), cause);
    work.note_delivery(delivery, event, cause);
    work.alert("dead_letter", work.serial_of(delivery));
    if (delivery.telling.kind == DeliveryKind::Withdrawal) {
        give_up_withdrawal(work, *delivery.telling.item);
    }
}

/// Whether `delivery` is the last message about its item that went to the department.
bool is_newest_about_item(const Case& one, const Delivery& delivery) {
    return std::none_of(one.deliveries.begin(), one.deliveries.end(), [&](const Delivery& other) {
        return other.telling.kind != DeliveryKind::Progress &&
               other.telling.kind != DeliveryKind::Withdrawal &&
               other.telling.item == delivery.telling.item && other.sequence > delivery.sequence;
    });
}

}  // namespace

void apply(Work& work, const Delivered& event) {
    Delivery* found = work.find_or_refuse(event.id);
    if (found == nullptr || found->state == DeliveryState::Queued) return;
    // A late success of a delivery that was given up is still a success; its attempts are counted.
    const bool given_up =
        found->state == DeliveryState::Dead || found->state == DeliveryState::Shelved;
    if (is_settled(found->state) && !given_up) return;
    if (!given_up) ++found->attempts;
    const Telling telling = found->telling;
    if (telling.kind == DeliveryKind::Progress || !telling.item) {
        work.change(*found, DeliveryState::Delivered, work.now(), {});
        return;
    }
    Item& item = work.item(*telling.item);
    if (telling.kind == DeliveryKind::Withdrawal) {
        const bool open = item.state == ItemState::Withdrawing;
        work.change(*found, open ? DeliveryState::Delivered : DeliveryState::Answered, work.now(),
                    {});
        return;
    }
    if (item.withdrawn_from == ItemState::Forwarding) item.withdrawn_from = ItemState::Forwarded;
    const bool waited_for =
        item.state == ItemState::Forwarding && is_newest_about_item(work.state(), *found);
    work.change(*found, waited_for ? DeliveryState::Delivered : DeliveryState::Answered, work.now(),
                {});
    if (waited_for) work.move(*telling.item, ItemState::Forwarded, {work.now(), {}, {}});
}

void apply(Work& work, const DeliveryFailed& event) {
    Delivery* found = work.find_or_refuse(event.id);
    if (found == nullptr || !may_be_under_way(*found) || has_ended(*found, event.attempt)) return;
    ++found->attempts;
    const RetryPolicy& policy = policy_of(work, *found);
    const std::uint32_t spent = found->attempts - found->attempts_before;
    const bool again = disposition(event.code) == Disposition::Retry && spent < policy.attempts_max;
    if (!again) {
        bury(work, *found, "delivery.dead", info(event.code).id);
        return;
    }
    work.change(*found, DeliveryState::Waiting, work.now() + retry_delay(policy, found->id, spent),
                info(event.code).id);
    work.note_delivery(*found, "delivery.failed", found->cause);
}

void apply(Work& work, const NotEncodable& event) {
    Delivery* found = work.find_or_refuse(event.id);
    if (found == nullptr || is_settled(found->state) || found->state == DeliveryState::Dead) return;
    bury(work, *found, "delivery.quarantined", info(Errc::NotEncodable).id);
}

void apply(Work& work, const LeaseLapsed& event) {
    Delivery* found = work.find_or_refuse(event.id);
    if (found == nullptr || !may_be_under_way(*found) || has_ended(*found, event.attempt)) return;
    ++found->attempts;
    const std::string_view cause = info(Errc::OutcomeUnknown).id;
    if (found->attempts - found->attempts_before >= policy_of(work, *found).attempts_max) {
        bury(work, *found, "delivery.dead", cause);
        return;
    }
    // Receivers deduplicate on the id, so the same bytes may go again at once.
    work.change(*found, DeliveryState::Pending, work.now(), cause);
    work.note_delivery(*found, "delivery.unknown", cause);
}

}  // namespace luqiao::broker
