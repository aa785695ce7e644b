// broker/alert.h - the alerts of a case, which of them are open, and the light it shows.
//
//   of clocks      forward_soon, promise_overdue, decision_escalated, …: open while the clock runs
//                  and nothing further was told of it
//   of deliveries  dead_letter, outcome_unknown: open while a delivery stands so
//   by hand        fee_not_allowed, contradiction, withdrawal_by_hand, prerequisite_revoked: open
//                  until an operator settles them (AlertSettled), a contradiction also until its
//                  answer is accepted (AnswerAccepted)
//
// What follows from the state of a case is not kept beside it: such an alert opens and ends with
// that state. The store keeps what was ever raised (Store::alerts).
#pragma once

#include "broker/case.h"

#include <span>
#include <string_view>
#include <vector>

namespace luqiao::broker {

inline constexpr std::string_view kDeadLetter = "dead_letter";
inline constexpr std::string_view kOutcomeUnknown = "outcome_unknown";
inline constexpr std::string_view kFeeNotAllowed = "fee_not_allowed";
inline constexpr std::string_view kContradiction = "contradiction";
inline constexpr std::string_view kWithdrawalByHand = "withdrawal_by_hand";
/// What the item waited for was granted, and is so no more (第十五条). Of an item that is held
/// again, of one that its department has, and of one that was granted.
inline constexpr std::string_view kPrerequisiteRevoked = "prerequisite_revoked";

/// Codes that do not come of a clock, and all codes.
std::span<const std::string_view> alerts_beside_clocks();
std::span<const std::string_view> all_alerts();
/// Ends only when an operator settles it.
bool is_settled_by_hand(std::string_view code);

/// Each once, by items, those about the case last.
std::vector<Alert> open_alerts(const Case& one);

/// 绿灯、黄灯、红灯 of the worst of its running clocks, as far as it was told: "green", "yellow",
/// "red".
std::string_view light_of(const Case& one);

}  // namespace luqiao::broker
