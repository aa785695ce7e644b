// What leases, timers, stories and the audit mean.
#include "broker/audit.h"
#include "tests/contract/store_contract.h"

#include <array>
#include <gmock/gmock.h>
#include <set>
#include <thread>

namespace luqiao::broker {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Kind = UnitOutcome::Kind;

namespace {

std::vector<DeliveryId> queued_ids(const std::vector<StoredDelivery>& deliveries) {
    std::vector<DeliveryId> out;
    for (const StoredDelivery& one : deliveries) out.push_back(one.id);
    return out;
}

Unit settle(std::uint32_t number, std::uint64_t version, const DeliveryChange& change) {
    Unit unit = follow_up(number, version);
    unit.changed = {change};
    return unit;
}

}  // namespace

TEST_P(StoreContract, LeasesTheOldestFirstUpToTheCapacityOfEachParty) {
    commit({arrival(3), arrival(1, {"sti", "psb"}), arrival(2), arrival(9)});
    const auto leased = lease(5, {{"hrss", 5}, {"psb", 0}, {"sti", 2}});
    EXPECT_THAT(queued_ids(leased), ElementsAre(delivery_id_of(1, 0), delivery_id_of(2, 0)));
    EXPECT_EQ(leased[0].state, DeliveryState::Leased);
    EXPECT_EQ(leased[0].attempts, 1U);
    EXPECT_EQ(leased[0].body, "to sti of 1");
    EXPECT_EQ(leased[0].bundle, "b1");
    EXPECT_EQ(leased[0].case_id, case_id(1));
    EXPECT_EQ(leased[0].case_number, "370200-000001");
    EXPECT_EQ(leased[0].map, "sti.apply");
    EXPECT_EQ(delivery(1).state, DeliveryState::Leased);
    EXPECT_EQ(delivery(1).attempts, 1U);
    EXPECT_THAT(queued_ids(lease(5, {{"psb", 9}, {"sti", 9}})),
                UnorderedElementsAre(delivery_id_of(1, 1), delivery_id_of(3, 0)))
        << "what is leased or not yet due stays";
    EXPECT_THAT(lease(8, {{"psb", 9}, {"sti", 9}}), IsEmpty());
    EXPECT_THAT(queued_ids(lease(9, {{"sti", 9}})), ElementsAre(delivery_id_of(9, 0)));
}

TEST_P(StoreContract, LeasesWhatTheSameCommitMade) {
    commit({arrival(2)});
    const std::vector<Unit> units{arrival(1), arrival(2)};
    const auto done = store_->commit_and_lease(
        units, {.now = at(5), .until = at(65), .node = "node-1", .capacity = {{"sti", 9}}});
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_EQ(done->outcomes.size(), 2U);
    EXPECT_EQ(done->outcomes[0].kind, Kind::Committed);
    EXPECT_EQ(done->outcomes[1].kind, Kind::Duplicate);
    EXPECT_THAT(queued_ids(must(done->leased)),
                UnorderedElementsAre(delivery_id_of(1, 0), delivery_id_of(2, 0)));
    restart();
    EXPECT_EQ(delivery(1).state, DeliveryState::Leased);
    EXPECT_EQ(delivery(1).attempts, 1U);
}

TEST_P(StoreContract, ShowsAtOnceWhatTheNextFlushMakesDurable) {
    const LeaseRequest request{at(5), at(65), "node-1", {{"sti", 9}}};
    const auto first = store_->write_and_lease(std::vector<Unit>{arrival(1)}, request);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_THAT(queued_ids(must(first->leased)), ElementsAre(delivery_id_of(1, 0)));
    EXPECT_TRUE(must(store_->find_message("portal", "key-1")));
    const auto second = store_->write_and_lease(std::vector<Unit>{arrival(1), arrival(2)}, request);
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(second->outcomes[0].kind, Kind::Duplicate);
    EXPECT_THAT(queued_ids(must(second->leased)), ElementsAre(delivery_id_of(2, 0)));
    ASSERT_TRUE(store_->flush());
    ASSERT_TRUE(store_->flush()) << "one for each";
    restart();
    EXPECT_EQ(delivery(1).state, DeliveryState::Leased);
    EXPECT_EQ(delivery(2).state, DeliveryState::Leased);
}

TEST_P(StoreContract, LeasesTheOldestOfWhatTheSameCommitMade) {
    const std::vector<Unit> units{arrival(3), arrival(1), arrival(2, {"psb"}), arrival(9)};
    const auto done = store_->commit_and_lease(
        units,
        {.now = at(5), .until = at(65), .node = "node-1", .capacity = {{"psb", 9}, {"sti", 1}}});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_THAT(queued_ids(must(done->leased)),
                ElementsAre(delivery_id_of(2, 0), delivery_id_of(1, 0)));
    EXPECT_EQ(delivery(3).state, DeliveryState::Pending);
    EXPECT_EQ(delivery(9).state, DeliveryState::Pending) << "it is not due";
    const auto counts = must(store_->counts());
    EXPECT_EQ(counts.at("deliveries.sti.leased"), 1U);
    EXPECT_EQ(counts.at("deliveries.sti.pending"), 2U);
    EXPECT_EQ(counts.at("deliveries.psb.leased"), 1U);
}

TEST_P(StoreContract, LeasesWhatWaitsBeforeWhatTheSameCommitMade) {
    commit({arrival(1)});
    const std::vector<Unit> units{arrival(2)};
    const auto done = store_->commit_and_lease(
        units, {.now = at(5), .until = at(65), .node = "node-1", .capacity = {{"sti", 1}}});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_THAT(queued_ids(must(done->leased)), ElementsAre(delivery_id_of(1, 0)));
    EXPECT_EQ(delivery(2).state, DeliveryState::Pending);
}

TEST_P(StoreContract, ReturnsALeaseOfTheCommitThatMadeItWhenItLapses) {
    const std::vector<Unit> units{arrival(1), arrival(2)};
    const auto done = store_->commit_and_lease(
        units, {.now = at(5), .until = at(65), .node = "node-1", .capacity = {{"sti", 9}}});
    ASSERT_TRUE(done) << done.error().message;
    const auto leased = must(done->leased);
    ASSERT_EQ(leased.size(), 2U);
    EXPECT_EQ(leased[0].state, DeliveryState::Leased);
    EXPECT_EQ(leased[0].attempts, 1U);
    EXPECT_EQ(leased[0].body, "to sti of 1");
    EXPECT_EQ(leased[0].bundle, "b1");
    EXPECT_EQ(leased[0].case_id, case_id(1));
    EXPECT_EQ(leased[0].case_number, "370200-000001");
    EXPECT_THAT(must(store_->lapsed(at(65), "node-1")), IsEmpty());
    EXPECT_THAT(queued_ids(must(store_->lapsed(at(66), "node-1"))),
                ElementsAre(delivery_id_of(1, 0), delivery_id_of(2, 0)));
    EXPECT_THAT(lease(66, {{"sti", 9}}), IsEmpty());
}

TEST_P(StoreContract, DoesNotLeaseWhatALaterUnitOfTheCommitSettles) {
    const std::vector<Unit> units{
        arrival(1), settle(1, 1, {delivery_id_of(1, 0), DeliveryState::Dead, at(2), "E5003"})};
    const auto done = store_->commit_and_lease(
        units, {.now = at(5), .until = at(65), .node = "node-1", .capacity = {{"sti", 9}}});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->outcomes[1].kind, Kind::Committed);
    EXPECT_THAT(must(done->leased), IsEmpty());
    EXPECT_EQ(delivery(1).state, DeliveryState::Dead);
    EXPECT_EQ(delivery(1).attempts, 0U);
}

