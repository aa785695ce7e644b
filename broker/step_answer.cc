#include "broker/alert.h"
#include "broker/step_work.h"

#include <algorithm>

namespace luqiao::broker {
namespace {

/// Enough to recognise repeats; what is older is recognised by its time or by the final state.
constexpr std::size_t kAnswersKept = 64;

bool is_answer(ItemState state) {
    switch (state) {
        case ItemState::Accepted:
        case ItemState::Correction:
        case ItemState::Special:
        case ItemState::NotAccepted:
        case ItemState::Granted:
        case ItemState::Refused:
        case ItemState::Withdrawn:
        case ItemState::Revoked: return true;
        case ItemState::Held:
        case ItemState::Forwarding:
        case ItemState::Forwarded:
        case ItemState::Cancelled:
        case ItemState::Withdrawing: return false;
    }
    return false;
}

/// States in which the clocks of the decision do not run.
bool stands_still(ItemState state) {
    return state == ItemState::Correction || state == ItemState::Special;
}

/// False, with the refusal, when the answer is not this party's to give.
bool check_right(Work& work, const Answered& event, std::size_t index) {
    if (index == work.state().items.size()) {
        work.refuse(Errc::NotFound, {"没有该流水号的事项", "no item has this serial number"});
        return false;
    }
    const ItemRule* rule = work.rule(index);
    if (rule == nullptr) {
        work.refuse(Errc::Internal, {"该事项不在办件所用的服务版本中",
                                     "the item is not in the case's version of the service"});
        return false;
    }
    if (rule->party != event.party) {
        work.refuse(Errc::Forbidden, {"该事项由其他单位办理", "another party decides this item"});
        return false;
    }
    if (!is_answer(event.state)) {
        work.refuse(Errc::InvalidArgument,
                    {"部门只能反馈受理、补正、特别程序、不予受理、准予、不予许可、撤回或撤销",
                     "a department answers accepted, correction, special, not_accepted, granted, "
                     "refused, withdrawn or revoked"});
        return false;
    }
    return true;
}

/// Keeps the digest. @return false: it was known (an answer without a digest never is)
bool remember(Item& item, const std::string& digest) {
    if (digest.empty()) return true;
    auto& known = item.answers;
    if (std::find(known.begin(), known.end(), digest) != known.end()) return false;
    if (known.size() >= kAnswersKept) known.erase(known.begin());
    known.push_back(digest);
    return true;
}

/// Midnight (+08:00): a department that gives a date alone.
bool is_date(Instant occurred) {
    return occurred == china_midnight(china_date(occurred));
}

/// Acceptance comes before 补正 and 特别程序. Of one second the order of arrival does not say which
/// was first: a table's row that was given back comes after its followers. A date alone is midnight
/// (+08:00), and there the order of arrival is all that is known.
bool is_overtaken(const Item& item, ItemState answer, Instant occurred) {
    return answer == ItemState::Accepted && stands_still(item.state) && !is_date(occurred) &&
           occurred == item.last_answer_at;
}

/// A decision that does not fit what stands is nobody's but an operator's to take.
void contradict(Work& work, const Answered& event, std::size_t index, Instant occurred) {
    Item& item = work.item(index);
    work.note_item(index, "answer.contradiction", to_string(event.state));
    work.alert(kContradiction, item.serial);
    if (!is_final(event.state)) return;
    const std::optional<OtherAnswer>& known = item.other_answer;
    if (known && !known->is_accepted && occurred < known->occurred_at) return;
    item.other_answer = {event.state,       occurred,          event.digest,
                         event.reason_code, event.reason_text, false};
}

/// False, with the timeline saying why, when the answer may not move the item.
bool may_move(Work& work, const Answered& event, std::size_t index, Instant occurred) {
    const Item& item = work.item(index);
    const std::string_view word = to_string(event.state);
    if (event.has_fee && !work.rule(index)->fee_allowed) {
        work.note_item(index, "answer.quarantined", word);
        work.alert(kFeeNotAllowed, item.serial);
        return false;
    }
    const bool is_older = item.last_answer_at && occurred < *item.last_answer_at;
    if (!is_final(event.state) && (is_older || is_overtaken(item, event.state, occurred))) {
        work.note_item(index, "answer.outdated", word);
        return false;
    }
    if (is_final(item.state) && item.state == event.state) {
        work.note_item(index, "answer.repeated", word);
        return false;
    }
    if (item.state == ItemState::Granted && event.state == ItemState::Revoked &&
        !is_before_last(item, occurred)) {
        return true;
    }
    if (item.state == ItemState::Revoked && event.state == ItemState::Granted && is_older) {
        work.note_item(index, "answer.outdated", word);  // the grant that was revoked, late
        return false;
    }
    if (is_final(item.state) || item.state == ItemState::Held) {
        contradict(work, event, index, occurred);
        return false;
    }
    return true;
}

/// The day a clock counts from: no department can take up a case before it was there.
Date clock_day(const Work& work, Instant occurred) {
    return std::max(china_date(occurred), china_date(work.state().accepted_at));
}

void take_answer(Work& work, const Answered& event, std::size_t index, Instant occurred) {
    Item& item = work.item(index);
    const Date day = clock_day(work, occurred);
    item.last_answer_at = std::max(item.last_answer_at.value_or(occurred), occurred);
    settle_dispatches(work, index, event.state);
    if (event.state == ItemState::Accepted) {
        start_decision_clock(work, index, day);
        resume_decision_clock(work, index, day);
        if (item.state == ItemState::Accepted) {
            work.note_item(index, "answer.repeated", to_string(event.state));
            return;
        }
    }
    // A special procedure is part of the review: the department has taken the item up.
    if (event.state == ItemState::Special) start_decision_clock(work, index, day);
    if (stands_still(event.state)) pause_decision_clock(work, index, day);
    if (item.state == ItemState::Withdrawing) {
        if (event.state != ItemState::Withdrawn) {
            work.note_item(index, "answer.crossed", to_string(event.state));
        }
        if (!is_final(event.state)) {
            item.withdrawn_from = {event.state, event.reason_code, event.reason_text};
            return;
        }
        item.withdrawn_from.reset();
    }
    // A second 补正 or 特别程序 while one is open is news for the applicant, so it is told like a
    // change.
    const Reason reason{occurred, event.reason_code, event.reason_text};
    if (is_final(event.state)) return decide(work, index, event.state, reason, event.under_way);
    work.move(index, event.state, reason);
}

}  // namespace

/// The department has what was sent: its messages are answered, and one that was given up is
/// settled, so that the line moves again. One on its way stays so until its outcome is known.
/// An answer shows that the application arrived, but not that a supplement or the message of a
/// withdrawal did that was given up (it may have crossed it), nor a confirmed withdrawal that
/// anything did: with the decision those are set aside, or reconciliation would miss them there and
/// send them again; until then a supplement stays for an operator to send.
void settle_dispatches(Work& work, std::size_t index, ItemState answer) {
    for (Delivery& one : work.state().deliveries) {
        if (one.telling.kind == DeliveryKind::Progress || one.telling.item != index) continue;
        if (one.telling.kind == DeliveryKind::Withdrawal && !is_final(answer)) continue;
        if (is_superseded(work.state(), one)) continue;
        const bool shows_arrival =
            one.telling.kind == DeliveryKind::Dispatch && answer != ItemState::Withdrawn;
        const bool given_up =
            one.state == DeliveryState::Dead || one.state == DeliveryState::Shelved;
        if (one.state == DeliveryState::Delivered || (given_up && shows_arrival)) {
            work.change(one, DeliveryState::Answered, work.now(), {});
        } else if (one.state == DeliveryState::Dead && is_final(answer)) {
            const std::string cause = one.cause;
            work.change(one, DeliveryState::Shelved, work.now(), cause);
        }
    }
}

bool is_before_last(const Item& item, Instant occurred) {
    if (!item.last_answer_at || occurred >= *item.last_answer_at) return false;
    return !is_date(occurred) || china_date(occurred) != china_date(*item.last_answer_at);
}

void decide(Work& work,
            std::size_t index,
            ItemState decision,
            const Reason& reason,
            const std::vector<DeliveryId>& under_way) {
    const bool was_granted = work.item(index).state == ItemState::Granted;
    work.move(index, decision, reason);
    if (was_granted || decision == ItemState::Revoked) close_gates(work, index, under_way);
    settle_gates(work);
}

void apply(Work& work, const Answered& event) {
    const std::size_t index = work.index_of(event.item_serial);
    if (!check_right(work, event, index)) return;
    if (!remember(work.item(index), event.digest)) return;
    const Instant occurred = std::min(event.occurred_at, work.now());
    if (may_move(work, event, index, occurred)) take_answer(work, event, index, occurred);
}

void apply(Work& work, const Supplemented& event) {
    const std::size_t count = work.state().items.size();
    std::vector<std::size_t> waiting;
    if (event.item_serial && work.index_of(*event.item_serial) == count) {
        work.refuse(Errc::NotFound, {"没有该流水号的事项", "no item has this serial number"});
        return;
    }
    for (std::size_t index = 0; index < count; ++index) {
        const Item& item = work.item(index);
        const bool meant = !event.item_serial || *event.item_serial == item.serial;
        if (meant && item.state == ItemState::Correction) waiting.push_back(index);
    }
    if (waiting.empty()) {
        work.refuse(Errc::Conflict, {"没有等待补正的事项", "no item waits for a supplement"});
        return;
    }
    work.note("case.supplemented");
    for (const std::size_t index : waiting) {
        resume_decision_clock(work, index, china_date(work.now()));
        begin_forwarding(work, index, DeliveryKind::Supplement);
        work.move(index, ItemState::Forwarding, {work.now(), {}, {}});
    }
}

}  // namespace luqiao::broker
