#include "tests/sim/faulty_store.h"

#include <algorithm>

namespace luqiao::sim {

using broker::DeliveryState;
using broker::Unit;
using broker::UnitOutcome;

FaultyStore::Fate FaultyStore::draw() {
    if (!world_.is_alive()) return Fate::Dead;
    if (!world_.is_faulty()) return Fate::Fine;
    if (world_.is_away()) return Fate::Away;
    Random& random = world_.random;
    const auto strikes = [&](unsigned permille, std::string_view name) {
        if (!random.chance(permille)) return false;
        world_.count(name);
        return true;
    };
    if (strikes(world_.plan.store_slow, "store slow")) {
        world_.stall(random.between(Duration{100}, Duration{40'000}));
    }
    if (strikes(world_.plan.crash_before, "crash before the write")) {
        world_.die();
        return Fate::Dead;
    }
    if (strikes(world_.plan.crash_after, "crash between commit and acknowledgement")) {
        return Fate::DiesAfter;
    }
    if (strikes(world_.plan.store_error, "store error")) return Fate::Failed;
    if (strikes(world_.plan.store_unknown, "store error after the commit")) return Fate::Unknown;
    if (strikes(world_.plan.store_torn, "batch torn between units")) return Fate::Torn;
    return Fate::Fine;
}

Status FaultyStore::before_write(Fate fate) {
    if (fate == Fate::Dead) return fail(Errc::StoreFailed, "the node is gone");
    if (fate == Fate::Away) return fail(Errc::StoreBusy, "the simulated store cannot be reached");
    if (fate == Fate::Failed) {
        constexpr std::array codes{Errc::StoreFailed, Errc::StoreBusy, Errc::StoreFull};
        return fail(codes[world_.random.below(codes.size())], "the simulated store fails");
    }
    return {};
}

/// Of a call that wrote everything it was given.
Status FaultyStore::after_write(Fate fate) {
    if (fate == Fate::DiesAfter) world_.die();
    if (fate != Fate::Torn && fate != Fate::Unknown) return {};
    return fail(Errc::StoreFailed, "the simulated store does not know");
}

Result<broker::Committed> FaultyStore::write_and_lease(std::span<const Unit> units,
                                                       const broker::LeaseRequest& request) {
    auto done = commit_and_lease(units, request);
    if (done) unflushed_.push_back(done->leased.value_or({}));
    return done;
}

/// What was written stays; whether it would is not told, and what it leased is not sent. A node
/// that alone has the store says so at once.
Status FaultyStore::flush() {
    if (!world_.is_alive()) return before_write(Fate::Dead);
    const auto leased = std::move(unflushed_.front());
    unflushed_.pop_front();
    if (!world_.is_faulty() || !world_.random.chance(world_.plan.store_unknown)) return {};
    world_.count("flush failed");
    if (is_shared()) return after_write(Fate::Unknown);  // its leases lapse
    for (const broker::StoredDelivery& one : leased) {
        world_.oracle.told(to_string(one.id), one.attempts);
        world_.oracle.told_unsent(to_string(one.id), one.attempts);
    }
    return after_write(Fate::Unknown);
}

Status FaultyStore::readable() {
    if (!world_.is_alive()) return before_write(Fate::Dead);
    if (!world_.is_faulty()) return {};
    if (world_.is_away()) return before_write(Fate::Away);
    if (!world_.random.chance(world_.plan.store_read_error)) return {};
    world_.count("store read error");
    return before_write(Fate::Failed);
}

namespace {

/// What is given up before its attempts are spent goes on.
void go_on(Unit& unit, std::uint32_t attempts_max, Instant due_at) {
    for (broker::Delivery& one : unit.state.deliveries) {
        const bool is_spent = one.attempts - one.attempts_before >= attempts_max;
        if (one.state != DeliveryState::Dead || is_spent) continue;
        for (auto& change : unit.changed) {
            if (change.id != one.id || change.state != DeliveryState::Dead) continue;
            one.state = change.state = DeliveryState::Waiting;
            change.due_at = due_at;
        }
    }
}

/// An answer against a final state is taken.
void take_contradiction(Unit& unit) {
    for (const broker::TimelineEntry& entry : unit.timeline) {
        if (entry.event != "answer.contradiction") continue;
        for (broker::Item& item : unit.state.items) {
            const auto said = broker::parse_item_state(entry.detail);
            if (item.serial == entry.item && said) item.state = *said;
        }
    }
}

/// What a revocation set aside is due again.
void let_go(Unit& unit) {
    for (auto& change : unit.changed) {
        for (broker::Delivery& one : unit.state.deliveries) {
            if (one.id != change.id || change.state != DeliveryState::Shelved) continue;
            if (one.telling.kind != broker::DeliveryKind::Dispatch) continue;
            broker::Item& item = unit.state.items[*one.telling.item];
            if (item.state != broker::ItemState::Held) continue;
            one.state = change.state = DeliveryState::Pending;
            item.state = broker::ItemState::Forwarding;
        }
    }
}

/// Withdrawn at once, and nothing goes to the department.
void keep_quiet(Unit& unit) {
    for (auto& created : unit.created) {
        for (broker::Delivery& one : unit.state.deliveries) {
            if (one.id != created.id || one.telling.kind != broker::DeliveryKind::Withdrawal)
                continue;
            one.state = created.state = DeliveryState::Shelved;
            broker::Item& item = unit.state.items[*one.telling.item];
            item.state = broker::ItemState::Withdrawn;
            item.withdrawn_from.reset();
        }
    }
}

}  // namespace

/// The units as a broker with the planted defect would have written them.
std::vector<Unit> FaultyStore::planted(std::span<const Unit> units) {
    std::vector<Unit> out(units.begin(), units.end());
    std::map<CaseId, std::uint64_t> ahead;
    for (Unit& unit : out) {
        switch (world_.plant) {
            case Plant::NoDuplicateGuard:
                if (unit.message) {
                    unit.message->dedup_key += fmt::format("#{}.{}", holder_.node, ++made_);
                }
                break;
            case Plant::HalfUnit: unit.created.clear(); break;
            case Plant::NoVersionCheck:
                if (const auto now = inner_->find_case(unit.state.id); now && *now) {
                    unit.state.version = (*now)->state.version + ahead[unit.state.id]++;
                }
                break;
            case Plant::NoOrder:
                for (auto& one : unit.created) {
                    if (one.state == DeliveryState::Queued) one.state = DeliveryState::Pending;
                }
                break;
            case Plant::NoBackoff:
                for (auto& one : unit.changed) {
                    if (one.state == DeliveryState::Waiting) one.due_at = world_.now();
                }
                break;
            case Plant::RedrivenTooOften:
            case Plant::NoAttemptLimit:
                for (auto& one : unit.changed) {
                    if (one.state != DeliveryState::Dead) continue;
                    const bool anew = world_.oracle.is_redriven(one.id);
                    if (world_.plant == Plant::RedrivenTooOften && !anew) continue;
                    one.state = DeliveryState::Waiting;
                    one.due_at = world_.now() + Duration{10'000};
                }
                break;
            case Plant::UnknownResent:
                for (auto& one : unit.changed) {
                    if (one.state != DeliveryState::Unknown) continue;
                    one.state = DeliveryState::Waiting;
                    one.due_at = world_.now() + Duration{10'000};
                }
                break;
            case Plant::NoTimeLimit:
                go_on(unit, world_.plan.attempts_max, world_.now() + Duration{10'000});
                break;
            case Plant::LeaseTakenAway:
                for (auto& one : unit.changed) one.needs_no_lease = false;
                break;
            case Plant::FinalMoves: take_contradiction(unit); break;
            case Plant::RevokedKept: let_go(unit); break;
            case Plant::WithdrawalUntold: keep_quiet(unit); break;
            case Plant::WithdrawnKept:
                for (auto& one : unit.changed) {
                    if (one.state == DeliveryState::Shelved) one.state = DeliveryState::Pending;
                }
                break;
            case Plant::None:
            case Plant::KeyReuseAccepted:
            case Plant::AckBeforeCommit:
            case Plant::NoLeaseCheck:
            case Plant::LeaseNotTaken:
            case Plant::NoFence:
            case Plant::BytesNotPinned:
            case Plant::LapsedNever:
            case Plant::TimerDropped:
            case Plant::ReceiptNotFirst:
            case Plant::OutcomeDropped:
            case Plant::PersonInProblem:
            case Plant::SentTwice:
            case Plant::OneHoldsUpAll:
            case Plant::PlanNotKept:
            case Plant::ClockBelieved:
            case Plant::VersionForgotten:
            case Plant::NoQuestion: break;
        }
    }
    return out;
}

Result<std::vector<UnitOutcome>> FaultyStore::write(std::span<const Unit> given) {
    const std::vector<Unit> units = planted(given);
    LQ_TRY(auto outcomes, inner_->commit(units));
    for (std::size_t index = 0; index < units.size(); ++index) {
        UnitOutcome& outcome = outcomes[index];
        if (outcome.kind == UnitOutcome::Kind::Committed) {
            world_.oracle.committed(holder_, units[index], world_.now(), world_.time());
        }
        if (world_.plant == Plant::KeyReuseAccepted &&
            outcome.kind == UnitOutcome::Kind::KeyReused) {
            outcome.kind = UnitOutcome::Kind::Duplicate;
        }
        if (world_.plant == Plant::ReceiptNotFirst && outcome.first) {
            outcome.first->at = world_.now();
        }
    }
    return outcomes;
}

Result<std::vector<UnitOutcome>> FaultyStore::commit(std::span<const Unit> units) {
    if (units.empty()) return std::vector<UnitOutcome>();  // nothing is written, nothing can fail
    if (world_.is_faulty() && world_.random.chance(world_.plan.interleaved)) {
        world_.count("another node first");
        world_.others();
    }
    const Fate fate = draw();
    if (world_.plant == Plant::PersonInProblem && fate != Fate::Fine && fate != Fate::Dead) {
        for (const Unit& unit : units) {
            if (unit.message) return fail(Errc::StoreFailed, "cannot write {}", unit.message->body);
        }
    }
    LQ_CHECK(before_write(fate));
    if (world_.plant == Plant::AckBeforeCommit && fate != Fate::Fine) {
        return std::vector<UnitOutcome>(units.size());  // "committed", and the write fails later
    }
    if (fate == Fate::Torn) units = units.first(world_.random.below(units.size()));
    LQ_TRY(auto outcomes, write(units));
    LQ_CHECK(after_write(fate));
    return outcomes;
}

Result<std::vector<broker::StoredDelivery>> FaultyStore::lease(
    Instant now,
    Instant until,
    const std::string& node,
    const std::map<std::string, std::size_t>& capacity) {
    const Fate fate = draw();
    LQ_CHECK(before_write(fate));
    if (world_.plant == Plant::OneHoldsUpAll && world_.is_faulty()) {
        LQ_TRY(const auto waiting, inner_->failure_groups(DeliveryState::Waiting));
        const bool is_held = std::any_of(waiting.begin(), waiting.end(), [&](const auto& group) {
            return group.party == world_.plan.stuck;
        });
        if (is_held) return std::vector<broker::StoredDelivery>();
    }
    std::vector<broker::StoredDelivery> rows;
    if (world_.plant == Plant::LeaseNotTaken && world_.random.chance(20)) {
        for (const CaseId& id : world_.oracle.cases()) {
            LQ_TRY(const auto all, inner_->deliveries(id));
            for (const auto& row : all) {
                if (row.state == DeliveryState::Leased && rows.empty()) rows.push_back(row);
            }
        }
    }
    LQ_TRY(auto leased, inner_->lease(now, until, node, capacity));
    rows.insert(rows.end(), leased.begin(), leased.end());
    world_.oracle.leased(holder_, rows, now, until, world_.time());
    LQ_CHECK(after_write(fate));
    for (broker::StoredDelivery& row : rows) {
        if (world_.plant == Plant::BytesNotPinned && row.attempts > 1) row.body += ' ';
        if (world_.plant == Plant::NoFence) row.attempts += 1'000'000;
    }
    return rows;
}

Result<std::vector<broker::StoredDelivery>> FaultyStore::lapsed(Instant now,
                                                                const std::string& node) {
    LQ_CHECK(readable());
    if (world_.plant == Plant::LapsedNever) return std::vector<broker::StoredDelivery>();
    if (world_.plant == Plant::NoLeaseCheck) now += std::chrono::hours(1);
    return inner_->lapsed(now, node);
}

Result<std::optional<broker::InboundMessage>> FaultyStore::find_message(
    const std::string& party, const std::string& dedup_key) {
    LQ_CHECK(readable());
    if (world_.plant == Plant::NoDuplicateGuard) return std::optional<broker::InboundMessage>();
    return inner_->find_message(party, dedup_key);
}

Result<std::vector<CaseId>> FaultyStore::due_cases(Instant now, std::size_t limit) {
    LQ_CHECK(readable());
    if (world_.plant == Plant::TimerDropped) return std::vector<CaseId>();
    return inner_->due_cases(now, limit);
}

Status FaultyStore::audit(std::span<const broker::AuditEntry> entries) {
    const Fate fate = draw();
    LQ_CHECK(before_write(fate));
    LQ_CHECK(inner_->audit(entries));
    return after_write(fate);
}

Status FaultyStore::keep(const std::string& name,
                         const std::string& value,
                         std::span<const broker::AuditEntry> audited) {
    const Fate fate = draw();
    LQ_CHECK(before_write(fate));
    if (world_.plant == Plant::PlanNotKept) return {};
    LQ_CHECK(inner_->keep(name, value, audited));
    return after_write(fate);
}

}  // namespace luqiao::sim
