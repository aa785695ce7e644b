#include "broker/case.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace luqiao::broker {
namespace {

constexpr std::array<std::string_view, 13> kItemStates{
    "held",    "forwarding",   "forwarded", "accepted",    "correction", "special", "granted",
    "refused", "not_accepted", "cancelled", "withdrawing", "withdrawn",  "revoked"};
constexpr std::array<std::string_view, 9> kDeliveryStateWords{"queued",  "pending",   "leased",
                                                              "waiting", "delivered", "answered",
                                                              "unknown", "dead",      "shelved"};
static_assert(kItemStates.size() == static_cast<std::size_t>(ItemState::Revoked) + 1);
static_assert(kDeliveryStateWords.size() == static_cast<std::size_t>(DeliveryState::Shelved) + 1);

constexpr std::array<std::string_view, 4> kClockStages{"running", "soon", "overdue", "escalated"};
static_assert(kClockStages.size() == static_cast<std::size_t>(ClockStage::Escalated) + 1);

}  // namespace

std::string_view to_string(ClockStage stage) {
    return kClockStages[static_cast<std::size_t>(stage)];
}

std::optional<ClockStage> parse_clock_stage(std::string_view code) {
    const auto found = std::find(kClockStages.begin(), kClockStages.end(), code);
    if (found == kClockStages.end()) return std::nullopt;
    return static_cast<ClockStage>(found - kClockStages.begin());
}

std::string_view to_string(ItemState state) {
    return kItemStates[static_cast<std::size_t>(state)];
}

std::optional<ItemState> parse_item_state(std::string_view code) {
    const auto found = std::find(kItemStates.begin(), kItemStates.end(), code);
    if (found == kItemStates.end()) return std::nullopt;
    return static_cast<ItemState>(found - kItemStates.begin());
}

bool is_final(ItemState state) {
    switch (state) {
        case ItemState::Held:
        case ItemState::Forwarding:
        case ItemState::Forwarded:
        case ItemState::Accepted:
        case ItemState::Correction:
        case ItemState::Special:
        case ItemState::Withdrawing: return false;
        case ItemState::Granted:
        case ItemState::Refused:
        case ItemState::NotAccepted:
        case ItemState::Cancelled:
        case ItemState::Withdrawn:
        case ItemState::Revoked: return true;
    }
    return true;
}

std::string_view to_string(DeliveryState state) {
    return kDeliveryStateWords[static_cast<std::size_t>(state)];
}

std::optional<DeliveryState> parse_delivery_state(std::string_view code) {
    const auto found = std::find(kDeliveryStateWords.begin(), kDeliveryStateWords.end(), code);
    if (found == kDeliveryStateWords.end()) return std::nullopt;
    return static_cast<DeliveryState>(found - kDeliveryStateWords.begin());
}

bool is_settled(DeliveryState state) {
    return state == DeliveryState::Delivered || state == DeliveryState::Answered ||
           state == DeliveryState::Shelved;
}

bool has_arrived(DeliveryState state) {
    return state == DeliveryState::Delivered || state == DeliveryState::Answered;
}

bool Case::decided() const {
    return !items.empty() && std::all_of(items.begin(), items.end(),
                                         [](const Item& item) { return is_final(item.state); });
}

const Item* Case::find_item(std::string_view serial) const {
    const auto found = std::find_if(items.begin(), items.end(),
                                    [serial](const Item& item) { return item.serial == serial; });
    return found == items.end() ? nullptr : &*found;
}

const Delivery* Case::find(const DeliveryId& wanted) const {
    const auto found = std::find_if(deliveries.begin(), deliveries.end(),
                                    [&wanted](const Delivery& one) { return one.id == wanted; });
    return found == deliveries.end() ? nullptr : &*found;
}

}  // namespace luqiao::broker
