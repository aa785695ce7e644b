// broker/step.h - the whole life of a case as one pure function.
#pragma once

#include "base/calendar.h"
#include "base/errors.h"
#include "broker/case.h"
#include "broker/service.h"

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace luqiao::broker {

// ---- events: what happened -------------------------------------------------------------------

/// An application was decoded and found good. The case is empty but for id, number and channel.
struct Arrived {
    std::vector<std::string> items;  ///< canonical item codes, as chosen (申请自愿)
    std::vector<std::string>
        evidence;  ///< canonical fields named by ItemRule::evidence that have a value
};
/// The applicant supplemented after 补正. Goes to every item in Correction, or to one.
struct Supplemented {
    std::optional<std::string> item_serial;
};
/// The applicant withdraws the application, or one item of it (撤回、撤件).
struct WithdrawalRequested {
    std::optional<std::string> item_serial;  ///< none: every item that is not decided
    std::string reason_text = {};
};
/// A department answered about one item.
struct Answered {
    std::string party;
    std::string item_serial;
    ItemState state = ItemState::Accepted;  ///< Accepted, Correction, Special; final but Cancelled
    Instant occurred_at{};                  ///< the department's own time
    std::string digest = {};                ///< SM3 of the answer's bytes
    std::string reason_code = {};
    std::string reason_text = {};
    bool has_fee = false;
    /// Deliveries that are leased just now, which a case cannot see; needed when state is Revoked.
    std::vector<DeliveryId> under_way = {};
};
struct Delivered {
    DeliveryId id;
};
/// `attempt` is the fence: an attempt that ended already (its lease lapsed, and another is perhaps
/// under way) says nothing any more. 0: not known, taken as the newest.
struct DeliveryFailed {
    DeliveryId id;
    Errc code = Errc::Unavailable;
    std::uint32_t attempt = 0;
};
/// The bytes for a new delivery could not be made: a value does not fit the receiver (quarantine).
struct NotEncodable {
    DeliveryId id;
    std::string rule = {};  ///< the row that failed, "sti.apply.map:12"; empty: none did
};
/// A lease outlived its node: sent or not, nobody knows.
struct LeaseLapsed {
    DeliveryId id;
    std::uint32_t attempt = 0;  ///< as in DeliveryFailed
};
/// A party was asked whether it holds a delivery of unknown outcome.
struct QueryAnswered {
    DeliveryId id;
    std::optional<bool> held;   ///< none: it did not say
    std::uint32_t attempt = 0;  ///< as in DeliveryFailed
};
struct TimerFired {};
/// An operator sends a delivery again: the same id, and the same bytes unless they were made anew.
struct Redriven {
    DeliveryId id;
    std::string reason;          ///< why, for the timeline; no personal data
    bool is_missing = false;     ///< the party took it and has it no more, as reconciliation found
    std::string rewritten = {};  ///< by newer rules: from what to what; empty: the same bytes
};
/// An operator sets a delivery aside that is dead or of unknown outcome, so that its line goes on
/// without it.
struct Shelved {
    DeliveryId id;
    std::string reason;  ///< must not be empty; no personal data
};
/// An operator knows that the party has it.
struct Confirmed {
    DeliveryId id;
    std::string reason;  ///< must not be empty; no personal data
};
/// An operator has seen to an alert that nothing else ends.
struct AlertSettled {
    std::string code;
    std::string item;    ///< serial; empty: of whatever item
    std::string reason;  ///< must not be empty; no personal data
};
/// An operator has checked with the department that the answer which contradicts what stands is
/// right (复议, a corrected decision).
struct AnswerAccepted {
    std::string item;                        ///< serial; empty: the only item with such an answer
    ItemState state = ItemState::Granted;    ///< what the answer says: who accepts knows what
    std::string reason;                      ///< must not be empty; no personal data
    std::vector<DeliveryId> under_way = {};  ///< as in Answered
};
using Event = std::variant<Arrived,
                           Supplemented,
                           WithdrawalRequested,
                           Answered,
                           Delivered,
                           DeliveryFailed,
                           NotEncodable,
                           LeaseLapsed,
                           QueryAnswered,
                           TimerFired,
                           Redriven,
                           Shelved,
                           Confirmed,
                           AlertSettled,
                           AnswerAccepted>;

// ---- what follows ----------------------------------------------------------------------------

/// A change of a delivery's row in the store.
struct DeliveryChange {
    DeliveryId id;
    DeliveryState state = DeliveryState::Pending;
    Instant due_at{};  ///< as in StoredDelivery; of other states it says nothing
    std::string cause;
    /// Its unit is a conflict while the row is leased: a case cannot see that, and whoever would
    /// send it again must not take the lease away from an attempt under way.
    bool needs_no_lease = false;
};

/// One line of the case's timeline. No personal data.
struct TimelineEntry {
    Instant at{};
    /// case.accepted case.supplemented case.withdrawal case.decided; item.STATE; delivery.failed
    /// .unknown .found .missing .dead .quarantined .reencoded .redriven .shelved .confirmed;
    /// answer.outdated .quarantined .contradiction .repeated .crossed .accepted; alert.settled;
    /// clock.CLOCK_STAGE, CLOCK one of forward promise decision, STAGE one of soon overdue
    /// escalated (broker/clock.h)
    std::string event;
    std::string party;
    std::string item;    ///< serial; empty: about the case
    std::string detail;  ///< error id, state, reason code
};

struct Transition {
    Case next;
    std::vector<DeliveryId> created;      ///< in next.deliveries; the shell makes their bytes
    std::vector<DeliveryChange> changed;  ///< rows that exist already
    std::vector<TimelineEntry> timeline;
    std::vector<Alert> alerts;       ///< raised now; which are open says broker/alert.h
    std::optional<Instant> wake_at;  ///< when TimerFired is next due; none: never
    std::optional<Errc> refused;     ///< the event cannot be taken; nothing changed
    Text refusal;
};

/// What is done about a delivery that was sent or not, nobody knows.
enum class OnUnknown : std::uint8_t {
    Resend,  ///< the same id and bytes again: the party takes each id once
    Query,   ///< the party is asked whether it holds the id, and sent it again when not
    Ask,     ///< nothing until an operator says
};
std::string_view to_string(OnUnknown policy);  ///< "resend", …
std::optional<OnUnknown> parse_on_unknown(std::string_view word);

/// How often and how fast to try again.
struct RetryPolicy {
    Duration first{10'000};
    Duration most{12 * 3'600'000};
    std::uint32_t attempts_max = 60;  ///< questions of OnUnknown::Query count too
    OnUnknown on_unknown = OnUnknown::Resend;
    /// Given up by the first failure after that many days since the first one; none: never.
    std::optional<Limit> give_up_after = {};
};

/// All that `step` may look at besides the case.
struct Rules {
    const Service& service;
    const Calendar& calendar;
    const std::map<std::string, RetryPolicy, std::less<>>& retry;  ///< by party
};

/// Pure: same arguments, same result; no clock, randomness, I/O or log. Delivery ids are derived
/// from the case id and a running number.
///
/// Arrived      every chosen item becomes an Item, in the order of the catalogue; ungated ones are
///              dispatched at once and side by side (第十八条), gated ones are Held (第十五条);
///              observers learn of the acceptance, which stands for the dispatch of the ungated.
///              Refused: no item (MissingRequired), an unknown item (BadValue), missing evidence
///              (NotEligible, every such item in one sentence), a case that has items (Conflict).
/// Supplemented every item in Correction goes out again with the supplement; its clock runs on.
///              Refused: nothing waits for it (Conflict), no such item (NotFound).
/// WithdrawalRequested  each item meant that is not decided: Withdrawn at once when it was not sent
///              (its messages are set aside), else a message to the department that takes one
///              (ItemRule::withdraw) and Withdrawing until it confirms; a department that takes
///              none is told by hand: Withdrawn, and an alert. Dependents of a withdrawn item are
///              cancelled. Refused: nothing is left to withdraw (Conflict), no such item
///              (NotFound).
/// Answered     moves the item, opens or closes gates, tells the observers. A repeat (same digest)
///              changes nothing; an occurrence older than the last one changes nothing unless it is
///              a decision; a contradiction of a final state, or an answer about a Held item,
///              raises an alert and changes nothing, and a decision among them is kept for
///              AnswerAccepted; a fee where none is allowed is quarantined (第十七条). A time ahead
///              of `now` counts as `now`, so that a wrong clock cannot bar the future. While
///              Withdrawing, a decision wins and is told, and 受理 and 补正 are kept for when the
///              withdrawal fails. A revocation that is no older than the grant closes the gates
///              that the grant opened: of each item behind them that is open or granted there is an
///              alert; the dispatch that has not gone out is set aside and its item Held again, one
///              whose outcome is not known is left to an operator, one under way does not go again
///              when it fails. Refused: another party's item (Forbidden), no such item (NotFound),
///              a state that no department gives (InvalidArgument).
/// Delivered    settles the delivery and releases the next one of the same party.
/// DeliveryFailed  Waiting with exponential backoff and jitter derived from the id, or Dead. A dead
///              delivery holds up the later ones of its own party and case, nothing else.
/// NotEncodable Dead at once (quarantine).
/// DeliveryFailed with OutcomeUnknown, LeaseLapsed  as the party's on_unknown says: Waiting or
/// (after
///              a lapse) Pending with the cause OutcomeUnknown, which the shell sends again or asks
///              about; or Unknown, with an alert; or Dead when attempts or time are spent.
/// QueryAnswered  held: as Delivered. Not held: Pending at once, as never sent, or Dead when
///              attempts or time are spent. Not said: Waiting, to be asked again, or Dead.
/// TimerFired   a clock comes near its end, has run out, is over by days: alert and timeline, once
///              each for one end. Provisional dates are worked out again with the calendar of
///              today; an end that moved on and has not come is told anew.
/// Redriven     Dead, Waiting or Unknown becomes Pending at once, or Queued while another of its
///              line is ahead; a Shelved one becomes Pending when nothing of its line is open. Its
///              attempts count anew, its id, bytes and history stay. Refused (Conflict): it has
///              arrived (unless the party has it no more: then its item stays where it is), it
///              waits already, its line went on meanwhile, or it was quarantined, has no bytes
///              and was not rewritten; its gate is closed, or its item went out anew meanwhile.
///              A lease is taken in the store alone: of a Waiting one the change is marked
///              (needs_no_lease), and the shell refuses what it sees under way.
/// Shelved      a Dead or Unknown delivery lets its line go on. Refused (Conflict): it is neither;
///              (MissingRequired): without a reason.
/// Confirmed    as Delivered, by the word of an operator. Refused: it has arrived, or waits to be
///              sent, or has no bytes (Conflict); without a reason (MissingRequired).
/// AlertSettled the alert is open no more; raised again, it opens again. Refused: none is open
///              (NotFound); the case ends it by itself (Conflict); without a reason
///              (MissingRequired).
/// AnswerAccepted  the kept answer becomes the item's decision as if it had come first: observers
///              are told, gates open (what a refusal cancelled goes on) or close as after a
///              revocation, the contradiction is settled. Accepted a second time: nothing changes.
///              Refused: there is none (NotFound), it says another thing, or is older than what
///              stands, or of two items none is named (Conflict); without a reason
///              (MissingRequired).
///
/// A failure or a lapse of an attempt that has ended already changes nothing: whoever comes late
/// must not touch the lease of another. A late success counts, since the receiver has the message.
/// An event about a delivery that is settled already, or still queued, changes nothing unless it
/// says otherwise above; about one that the case does not have it is refused (NotFound).
Transition step(const Case& one, const Event& event, const Rules& rules, Instant now);

/// The id of the `sequence`-th delivery of a case: time-ordered, unique, reproducible.
DeliveryId delivery_id(const CaseId& id, std::uint32_t sequence, Instant now);

}  // namespace luqiao::broker
