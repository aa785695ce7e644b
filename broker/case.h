// broker/case.h - one application on its way: the case, its items, its deliveries. Plain data.
#pragma once

#include "base/calendar.h"
#include "base/id.h"
#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace luqiao::broker {

using luqiao::to_string;  // of dates and ids, beside the overloads for states below

/// Life of one item (事项), in the words of 办件:
///
///     Held(待前置) --gate opens--> Forwarding(流转中) --acknowledged--> Forwarded(已流转)
///       |                                                             |
///       | prerequisite refused                    Accepted(受理) <----+----> NotAccepted(不予受理)
///       v                                            |      ^
///     Cancelled(终止)                                 v      | supplement
///                                     Granted / Refused   Correction(补正)
///
///     Accepted <--ended-- Special(特别程序) <--hearing, inspection, expert review-- any but Held
///                        or final (行政许可法 第四十五条): the clocks of the decision stand still
///
///     any but a final one --withdrawn by the applicant (撤回)--> Withdrawing(撤回中) -->
///     Withdrawn(已撤回)   at once when nothing went out, or when the department takes no such
///                        message; else when it confirms. A decision on its way wins. When the
///                        department cannot take the message, the item goes on where it was.
///
///     Granted --the department takes its grant back (撤销、注销)--> Revoked(已撤销)
///     what waits for the item and has not gone out goes back, Forwarding --> Held (第十五条); what
///     did go out stays where it is, with an alert
///
///     a final one --an operator accepts the answer that contradicts it--> what that answer says;
///     Cancelled --> Held when its prerequisite may be granted after all
///
/// A department may answer before its acknowledgement is seen, may skip 受理, and may take a
/// withdrawal at its own counter.
enum class ItemState : std::uint8_t {
    Held,
    Forwarding,
    Forwarded,
    Accepted,
    Correction,
    Special,
    Granted,
    Refused,
    NotAccepted,
    Cancelled,
    Withdrawing,
    Withdrawn,
    Revoked,
};
/// Canonical code of the table `item_status`: "held", …
std::string_view to_string(ItemState state);
std::optional<ItemState> parse_item_state(std::string_view code);
bool is_final(ItemState state);

/// Life of one delivery (a message to one party):
///
///     Queued --head of its line--> Pending --lease--> Leased --ok--> Delivered --answer-->
///     Answered
///                                     ^                 |
///                                     |                 +--surely not sent------> Waiting --due--+
///                                     |                 +--refused, spent-------> Dead           |
///                                     |                 +--sent or not, nobody knows:            |
///                                     |                      the lease lapsed, or no answer came |
///                                     |                           |                              |
///                                     +--resend, at once or later-+   (same id, same bytes)      |
///                                     +--query: the party is asked first, see below              |
///                                     |                           +--ask--> Unknown              |
///                                     +----------------------------------------------------------+
///
/// on_unknown of the party (OnUnknown) decides. With `query` the next lease is a question: it holds
/// the message --> Delivered; it does not --> Pending; it does not say --> Waiting, asked again.
/// Until then its cause is OutcomeUnknown. With `ask` it stands still until an operator settles it.
///
/// By an operator: Dead, Waiting, Unknown --redriven--> Pending (Queued when another of its line is
/// ahead), attempts counted anew; Dead, Unknown --shelved--> Shelved, and the line goes on without
/// it; Shelved --redriven--> Pending while nothing of its line is open; Dead, Waiting, Unknown,
/// Shelved --confirmed: it has arrived--> Delivered.
enum class DeliveryState : std::uint8_t {
    Queued,
    Pending,
    Leased,
    Waiting,
    Delivered,
    Answered,
    Unknown,
    Dead,
    Shelved,
};
std::string_view to_string(DeliveryState state);  ///< "queued", …
std::optional<DeliveryState> parse_delivery_state(std::string_view code);
/// Delivered, Answered, Shelved: the next of its line may go.
bool is_settled(DeliveryState state);
/// Delivered, Answered: the party has it.
bool has_arrived(DeliveryState state);

enum class DeliveryKind : std::uint8_t { Dispatch, Supplement, Progress, Withdrawal };

/// What a delivery tells, for the shell that encodes it.
struct Telling {
    DeliveryKind kind = DeliveryKind::Dispatch;
    std::optional<std::size_t> item;  ///< index in Case::items; none: about the case
    ItemState state = ItemState::Forwarding;
    std::string case_event;  ///< "accepted" when about the case
    Instant occurred_at{};
    std::string reason_code;
    std::string reason_text;
    bool operator==(const Telling&) const = default;
};

