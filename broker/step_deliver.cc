#include "broker/alert.h"
#include "broker/clock.h"
#include "broker/retry.h"
#include "broker/step_work.h"

#include <fmt/format.h>

#include <algorithm>

namespace luqiao::broker {
namespace {

/// Whether an attempt may be under way: not after success, not after it was given up or left to an
/// operator, and not while another delivery of its line is ahead of it.
bool may_be_under_way(const Delivery& delivery) {
    return !is_settled(delivery.state) && delivery.state != DeliveryState::Dead &&
           delivery.state != DeliveryState::Unknown && delivery.state != DeliveryState::Queued;
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

void count_attempt(Work& work, Delivery& delivery) {
    ++delivery.attempts;
    if (!delivery.failing_since) delivery.failing_since = work.now();
}

std::uint32_t spent(const Delivery& delivery) {
    return delivery.attempts - delivery.attempts_before;
}

/// Whether the party's attempts or its time are spent.
bool is_spent(const Work& work, const Delivery& delivery) {
    const RetryPolicy& policy = policy_of(work, delivery);
    if (spent(delivery) >= policy.attempts_max) return true;
    if (!policy.give_up_after || !delivery.failing_since) return false;
    const DueDate last =
        add_days(work.rules().calendar, china_date(*delivery.failing_since), *policy.give_up_after);
    return china_date(work.now()) > last.date;
}

Instant next_attempt(const Work& work, const Delivery& delivery) {
    return work.now() + retry_delay(policy_of(work, delivery), delivery.id, spent(delivery));
}

void bury(Work& work, Delivery& delivery, std::string_view event, std::string_view cause) {
    work.change(delivery, DeliveryState::Dead, work.now(), cause);
    work.note_delivery(delivery, event, cause);
    work.alert(kDeadLetter, work.serial_of(delivery));
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

/// Sent or not, nobody knows. `state` and `due_at`: where it goes on when it goes on by itself.
void leave_unknown(Work& work, Delivery& delivery, DeliveryState state, Instant due_at) {
    const std::string_view cause = info(Errc::OutcomeUnknown).id;
    if (policy_of(work, delivery).on_unknown == OnUnknown::Ask) {
        work.change(delivery, DeliveryState::Unknown, work.now(), cause);
        work.note_delivery(delivery, "delivery.unknown", cause);
        work.alert(kOutcomeUnknown, work.serial_of(delivery));
        return;
    }
    if (is_spent(work, delivery)) return bury(work, delivery, "delivery.dead", cause);
    work.change(delivery, state, due_at, cause);
    work.note_delivery(delivery, "delivery.unknown", cause);
}

}  // namespace

std::string_view to_string(OnUnknown policy) {
    switch (policy) {
        case OnUnknown::Resend: return "resend";
        case OnUnknown::Query: return "query";
        case OnUnknown::Ask: return "ask";
    }
    return "resend";
}

std::optional<OnUnknown> parse_on_unknown(std::string_view word) {
    for (const auto policy : {OnUnknown::Resend, OnUnknown::Query, OnUnknown::Ask}) {
        if (to_string(policy) == word) return policy;
    }
    return std::nullopt;
}

bool has_no_bytes(const Delivery& delivery) {
    return delivery.cause.starts_with(info(Errc::NotEncodable).id);
}

void settle_delivery(Work& work, Delivery& delivery) {
    Delivery* const found = &delivery;
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
    if (item.withdrawn_from && item.withdrawn_from->state == ItemState::Forwarding) {
        item.withdrawn_from->state = ItemState::Forwarded;
    }
    // A gate was closed, its dispatch set aside, and an attempt before had arrived all the same.
    const bool is_there = item.state == ItemState::Forwarding ||
                          (item.state == ItemState::Held && is_shut(work, *found));
    const bool waited_for = is_there && is_newest_about_item(work.state(), *found);
    // What was sent again for reconciliation still waits for its answer if it did before.
    const bool unanswered = waited_for || (item.state == ItemState::Forwarded &&
                                           is_newest_about_item(work.state(), *found));
    work.change(*found, unanswered ? DeliveryState::Delivered : DeliveryState::Answered, work.now(),
                {});
    if (waited_for) work.move(*telling.item, ItemState::Forwarded, {work.now(), {}, {}});
}

void apply(Work& work, const Delivered& event) {
    Delivery* found = work.find_or_refuse(event.id);
    if (found == nullptr || found->state == DeliveryState::Queued) return;
    // A late success of a delivery that was given up is still a success; its attempts are counted.
    const bool given_up = found->state == DeliveryState::Dead ||
                          found->state == DeliveryState::Unknown ||
                          found->state == DeliveryState::Shelved;
    if (is_settled(found->state) && !given_up) return;
    if (!given_up) ++found->attempts;
    settle_delivery(work, *found);
}

void apply(Work& work, const DeliveryFailed& event) {
    Delivery* found = work.find_or_refuse(event.id);
    if (found == nullptr || !may_be_under_way(*found) || has_ended(*found, event.attempt)) return;
    count_attempt(work, *found);
    if (event.code == Errc::OutcomeUnknown) found->may_be_there = true;
    if (is_shut(work, *found)) return keep_back(work, event.id, found->may_be_there);
    if (event.code == Errc::OutcomeUnknown) {
        return leave_unknown(work, *found, DeliveryState::Waiting, next_attempt(work, *found));
    }
    if (disposition(event.code) != Disposition::Retry || is_spent(work, *found)) {
        return bury(work, *found, "delivery.dead", info(event.code).id);
    }
    work.change(*found, DeliveryState::Waiting, next_attempt(work, *found), info(event.code).id);
    work.note_delivery(*found, "delivery.failed", found->cause);
}

void apply(Work& work, const NotEncodable& event) {
    Delivery* found = work.find_or_refuse(event.id);
    if (found == nullptr || is_settled(found->state) || found->state == DeliveryState::Dead) return;
    const std::string_view id = info(Errc::NotEncodable).id;
    bury(work, *found, "delivery.quarantined",
         event.rule.empty() ? std::string(id) : fmt::format("{} {}", id, event.rule));
}

void apply(Work& work, const LeaseLapsed& event) {
    Delivery* found = work.find_or_refuse(event.id);
    if (found == nullptr || !may_be_under_way(*found) || has_ended(*found, event.attempt)) return;
    count_attempt(work, *found);
    found->may_be_there = true;
    if (is_shut(work, *found)) return keep_back(work, event.id, true);
    // Receivers deduplicate on the id, so the same bytes may go again at once.
    leave_unknown(work, *found, DeliveryState::Pending, work.now());
}

void apply(Work& work, const QueryAnswered& event) {
    Delivery* found = work.find_or_refuse(event.id);
    if (found == nullptr || !may_be_under_way(*found) || has_ended(*found, event.attempt)) return;
    count_attempt(work, *found);
    found->may_be_there = !event.held;
    if (is_shut(work, *found) && !event.held.value_or(false)) {
        return keep_back(work, event.id, !event.held);
    }
    if (!event.held) {
        return leave_unknown(work, *found, DeliveryState::Waiting, next_attempt(work, *found));
    }
    if (*event.held) {
        work.note_delivery(*found, "delivery.found", {});
        return settle_delivery(work, *found);
    }
    work.note_delivery(*found, "delivery.missing", {});
    if (is_spent(work, *found)) {  // an operator who sends it again has the party asked once more
        return bury(work, *found, "delivery.dead", info(Errc::OutcomeUnknown).id);
    }
    work.change(*found, DeliveryState::Pending, work.now(), {});
}

}  // namespace luqiao::broker