TEST_P(StoreContract, LeasesOnlyPendingAndWaiting) {
    const std::map<DeliveryState, bool> kMayBeLeased{
        {DeliveryState::Queued, false},   {DeliveryState::Pending, true},
        {DeliveryState::Waiting, true},   {DeliveryState::Delivered, false},
        {DeliveryState::Answered, false}, {DeliveryState::Unknown, false},
        {DeliveryState::Dead, false},     {DeliveryState::Shelved, false},
    };
    std::uint32_t number = 0;
    for (const auto& [state, may] : kMayBeLeased) {
        ++number;
        Unit unit = arrival(number);
        unit.created[0].state = state;
        ASSERT_THAT(commit({unit}), ElementsAre(Kind::Committed));
        EXPECT_EQ(lease(1'000, {{"sti", 9}}).size(), may ? 1U : 0U) << to_string(state);
    }
}

TEST_P(StoreContract, LeasesAgainOnlyWhenTheRetryIsDue) {
    commit({arrival(1)});
    lease(1, {{"sti", 1}});
    ASSERT_THAT(
        commit({settle(1, 1, {delivery_id_of(1, 0), DeliveryState::Waiting, at(50), "E5002"})}),
        ElementsAre(Kind::Committed));
    EXPECT_EQ(delivery(1).cause, "E5002");
    EXPECT_EQ(delivery(1).due_at, at(50));
    EXPECT_THAT(lease(49, {{"sti", 1}}), IsEmpty());
    const auto again = lease(50, {{"sti", 1}});
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].attempts, 2U);
    EXPECT_EQ(again[0].body, "to sti of 1") << "the same bytes each time";
    ASSERT_THAT(commit({settle(1, 2, {delivery_id_of(1, 0), DeliveryState::Dead, {}, "E5003"})}),
                ElementsAre(Kind::Committed));
    EXPECT_THAT(lease(10'000, {{"sti", 1}}), IsEmpty());
    EXPECT_EQ(delivery(1).attempts, 2U);
    EXPECT_EQ(delivery(1).cause, "E5003");
}

TEST_P(StoreContract, ReleasesAQueuedDeliveryByAChange) {
    Unit unit = arrival(1, {"sti", "sti"});
    unit.created[1].state = DeliveryState::Queued;
    commit({unit});
    EXPECT_EQ(lease(5, {{"sti", 9}}).size(), 1U);
    Unit delivered = follow_up(1, 1);
    delivered.changed = {{delivery_id_of(1, 0), DeliveryState::Delivered, {}, ""},
                         {delivery_id_of(1, 1), DeliveryState::Pending, at(7), ""}};
    commit({delivered});
    EXPECT_EQ(must(store_->next_due(at(6))), at(7));
    EXPECT_THAT(queued_ids(lease(7, {{"sti", 9}})), ElementsAre(delivery_id_of(1, 1)));
}

TEST_P(StoreContract, LeavesALeaseThatAChangeMustNotTakeAway) {
    const DeliveryChange waits{delivery_id_of(1, 0), DeliveryState::Waiting, at(50), "E5002"};
    const DeliveryChange anew{delivery_id_of(1, 0), DeliveryState::Pending, at(51), {}, true};
    commit({arrival(1)});
    lease(1, {{"sti", 1}});
    ASSERT_THAT(commit({settle(1, 1, waits)}), ElementsAre(Kind::Committed));
    ASSERT_EQ(lease(50, {{"sti", 1}}).size(), 1U);  // its case still says that it waits
    EXPECT_THAT(commit({settle(1, 2, anew), settle(1, 3, anew)}),
                ElementsAre(Kind::Conflict, Kind::Conflict));
    EXPECT_EQ(delivery(1).state, DeliveryState::Leased);
    EXPECT_THAT(lease(60, {{"sti", 1}}), IsEmpty()) << "no second lease beside the first";
    EXPECT_EQ(must(store_->find_case(case_id(1)))->state.version, 2U) << "nothing was written";

    EXPECT_THAT(commit({settle(1, 2, waits), settle(1, 3, anew)}),
                ElementsAre(Kind::Committed, Kind::Committed))
        << "the attempt ended before it";
    ASSERT_EQ(lease(60, {{"sti", 1}}).size(), 1U);
    EXPECT_EQ(delivery(1).attempts, 3U);
}

TEST_P(StoreContract, GivesEachDeliveryToOneLeaserOnly) {
    constexpr std::uint32_t kCases = 200;
    std::vector<Unit> units;
    for (std::uint32_t number = 0; number < kCases; ++number) units.push_back(arrival(number));
    commit(units);
    std::array<std::vector<DeliveryId>, 4> taken;
    std::vector<std::thread> threads;
    for (auto& mine : taken) {
        threads.emplace_back([this, &mine] {
            for (;;) {
                const auto leased = queued_ids(lease(1'000, {{"sti", 7}}));
                if (leased.empty()) return;
                mine.insert(mine.end(), leased.begin(), leased.end());
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    std::set<DeliveryId> all;
    std::size_t sum = 0;
    for (const auto& mine : taken) {
        sum += mine.size();
        all.insert(mine.begin(), mine.end());
    }
    EXPECT_EQ(sum, kCases);
    EXPECT_EQ(all.size(), kCases);
}

TEST_P(StoreContract, LapsesALeaseAfterItsTime) {
    commit({arrival(1), arrival(2)});
    ASSERT_EQ(lease(10, {{"sti", 1}}).size(), 1U);
    EXPECT_THAT(must(store_->lapsed(at(70), "node-1")), IsEmpty()) << "until is still a lease";
    const auto lapsed = must(store_->lapsed(at(71), "node-1"));
    ASSERT_EQ(lapsed.size(), 1U);
    EXPECT_EQ(lapsed[0].id, delivery_id_of(1, 0));
    EXPECT_EQ(lapsed[0].case_id, case_id(1));
    EXPECT_EQ(lapsed[0].body, "");
    EXPECT_EQ(must(store_->lapsed(at(71), "node-1")).size(), 1U) << "looking changes nothing";
    commit({settle(1, 1, {delivery_id_of(1, 0), DeliveryState::Unknown, {}, ""})});
    EXPECT_THAT(must(store_->lapsed(at(71), "node-1")), IsEmpty());
}

TEST_P(StoreContract, LapsesItsOwnLeasesOfBeforeARestart) {
    commit({arrival(1), arrival(2), arrival(3)});
    ASSERT_EQ(lease(10, {{"sti", 1}}).size(), 1U);
    ASSERT_EQ(lease(10, {{"sti", 1}}, "node-2").size(), 1U);
    EXPECT_THAT(must(store_->lapsed(at(11), "node-1")), IsEmpty());
    restart();
    ASSERT_EQ(lease(11, {{"sti", 1}}).size(), 1U);
    EXPECT_THAT(queued_ids(must(store_->lapsed(at(12), "node-1"))),
                ElementsAre(delivery_id_of(1, 0)))
        << "not the other node's, and not the one taken since";
    EXPECT_THAT(must(store_->lapsed(at(12), "node-3")), IsEmpty());
}

TEST_P(StoreContract, KnowsWhatIsDueNext) {
    Unit timed = arrival(5, {});
    timed.wake_at = at(40);
    commit({timed});
    EXPECT_EQ(must(store_->next_due(at(0))), at(40));
    commit({arrival(30, {"sti", "psb"}), arrival(60, {"hrss"})});
    EXPECT_EQ(must(store_->next_due(at(0))), at(30));
    EXPECT_EQ(must(store_->next_due(at(30))), at(40)) << "what is due already hides nothing";
    lease(30, {{"psb", 1}, {"sti", 1}});
    EXPECT_EQ(must(store_->next_due(at(30))), at(40));
    commit({follow_up(5, 1)});
    EXPECT_EQ(must(store_->next_due(at(30))), at(60)) << "a timer that was not set again is gone";
}

TEST_P(StoreContract, WakesCasesInOrder) {
    for (const std::uint32_t number : {3U, 1U, 2U}) {
        Unit unit = arrival(number);
        unit.wake_at = at(number * 10);
        commit({unit});
    }
    EXPECT_THAT(must(store_->due_cases(at(9), 9)), IsEmpty());
    EXPECT_THAT(must(store_->due_cases(at(20), 9)), ElementsAre(case_id(1), case_id(2)));
    EXPECT_THAT(must(store_->due_cases(at(99), 2)), ElementsAre(case_id(1), case_id(2)));
    Unit later = follow_up(1, 1);
    later.wake_at = at(200);
    commit({later});
    EXPECT_THAT(must(store_->due_cases(at(99), 9)), ElementsAre(case_id(2), case_id(3)));
}

TEST_P(StoreContract, TellsTheTimelineInTheOrderItWasWritten) {
    Unit second = follow_up(1, 1);
    // The department's clock is behind: order is that of the commits, not of the times.
    second.timeline = {{at(-50), "item.accepted", "sti", "370200-000001-01", ""},
                       {at(-60), "item.granted", "sti", "370200-000001-01", "R1"}};
    Unit third = follow_up(1, 2);
    third.timeline = {{at(-70), "delivery.failed", "psb", "", "E5002"}};
    commit({arrival(1), arrival(2), second, third});
    std::vector<std::string> events;
    const auto lines = must(store_->timeline(case_id(1)));
    for (const TimelineEntry& entry : lines) events.push_back(entry.event);
    EXPECT_THAT(events,
                ElementsAre("case.accepted", "item.accepted", "item.granted", "delivery.failed"));
    EXPECT_EQ(lines[2].at, at(-60));
    EXPECT_EQ(lines[2].party, "sti");
    EXPECT_EQ(lines[2].item, "370200-000001-01");
    EXPECT_EQ(lines[2].detail, "R1");
}

TEST_P(StoreContract, KeepsAlertsInOrder) {
    Unit first = arrival(1);
    first.alerts = {{"forward_overdue", "a"}, {"fee_not_allowed", ""}};
    Unit second = follow_up(1, 1);
    second.alerts = {{"dead_letter", "b"}};
    commit({first, second});
    std::vector<std::string> codes;
    for (const Alert& alert : must(store_->alerts(case_id(1)))) codes.push_back(alert.code);
    EXPECT_THAT(codes, ElementsAre("forward_overdue", "fee_not_allowed", "dead_letter"));
}

TEST_P(StoreContract, RemembersNoncesSinceAnInstant) {
    Unit without = arrival(4);
    without.message->nonce.clear();
    commit({arrival(1), arrival(2), arrival(3), without});
    EXPECT_THAT(must(store_->nonces(at(2))),
                UnorderedElementsAre("portal\nnonce-2", "portal\nnonce-3"));
    EXPECT_THAT(must(store_->nonces(at(4))), IsEmpty());
}

TEST_P(StoreContract, CountsByPartyAndState) {
    using Counts = std::map<std::string, std::uint64_t>;
    EXPECT_EQ(must(store_->counts()), (Counts{{"cases", 0}, {"decided", 0}, {"messages", 0}}));
    commit({arrival(1, {"sti", "psb"}), arrival(2)});
    lease(100, {{"sti", 1}});
    EXPECT_EQ(must(store_->counts()), (Counts{{"cases", 2},
                                              {"decided", 0},
                                              {"messages", 2},
                                              {"deliveries.psb.pending", 1},
                                              {"deliveries.sti.leased", 1},
                                              {"deliveries.sti.pending", 1}}));
    Unit granted = settle(1, 1, {delivery_id_of(1, 0), DeliveryState::Answered, {}, ""});
    granted.state.items[0].state = ItemState::Granted;
    commit({granted});
    EXPECT_EQ(must(store_->counts()), (Counts{{"cases", 2},
                                              {"decided", 1},
                                              {"messages", 2},
                                              {"deliveries.psb.pending", 1},
                                              {"deliveries.sti.answered", 1},
                                              {"deliveries.sti.pending", 1}}));
    Unit reopened = follow_up(1, 2);
    commit({reopened});
    EXPECT_EQ(count("decided"), 0U);
}

TEST_P(StoreContract, ChainsTheAudit) {
    EXPECT_EQ(must(store_->audit_head()).number, 0U);
    Unit unit = arrival(1);
    unit.audit = {audit_entry("a"), audit_entry("b")};
    commit({unit, arrival(2)});
    ASSERT_TRUE(store_->audit(audit_entry("c")));
    restart();
    const std::vector more{audit_entry("d"), audit_entry("e")};
    ASSERT_TRUE(store_->audit(more));
    EXPECT_EQ(must(verify_audit(*store_)), 5U);
    const auto tail = must(store_->audit_tail(2));
    ASSERT_EQ(tail.size(), 2U);
    EXPECT_EQ(tail[0].subject, "d");
    EXPECT_EQ(tail[1].subject, "e");
    EXPECT_EQ(tail[1].number, 5U);
    EXPECT_EQ(tail[1].actor, "portal");
    EXPECT_EQ(tail[1].outcome, "E4003");
    EXPECT_EQ(must(store_->audit_head()).hash, tail[1].hash);
    const auto after = must(store_->audit_after(1, 2));
    ASSERT_EQ(after.size(), 2U);
    EXPECT_EQ(after[0].subject, "b");
    EXPECT_EQ(after[1].subject, "c");
    EXPECT_THAT(must(store_->audit_after(5, 9)), IsEmpty());
    EXPECT_TRUE(verify_audit(after, must(store_->audit_tail(9))[0].hash));
}

TEST_P(StoreContract, ChainsTheAuditOfManyThreads) {
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread) {
        threads.emplace_back([this] {
            for (int row = 0; row < 20; ++row) {
                EXPECT_TRUE(store_->audit(audit_entry(std::to_string(row))));
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(must(verify_audit(*store_)), 160U);
}

}  // namespace luqiao::broker