struct Delivery {
    DeliveryId id;
    std::uint32_t sequence = 0;  ///< running number within the case: the order of its party's line
    std::string party;
    std::string map;  ///< "sti.apply"
    Telling telling;
    /// As of the last event: a lease is taken in the store alone, so a case says Pending or Waiting
    /// while its row is Leased.
    DeliveryState state = DeliveryState::Pending;
    /// Attempts that ended (delivered, failed or lapsed). The store counts its row when it leases,
    /// so the two are equal whenever nothing is under way.
    std::uint32_t attempts = 0;
    /// `attempts` when an operator last sent it again: backoff and limit count from there.
    std::uint32_t attempts_before = 0;
    /// When the first attempt since then failed: what RetryPolicy::give_up_after counts from.
    std::optional<Instant> failing_since;
    /// Of Waiting, Unknown, Dead and Shelved: error id, "E5002"; behind a space the rule that
    /// failed, when one did: "E2005 sti.apply.map:12"
    std::string cause;
    /// The outcome of an attempt is not known, and the party has not said since that it has
    /// nothing.
    bool may_be_there = false;
    bool operator==(const Delivery&) const = default;
};

/// How far a clock has run; each is told once: Soon (临期), Overdue (超期), Escalated (still
/// overdue some days later).
enum class ClockStage : std::uint8_t { Running, Soon, Overdue, Escalated };
std::string_view to_string(ClockStage stage);  ///< "running", "soon", "overdue", "escalated"
std::optional<ClockStage> parse_clock_stage(std::string_view code);

/// The clock of a decision, in working or calendar days, that stands still while the applicant
/// supplements (补正).
struct ItemClock {
    std::optional<Date> started;
    /// Days (from, to] do not count; without an end the clock stands still.
    std::vector<std::pair<Date, std::optional<Date>>> pauses;
    std::optional<DueDate> due;       ///< by law (法定时限); none while standing still
    std::optional<DueDate> promised;  ///< by the department's promise (承诺时限); the same
    bool operator==(const ItemClock&) const = default;
};

/// What an item that is being withdrawn goes back to if its department does not take that.
struct BeforeWithdrawal {
    ItemState state = ItemState::Forwarding;
    /// Why it is in that state: observers are told of it again.
    std::string reason_code = {}, reason_text = {};
    bool operator==(const BeforeWithdrawal&) const = default;
};

/// A decision that came while another one stood (or before the item went out), and was not taken:
/// an operator may accept it.
struct OtherAnswer {
    ItemState state = ItemState::Granted;
    Instant occurred_at{};    ///< the department's own time
    std::string digest = {};  ///< SM3 of its bytes: by it the message is found
    std::string reason_code = {}, reason_text = {};
    bool is_accepted = false;
    bool operator==(const OtherAnswer&) const = default;
};

struct Item {
    std::string code;
    std::string serial;  ///< "<case number>-01": what departments know the item by
    ItemState state = ItemState::Held;
    std::optional<BeforeWithdrawal> withdrawn_from;  ///< of Withdrawing
    std::optional<Date> forward_started;  ///< day the forward clock counts from (第十六条)
    std::optional<DueDate> forward_due;
    ItemClock decision;
    ClockStage forward_told = ClockStage::Running;
    ClockStage promise_told = ClockStage::Running;
    ClockStage decision_told = ClockStage::Running;
    std::optional<Instant> last_answer_at;  ///< occurrence time of the newest applied answer
    std::vector<std::string> answers;  ///< digests of the last answers: a repeat changes nothing
    std::optional<OtherAnswer> other_answer;  ///< the newest one
    bool operator==(const Item&) const = default;
};

/// Somebody should look. Codes, and what ends one: broker/alert.h.
struct Alert {
    std::string code;
    std::string item;  ///< serial; empty: about the case
    bool operator==(const Alert&) const = default;
};

struct Case {
    CaseId id;
    std::string number;
    std::uint64_t version = 0;  ///< 0: not stored yet
    std::string service;
    int service_version = 1;
    std::string channel;  ///< party it came from
    std::string bundle;   ///< hash of the rules at acceptance
    Instant accepted_at{};
    std::vector<Item> items;
    std::vector<Delivery> deliveries;
    std::vector<Alert> unsettled;  ///< alerts that only an operator ends, each once

    [[nodiscard]] bool decided() const;  ///< every item is final
    [[nodiscard]] const Item* find_item(std::string_view serial) const;
    [[nodiscard]] const Delivery* find(const DeliveryId& id) const;
    bool operator==(const Case&) const = default;
};

/// The case as JSON text, for the store; versioned ("v":1). Reading refuses what it does not know,
/// so that an older program never loses what a newer one wrote.
/// @errors Corruption: not such a text, another version, an unknown key or state; over 16 MiB
std::string to_json(const Case& one);
Result<Case> case_from_json(std::string_view json);

}  // namespace luqiao::broker
