#include "broker/alert.h"

#include "broker/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace luqiao::broker {
namespace {

constexpr std::array kByHand{kFeeNotAllowed, kContradiction, kWithdrawalByHand,
                             kPrerequisiteRevoked};

/// Those beside clocks come first.
constexpr std::array<std::string_view, 15> kAllAlerts{
    kDeadLetter,         kOutcomeUnknown,      kFeeNotAllowed,      kContradiction,
    kWithdrawalByHand,   kPrerequisiteRevoked, "forward_soon",      "forward_overdue",
    "forward_escalated", "promise_soon",       "promise_overdue",   "promise_escalated",
    "decision_soon",     "decision_overdue",   "decision_escalated"};
constexpr std::size_t kBesideClocks = 6;

void add(std::vector<Alert>& to, std::string_view code, std::string_view item) {
    Alert alert{std::string(code), std::string(item)};
    if (std::find(to.begin(), to.end(), alert) == to.end()) to.push_back(std::move(alert));
}

}  // namespace

std::span<const std::string_view> alerts_beside_clocks() {
    return std::span(kAllAlerts).first(kBesideClocks);
}

std::span<const std::string_view> all_alerts() {
    return kAllAlerts;
}

bool is_settled_by_hand(std::string_view code) {
    return std::find(kByHand.begin(), kByHand.end(), code) != kByHand.end();
}

std::vector<Alert> open_alerts(const Case& one) {
    std::vector<Alert> out = one.unsettled;
    for (const Item& item : one.items) {
        for (const ToldStage& told : told_stages(item)) {
            add(out, fmt::format("{}_{}", to_string(told.kind), to_string(told.stage)),
                item.serial);
        }
    }
    for (const Delivery& delivery : one.deliveries) {
        const std::string_view code = delivery.state == DeliveryState::Dead      ? kDeadLetter
                                      : delivery.state == DeliveryState::Unknown ? kOutcomeUnknown
                                                                                 : "";
        if (code.empty()) continue;
        const auto& item = delivery.telling.item;
        add(out, code, item ? std::string_view(one.items[*item].serial) : "");
    }
    std::stable_sort(out.begin(), out.end(), [](const Alert& a, const Alert& b) {
        return std::pair(a.item.empty(), std::string_view(a.item)) <
               std::pair(b.item.empty(), std::string_view(b.item));
    });
    return out;
}

std::string_view light_of(const Case& one) {
    ClockStage worst = ClockStage::Running;
    for (const Item& item : one.items) {
        for (const ToldStage& told : told_stages(item)) worst = std::max(worst, told.stage);
    }
    return light_of(worst);
}

}  // namespace luqiao::broker
