// broker/step_work.h - what the parts of step() share: one transition in the making.
#pragma once

#include "broker/step.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace luqiao::broker {

/// Why an item is where it is, and when that happened; handed on to the observers.
struct Reason {
    Instant occurred_at{};
    std::string code;
    std::string text;
};

/// One call of step(): the case being changed and everything that follows. Deliveries keep to one
/// line per party: only its first unsettled one may go.
class Work {
public:
    Work(const Case& one, const Rules& rules, Instant now);

    Case& state() { return out_.next; }
    [[nodiscard]] const Case& state() const { return out_.next; }
    [[nodiscard]] const Rules& rules() const { return rules_; }
    [[nodiscard]] Instant now() const { return now_; }
    Item& item(std::size_t index) { return out_.next.items[index]; }
    /// The rule of an item; nullptr when this version of the service does not have it.
    [[nodiscard]] const ItemRule* rule(std::size_t index) const;
    /// Index of the item, or the number of items.
    [[nodiscard]] std::size_t index_of(std::string_view serial) const;
    Delivery* find(const DeliveryId& id);
    /// The same; nullptr with the refusal when the case has none.
    Delivery* find_or_refuse(const DeliveryId& id);

    void refuse(Errc code, Text why);
    void note(std::string_view event, std::string_view detail = {});
    void note_item(std::size_t index, std::string_view event, std::string_view detail = {});
    void note_delivery(const Delivery& delivery, std::string_view event, std::string_view detail);
    void alert(std::string_view code, std::string_view serial);
    /// The item's serial that a delivery is about; empty when it is about the case.
    [[nodiscard]] std::string_view serial_of(const Delivery& delivery) const;

    /// Puts an item into `to`: timeline and observers.
    void move(std::size_t index, ItemState to, const Reason& reason);
    /// The same without telling anybody.
    void move_quietly(std::size_t index, ItemState to, const Reason& reason);
    void tell_acceptance();

    /// Queues the message about an item to the party that decides it.
    void dispatch(std::size_t index, DeliveryKind kind, const Reason& reason = {});
    /// Writes a delivery's new state; a settled one lets the next of its line go.
    void change(Delivery& delivery, DeliveryState to, Instant due_at, std::string_view cause);
    /// The last change of a delivery holds only while no attempt of it is under way.
    void unless_leased(const DeliveryId& id);

    Transition finish() &&;

private:
    void tell(std::size_t index, const Reason& reason);
    void send(std::string_view party, std::string_view map, Telling telling);
    void release(std::string_view party);

    const Case& start_;
    const Rules& rules_;
    const Instant now_;
    Transition out_;
};

// ---- one function per event ------------------------------------------------------------------

void apply(Work& work, const Arrived& event);              // step_arrive.cc
void apply(Work& work, const Supplemented& event);         // step_answer.cc
void apply(Work& work, const WithdrawalRequested& event);  // step_withdraw.cc
void apply(Work& work, const Answered& event);             // step_answer.cc
void apply(Work& work, const Delivered& event);            // step_deliver.cc
void apply(Work& work, const DeliveryFailed& event);       // step_deliver.cc
void apply(Work& work, const NotEncodable& event);         // step_deliver.cc
void apply(Work& work, const LeaseLapsed& event);          // step_deliver.cc
void apply(Work& work, const QueryAnswered& event);        // step_deliver.cc
void apply(Work& work, const TimerFired& event);           // step_clock.cc
void apply(Work& work, const Redriven& event);             // step_operator.cc
void apply(Work& work, const Shelved& event);              // step_operator.cc
void apply(Work& work, const Confirmed& event);            // step_operator.cc
void apply(Work& work, const AlertSettled& event);         // step_operator.cc
void apply(Work& work, const AnswerAccepted& event);       // step_accept.cc

// ---- answers (step_answer.cc) ------------------------------------------------------------------

/// The department has what was sent about the item, as far as its answer shows.
void settle_dispatches(Work& work, std::size_t index, ItemState answer);
/// When a decision is of an earlier time than what stands. A date alone is all of its day.
bool is_before_last(const Item& item, Instant occurred);
/// Puts the item into the final state that was answered, with all that follows for others.
void decide(Work& work,
            std::size_t index,
            ItemState decision,
            const Reason& reason,
            const std::vector<DeliveryId>& under_way);

// ---- deliveries (step_deliver.cc) --------------------------------------------------------------

/// It was quarantined: its values did not fit the receiver, so that nothing can have been sent.
bool has_no_bytes(const Delivery& delivery);
/// It brings the department the item: its application, or a supplement to it.
inline bool is_about(const Delivery& one, std::size_t index) {
    return one.telling.item == index && (one.telling.kind == DeliveryKind::Dispatch ||
                                         one.telling.kind == DeliveryKind::Supplement);
}
/// The party has it: Delivered, or Answered when its item moved on meanwhile.
void settle_delivery(Work& work, Delivery& delivery);

// ---- gates (step_gate.cc) --------------------------------------------------------------------

enum class Gate : std::uint8_t { Open, Closed, Failed };

/// Whether an item of the case stands in a group that this one waits for.
bool has_prerequisite(const Work& work, std::size_t index);
/// Open: each group it waits for has a granted item. Failed: of some group none can be granted.
Gate gate_of(const Work& work, std::size_t index);
/// Dispatches and cancels Held items, and takes cancelled ones back whose gate has not failed after
/// all, until nothing changes any more.
void settle_gates(Work& work);
/// Item `index` is granted no more: what waits for it and may still be kept back is held again;
/// each item behind it that is open or granted has an alert.
void close_gates(Work& work, std::size_t index, const std::vector<DeliveryId>& under_way);
/// A dispatch that may not go now, since its item's gate was closed.
bool is_shut(const Work& work, const Delivery& delivery);
/// Instead of another attempt of such a dispatch: set aside, or left to an operator when the one
/// before may have arrived.
void keep_back(Work& work, const DeliveryId& id, bool is_unknown);
/// A dispatch that was set aside when its item was held again, which went out anew since.
bool is_superseded(const Case& one, const Delivery& delivery);
/// Held again, when all that was to be sent about the item is set aside.
void hold_again(Work& work, std::size_t index);
/// Forwarding begins: the clock of 第十六条 and the dispatch.
void begin_forwarding(Work& work, std::size_t index, DeliveryKind kind);

// ---- withdrawal (step_withdraw.cc) ------------------------------------------------------------

/// A message about a withdrawal was given up: the item goes on where it was.
void give_up_withdrawal(Work& work, std::size_t index);

// ---- clocks (step_clock.cc) ------------------------------------------------------------------

void start_forward_clock(Work& work, std::size_t index);
/// The department took the item up on `day`; once only.
void start_decision_clock(Work& work, std::size_t index, Date day);
void pause_decision_clock(Work& work, std::size_t index, Date day);
void resume_decision_clock(Work& work, std::size_t index, Date day);
/// When TimerFired has something to tell: the next stage of the earliest running clock; of a date
/// that is provisional, daily from two weeks before, since the notice of its year may make it
/// earlier.
std::optional<Instant> next_wake(const Case& one, const Rules& rules, Instant now);

}  // namespace luqiao::broker
