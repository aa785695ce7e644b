#include "tests/broker/store_workload.h"

#include "security/digest.h"
#include "tests/contract/store_contract.h"

#include <fmt/format.h>

namespace luqiao::broker {
namespace {

std::vector<Unit> moved_on(std::uint32_t first) {
    std::vector<Unit> units;
    for (std::uint32_t number = first; number < first + 3; ++number) {
        Unit next = follow_up(number, 1);
        next.timeline = {{at(number), "item.forwarded", "sti", "", ""}};
        next.changed = {{delivery_id_of(number, 1), DeliveryState::Pending, at(number), ""}};
        units.push_back(std::move(next));
    }
    return units;
}

/// A department's answer: the case is decided, what was sent has arrived, a channel is told.
Unit granted(std::uint32_t number) {
    Unit unit = arrival(number, {"sti", "psb", "portal"});
    unit.created.erase(unit.created.begin(), unit.created.end() - 1);
    unit.state.version = 2;
    unit.state.items[0].state = ItemState::Granted;
    unit.message->party = "sti";
    unit.message->id.bytes[15] ^= 0xFFU;
    unit.message->format = "sti.result";
    unit.message->dedup_key += "-answer";
    unit.message->nonce += "-answer";
    unit.message->body = fmt::format("granted {}", number);
    unit.message->sm3 = security::sm3_hex(unit.message->body);
    unit.changed = {{delivery_id_of(number, 0), DeliveryState::Answered, at(number), ""},
                    {delivery_id_of(number, 1), DeliveryState::Delivered, at(number), ""}};
    unit.timeline = {{at(number), "item.granted", "sti", "", ""},
                     {at(number), "case.decided", "portal", "", ""}};
    unit.facts_ended = {number % 7};
    unit.facts = {number % 7 + 100};
    return unit;
}

/// The applicant takes it back: what waits is set aside, the department is told.
Unit withdrawn(std::uint32_t number) {
    Unit unit = arrival(number, {"psb", "psb", "sti"});
    unit.created.erase(unit.created.begin(), unit.created.end() - 1);
    unit.created[0].map = "sti.withdraw";
    unit.state.version = 2;
    unit.state.items[0].state = ItemState::Withdrawing;
    unit.message->id.bytes[15] ^= 0xFFU;
    unit.message->format = "portal.withdraw";
    unit.message->dedup_key += "-withdrawal";
    unit.message->nonce += "-withdrawal";
    unit.changed = {{delivery_id_of(number, 1), DeliveryState::Shelved, at(number), "E5003"}};
    unit.timeline = {{at(number), "case.withdrawal", "portal", "", ""},
                     {at(number), "item.withdrawing", "sti", "", ""}};
    unit.alerts = {{"withdrawal_by_hand", unit.state.number + "-01"}};
    return unit;
}

Unit failed(std::uint32_t number) {
    Unit unit = follow_up(number, 2);
    unit.changed = {{delivery_id_of(number, 1), DeliveryState::Dead, at(number), "E5003"}};
    unit.timeline = {{at(number), "delivery.dead", "psb", "", "E5003"}};
    unit.alerts = {{"dead_letter", unit.state.number + "-01"}};
    return unit;
}

/// By an operator, with bytes of newer rules.
Unit sent_again(std::uint32_t number) {
    Unit unit = follow_up(number, 3);
    const DeliveryId id = delivery_id_of(number, 1);
    unit.changed = {{id, DeliveryState::Pending, at(number), ""}};
    unit.reencoded = {{id, "b2", std::string(200, 'r')}};
    unit.timeline = {{at(number), "delivery.redriven", "psb", "", ""}};
    unit.audit = {audit_entry("redriven")};
    return unit;
}

Status discard(const Result<std::vector<UnitOutcome>>& result) {
    return result ? Status{} : Status(result.error());
}

/// One commit whose version or key refuses it a second time.
StoreStep commits(std::string name, std::vector<Unit> units) {
    return {std::move(name),
            [units = std::move(units)](Store& store) { return discard(store.commit(units)); },
            true};
}

/// What outlived its node is found and due again, as LeaseLapsed does it.
Status take_back_lapsed(Store& store, std::uint32_t number) {
    Unit unit = follow_up(number, 4);
    LQ_TRY(const auto lapsed, store.lapsed(at(number + 1'000), "node-2"));
    for (const StoredDelivery& one : lapsed) {
        if (one.case_id != unit.state.id) continue;
        unit.changed.push_back({one.id, DeliveryState::Pending, at(number), "E5004"});
    }
    return discard(store.commit(std::vector{unit}));
}

}  // namespace

std::vector<Unit> fresh_cases(std::uint32_t first, std::size_t body) {
    std::vector<Unit> units;
    for (std::uint32_t number = first; number < first + 3; ++number) {
        Unit one = arrival(number, {"sti", "psb"});
        one.created[1].state = DeliveryState::Queued;
        one.created[0].body.assign(body, static_cast<char>('a' + number % 26));
        one.terms = {number + 1'000};
        one.facts = {number % 7};
        one.audit = {audit_entry(std::to_string(number))};
        units.push_back(std::move(one));
    }
    return units;
}

std::vector<StoreStep> store_workload(std::uint32_t rounds, std::size_t body) {
    std::vector<StoreStep> out;
    for (std::uint32_t round = 0; round < rounds; ++round) {
        const std::uint32_t first = round * 3;
        const LeaseRequest request{
            at(first + 9), at(first + 99), "node-1", {{"sti", 2}, {"psb", 1}}};
        out.push_back(commits("arrivals", fresh_cases(first, body)));
        out.push_back({"moves and leases",
                       [=](Store& store) -> Status {
                           LQ_TRY(const auto done,
                                  store.commit_and_lease(moved_on(first), request));
                           return {};
                       },
                       false});
        out.push_back(commits("an answer", {granted(first)}));
        out.push_back(commits("a withdrawal", {withdrawn(first + 1)}));
        out.push_back(commits("a dead letter", {failed(first + 2)}));
        out.push_back(commits("sent again", {sent_again(first + 2)}));
        out.push_back({"leases that lapsed",
                       [=](Store& store) { return take_back_lapsed(store, first + 2); }, true});
        out.push_back({"plan",
                       [=](Store& store) {
                           return store.keep("redrive/r1",
                                             std::string(std::size_t{round} * 37 % 4'000, 'p'), {});
                       },
                       true});
        out.push_back({"statement of a day",
                       [=](Store& store) {
                           const std::vector audited{audit_entry("recon.settle")};
                           return store.keep(fmt::format("recon/sti/{}", round),
                                             std::string(900, 'd'), audited);
                       },
                       false});
        out.push_back({"a day goes for age",
                       [=](Store& store) -> Status {
                           LQ_TRY(const auto day, store.kept(fmt::format("recon/sti/{}", round)));
                           const Status gone = store.forget(day);
                           const bool already = !gone && gone.error().code == Errc::Conflict;
                           return already ? Status() : gone;
                       },
                       true});
        out.push_back(
            {"refusal", [=](Store& store) { return store.audit(audit_entry("refused")); }, false});
        if (round % 3 == 2) out.push_back({"restart", nullptr, true});
    }
    return out;
}

}  // namespace luqiao::broker
