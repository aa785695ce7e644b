// The end of a turn: its units are written, and once they are durable their senders hear of it and
// what was leased goes out.
#include "broker/messages.h"
#include "broker/turn.h"

#include <utility>

namespace luqiao::broker {

Status Pipeline::write(Turn& turn) {
    while (!turn.open.empty()) turn.close(turn.open.begin()->first);
    const Status audited = turn.audit.empty() ? Status{} : store_.audit(turn.audit);
    if (!audited) {  // what was refused is on record sooner or later
        for (AuditEntry& entry : turn.audit) inbox_.put(TurnWork{Refusal{std::move(entry)}});
    }
    turn.units.reserve(turn.pending.size());
    for (Turn::Pending& one : turn.pending) turn.units.push_back(std::move(one.unit));
    // One flush for both; what the units created goes out in the same turn. A store that cannot
    // keep the audit takes no more work.
    LQ_TRY(auto done,
           store_.write_and_lease(turn.units,
                                  audited ? lease_request(*turn.realm, turn.now) : LeaseRequest{}));
    turn.is_written = true;
    recent_.keep(std::move(turn.cases), turn.units, done.outcomes, turn.now);
    turn.outcomes = std::move(done.outcomes);
    LQ_CHECK(audited);
    LQ_TRY(turn.leased, std::move(done.leased));
    return {};
}

Status Pipeline::settle(Turn& turn, const Status& written) {
    // Units that were written are so whatever failed beside them.
    Status kept = turn.is_written ? store_.flush() : written;
    const bool is_something = !turn.units.empty() || !turn.leased.empty();
    if (is_something || !kept) full_.note(kept, turn.now);
    for (std::size_t index = 0; index < turn.units.size(); ++index) {
        tell(turn, index, kept);
    }
    for (const Turn::Replay& one : turn.replays) {
        one.done(kept ? Answer(one.receipt) : Answer(problem(kept.error(), one.receipt.bundle)));
    }
    for (const StoredDelivery& delivery : turn.leased) {
        if (kept) {
            send(*turn.realm, delivery);
        } else if (store_.is_shared()) {
            forget(*turn.realm, delivery, turn.now);
        } else {
            keep_back(*turn.realm, delivery, kept.error());
        }
    }
    return kept;
}

void Pipeline::tell(Turn& turn, std::size_t index, const Status& kept) {
    std::vector<TurnWork>& origins = turn.pending[index].origins;
    const bool again = !kept || turn.outcomes[index].kind == UnitOutcome::Kind::Conflict;
    auto* incoming = std::get_if<Incoming>(&origins.front());
    if (incoming != nullptr) {  // then it is the only one
        incoming->message = *std::move(turn.units[index].message);
        // Not kept, or not known to be kept: the sender repeats.
        if (!kept) return incoming->done(problem(kept.error(), incoming->message.bundle));
        if (!again) answer(turn, index, *incoming);
    }
    for (TurnWork& origin : origins) {
        auto* command = std::get_if<Command>(&origin);
        if (!again && command != nullptr && command->done) command->done({});
    }
    if (!again) return;
    for (TurnWork& origin : origins) inbox_.put(std::move(origin));
}

void Pipeline::answer(const Turn& turn, std::size_t index, const Incoming& incoming) {
    const UnitOutcome& outcome = turn.outcomes[index];
    switch (outcome.kind) {
        case UnitOutcome::Kind::Conflict: return;  // it is taken again, nobody hears of it
        case UnitOutcome::Kind::Committed:
            return incoming.done(
                to_receipt(incoming.message, turn.units[index].state.number, false));
        case UnitOutcome::Kind::Duplicate:
            return incoming.done(to_receipt(*outcome.first, outcome.first_case_number, true));
        case UnitOutcome::Kind::KeyReused:
            return turn_away(turn, incoming,
                             problem(fail(Errc::KeyReused, "the key belongs to another message"),
                                     incoming.message.bundle));
    }
}

}  // namespace luqiao::broker
