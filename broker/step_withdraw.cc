// 撤回、撤件: the applicant does not want an item any more. What went out must be taken back.
#include "base/errors.h"
#include "broker/alert.h"
#include "broker/step_work.h"

#include <algorithm>
#include <utility>

namespace luqiao::broker {
namespace {

constexpr std::string_view kReason = "withdrawn";

/// Whether the department cannot know of the message: it has not left its line, it was never tried
/// or never written, or the department turned it away the only time that it was sent: an attempt
/// before may have arrived without our hearing of it. One that is due may be under way: leases are
/// taken in the store.
bool is_surely_not_there(const Delivery& one) {
    switch (one.state) {
        case DeliveryState::Queued: return true;
        case DeliveryState::Dead:
        case DeliveryState::Shelved:
            return has_no_bytes(one) || one.attempts == 0 ||
                   (one.cause == info(Errc::Refused).id && one.attempts == 1);
        case DeliveryState::Pending:
        case DeliveryState::Leased:
        case DeliveryState::Waiting:
        case DeliveryState::Delivered:
        case DeliveryState::Answered:
        case DeliveryState::Unknown: return false;
    }
    return false;
}

bool may_be_there(const Work& work, std::size_t index) {
    const std::vector<Delivery>& all = work.state().deliveries;
    return std::any_of(all.begin(), all.end(), [index](const Delivery& one) {
        return is_about(one, index) && !is_surely_not_there(one);
    });
}

/// Sets the messages about an item that are in `state` aside.
void set_aside(Work& work, std::size_t index, DeliveryState state) {
    for (Delivery& one : work.state().deliveries) {
        if (!is_about(one, index) || one.state != state) continue;
        const std::string cause = one.cause;
        work.change(one, DeliveryState::Shelved, work.now(), cause);
        work.note_delivery(one, "delivery.shelved", kReason);
    }
}

/// The item's state, with the reason that observers were given for it.
BeforeWithdrawal as_it_is(const Work& work, std::size_t index) {
    const Case& one = work.state();
    const ItemState state = one.items[index].state;
    const auto told =
        std::find_if(one.deliveries.rbegin(), one.deliveries.rend(), [&](const Delivery& delivery) {
            const Telling& telling = delivery.telling;
            return telling.kind == DeliveryKind::Progress && telling.item == index &&
                   telling.state == state;
        });
    if (told == one.deliveries.rend()) return {state};
    return {state, told->telling.reason_code, told->telling.reason_text};
}

void withdraw(Work& work, std::size_t index, bool out, const Reason& reason) {
    Item& item = work.item(index);
    const ItemRule* rule = work.rule(index);
    if (!out || rule == nullptr) {
        work.move(index, ItemState::Withdrawn, reason);
        return;
    }
    if (rule->withdraw.empty()) {
        work.alert(kWithdrawalByHand, item.serial);
        work.move(index, ItemState::Withdrawn, reason);
        return;
    }
    item.withdrawn_from = as_it_is(work, index);
    work.dispatch(index, DeliveryKind::Withdrawal, reason);
    work.move(index, ItemState::Withdrawing, reason);
}

}  // namespace

void apply(Work& work, const WithdrawalRequested& event) {
    const std::size_t count = work.state().items.size();
    if (event.item_serial && work.index_of(*event.item_serial) == count) {
        work.refuse(Errc::NotFound, {"没有该流水号的事项", "no item has this serial number"});
        return;
    }
    std::vector<std::size_t> meant;
    for (std::size_t index = 0; index < count; ++index) {
        const Item& item = work.item(index);
        const bool named = !event.item_serial || *event.item_serial == item.serial;
        if (named && !is_final(item.state) && item.state != ItemState::Withdrawing) {
            meant.push_back(index);
        }
    }
    if (meant.empty()) {
        work.refuse(Errc::Conflict, {"没有可以撤回的事项", "nothing is left to withdraw"});
        return;
    }
    work.note("case.withdrawal");
    const Reason reason{work.now(), std::string(kReason), event.reason_text};
    std::vector<bool> out;
    out.reserve(meant.size());
    for (const std::size_t index : meant) out.push_back(may_be_there(work, index));
    // What waits behind others first, so that nothing is let go that is to be withdrawn as well.
    for (const auto state : {DeliveryState::Queued, DeliveryState::Dead}) {
        for (const std::size_t index : meant) set_aside(work, index, state);
    }
    for (std::size_t place = 0; place < meant.size(); ++place) {
        withdraw(work, meant[place], out[place], reason);
    }
    settle_gates(work);
}

void give_up_withdrawal(Work& work, std::size_t index) {
    Item& item = work.item(index);
    if (item.state != ItemState::Withdrawing || !item.withdrawn_from) return;
    const BeforeWithdrawal back = *std::exchange(item.withdrawn_from, std::nullopt);
    work.move(index, back.state, {work.now(), back.reason_code, back.reason_text});
    if (has_prerequisite(work, index) && gate_of(work, index) != Gate::Open) {
        hold_again(work, index);  // its gate was closed meanwhile
    }
}

}  // namespace luqiao::broker
