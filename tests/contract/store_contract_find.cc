// What operators may ask of a store: failures by fingerprint, cases by terms, kept documents.
#include "tests/contract/store_contract.h"

#include <gmock/gmock.h>

namespace luqiao::broker {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using Kind = UnitOutcome::Kind;

namespace {

Unit failed(std::uint32_t number, DeliveryState state, const std::string& cause, Instant since) {
    Unit unit = follow_up(number, 1);
    unit.changed = {{delivery_id_of(number, 0), state, since, cause}};
    return unit;
}

Unit findable(std::uint32_t number, const std::vector<std::uint64_t>& terms) {
    Unit unit = arrival(number);
    unit.terms = terms;
    return unit;
}

std::vector<DeliveryId> ids(const std::vector<StoredDelivery>& deliveries) {
    std::vector<DeliveryId> out;
    for (const StoredDelivery& one : deliveries) out.push_back(one.id);
    return out;
}

std::vector<CaseId> ids(const std::vector<FoundCase>& cases) {
    std::vector<CaseId> out;
    for (const FoundCase& one : cases) out.push_back(one.id);
    return out;
}

}  // namespace

TEST_P(StoreContract, FindsADeliveryByItsIdWithItsBytes) {
    commit({arrival(1, {"sti", "psb"}), arrival(2)});
    const auto found = must(store_->find_delivery(delivery_id_of(1, 1)));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->case_id, case_id(1));
    EXPECT_EQ(found->case_number, "370200-000001");
    EXPECT_EQ(found->party, "psb");
    EXPECT_EQ(found->body, "to psb of 1");
    EXPECT_EQ(found->bundle, "b1");
    EXPECT_FALSE(must(store_->find_delivery(delivery_id_of(3, 0))));
}

TEST_P(StoreContract, TellsTheStatesOfManyDeliveriesAtOnce) {
    commit({arrival(1, {"sti", "psb"}), arrival(2)});
    commit({failed(2, DeliveryState::Dead, "E5003", at(30))});
    const std::vector<DeliveryId> asked{delivery_id_of(1, 1), delivery_id_of(2, 0),
                                        delivery_id_of(3, 0)};
    EXPECT_THAT(must(store_->delivery_states(asked)),
                ElementsAre(Pair(delivery_id_of(1, 1), DeliveryState::Pending),
                            Pair(delivery_id_of(2, 0), DeliveryState::Dead)));
    EXPECT_THAT(must(store_->delivery_states({})), IsEmpty());
}

TEST_P(StoreContract, GroupsFailuresByPartyMapAndCause) {
    commit({arrival(1), arrival(2), arrival(3), arrival(4, {"psb"}), arrival(5), arrival(6),
            arrival(7)});
    commit({failed(1, DeliveryState::Dead, "E5003", at(30)),
            failed(2, DeliveryState::Dead, "E2004 sti.apply:12", at(20)),
            failed(3, DeliveryState::Dead, "E5003", at(10)),
            failed(4, DeliveryState::Dead, "E5003", at(40)),
            failed(5, DeliveryState::Waiting, "E5002", at(50)),
            failed(6, DeliveryState::Unknown, "E5004", at(60)),
            failed(7, DeliveryState::Dead, "E5003", at(70))});
    Unit shelved = follow_up(7, 2);
    shelved.changed = {{delivery_id_of(7, 0), DeliveryState::Shelved, at(80), "E5003"}};
    commit({shelved});
    EXPECT_THAT(
        must(store_->failure_groups(DeliveryState::Dead)),
        ElementsAre(FailureGroup{"psb", "psb.apply", "E5003", 1, at(40), at(40)},
                    FailureGroup{"sti", "sti.apply", "E2004 sti.apply:12", 1, at(20), at(20)},
                    FailureGroup{"sti", "sti.apply", "E5003", 2, at(10), at(30)}));
    EXPECT_THAT(must(store_->failure_groups(DeliveryState::Waiting)),
                ElementsAre(FailureGroup{"sti", "sti.apply", "E5002", 1, at(50), at(50)}));
    EXPECT_THAT(must(store_->failure_groups(DeliveryState::Unknown)),
                ElementsAre(FailureGroup{"sti", "sti.apply", "E5004", 1, at(60), at(60)}));
    EXPECT_THAT(must(store_->failure_groups(DeliveryState::Shelved)),
                ElementsAre(FailureGroup{"sti", "sti.apply", "E5003", 1, at(70), at(70)}))
        << "since it was given up";
    EXPECT_THAT(ids(must(store_->failures({.state = DeliveryState::Unknown}))),
                ElementsAre(delivery_id_of(6, 0)));
    EXPECT_THAT(ids(must(store_->failures({.state = DeliveryState::Shelved, .party = "sti"}))),
                ElementsAre(delivery_id_of(7, 0)));
    EXPECT_THAT(must(store_->failure_groups(DeliveryState::Pending)), IsEmpty());
}

TEST_P(StoreContract, PagesThroughFailuresInTheOrderOfTheirTime) {
    for (std::uint32_t number = 1; number <= 5; ++number) {
        commit({arrival(number, {number == 4 ? "psb" : "sti"})});
        // 3 and 2 failed in the same millisecond: their ids decide.
        const Instant since = number == 3 ? at(8) : at(10 - number);
        commit({failed(number, DeliveryState::Dead, "E5003", since)});
    }
    const auto page = [&](FailureQuery query) {
        std::vector<DeliveryId> all;
        for (;;) {
            query.limit = 2;
            const auto some = must(store_->failures(query));
            EXPECT_LE(some.size(), 2U);
            for (const StoredDelivery& one : some) EXPECT_EQ(one.body, "");
            const auto found = ids(some);
            all.insert(all.end(), found.begin(), found.end());
            if (some.empty()) return all;
            query.after = {some.back().due_at, some.back().id};
        }
    };
    const auto id = [](std::uint32_t number) { return delivery_id_of(number, 0); };
    EXPECT_THAT(page({}), ElementsAre(id(5), id(4), id(2), id(3), id(1)));
    EXPECT_THAT(page({.party = "sti", .map = "sti.apply", .cause = "E5003"}),
                ElementsAre(id(5), id(2), id(3), id(1)));
    EXPECT_THAT(page({.party = "psb"}), ElementsAre(id(4)));
    EXPECT_THAT(page({.cause = "E5002"}), IsEmpty());
    EXPECT_THAT(page({.state = DeliveryState::Waiting}), IsEmpty());
}

TEST_P(StoreContract, PagesThroughWhatAPartyTookInASpanOfTime) {
    commit(
        {arrival(1), arrival(2, {"psb", "sti"}), arrival(3), arrival(4), arrival(5), arrival(6)});
    const auto settle = [&](std::uint32_t number, std::uint64_t version, std::uint32_t place,
                            DeliveryState state, Instant when) {
        Unit unit = follow_up(number, version);
        unit.changed = {{delivery_id_of(number, place), state, when, {}}};
        commit({unit});
    };
    settle(1, 1, 0, DeliveryState::Delivered, at(20));
    settle(1, 2, 0, DeliveryState::Answered, at(90));  // the answer leaves the time of the arrival
    settle(2, 1, 0, DeliveryState::Delivered, at(12));
    settle(2, 2, 1, DeliveryState::Answered, at(12));  // answered before anybody saw it arrive
    settle(3, 1, 0, DeliveryState::Delivered, at(12));
    settle(4, 1, 0, DeliveryState::Delivered, at(30));
    settle(5, 1, 0, DeliveryState::Dead, at(13));
    settle(6, 1, 0, DeliveryState::Delivered, at(15));
    settle(6, 2, 0, DeliveryState::Pending, at(40));  // sent again: it has not arrived any more
    restart();
    TrafficQuery<DeliveryId> query{.party = "sti", .from = at(12), .until = at(30), .limit = 2};
    const auto first = must(store_->arrived(query));
    EXPECT_THAT(ids(first), ElementsAre(delivery_id_of(2, 1), delivery_id_of(3, 0)));
    EXPECT_EQ(first.at(0).body, "to sti of 2");
    EXPECT_EQ(first.at(0).due_at, at(12));
    query.after = {first.at(1).due_at, first.at(1).id};
    const auto second = must(store_->arrived(query));
    EXPECT_THAT(ids(second), ElementsAre(delivery_id_of(1, 0)));
    EXPECT_EQ(second.at(0).due_at, at(20));
    query.after = {second.at(0).due_at, second.at(0).id};
    EXPECT_THAT(must(store_->arrived(query)), IsEmpty());
    settle(6, 3, 0, DeliveryState::Delivered, at(41));
    EXPECT_THAT(ids(must(store_->arrived({.party = "sti", .from = at(31), .until = at(50)}))),
                ElementsAre(delivery_id_of(6, 0)));
}

TEST_P(StoreContract, PagesThroughWhatCameFromAPartyInASpanOfTime) {
    std::vector<Unit> units;
    for (std::uint32_t number = 1; number <= 5; ++number) {
        units.push_back(arrival(number));
        if (number == 2) units.back().message->party = "mobile";
        if (number == 3) units.back().message->nonce.clear();
        units.back().message->at = at(number == 4 ? 3 : number);  // 3 and 4 in one moment
    }
    commit(units);
    TrafficQuery<MessageId> query{.party = "portal", .from = at(1), .until = at(5), .limit = 2};
    const auto first = must(store_->received(query));
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0].id, units[0].message->id);
    EXPECT_EQ(first[0].dedup_key, "key-1");
    EXPECT_EQ(first[0].sm3, units[0].message->sm3);
    EXPECT_EQ(first[0].case_id, case_id(1));
    EXPECT_EQ(first[0].body, "");
    EXPECT_EQ(first[1].id, units[2].message->id);
    query.after = {first[1].at, first[1].id};
    const auto second = must(store_->received(query));
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].id, units[3].message->id);
    EXPECT_THAT(must(store_->received({.party = "sti", .from = at(0), .until = at(9)})), IsEmpty());
}

TEST_P(StoreContract, FindsCasesThatHaveEveryTermNewestFirst) {
    commit({findable(1, {10, 20}), findable(2, {10}), findable(3, {10, 20, 30}),
            findable(4, {20, UINT64_MAX}), findable(5, {10, 20})});
    const auto found = [&](std::vector<std::uint64_t> terms) {
        return ids(must(store_->search({.terms = std::move(terms)})));
    };
    EXPECT_THAT(found({10, 20}), ElementsAre(case_id(5), case_id(3), case_id(1)));
    EXPECT_THAT(found({20, 10, 30}), ElementsAre(case_id(3)));
    EXPECT_THAT(found({UINT64_MAX}), ElementsAre(case_id(4)));
    EXPECT_THAT(found({10, 99}), IsEmpty());
    EXPECT_EQ(found({}).size(), 5U);
    const auto one = must(store_->search({.terms = {30}})).at(0);
    EXPECT_EQ(one, (FoundCase{case_id(3), "370200-000003", at(3), false}));
}

TEST_P(StoreContract, PagesAndFiltersWhatItFinds) {
    for (std::uint32_t number = 1; number <= 9; ++number) {
        Unit unit = findable(number, {10, number % 2 == 0 ? 20U : 30U});
        if (number == 4 || number == 7) unit.state.items[0].state = ItemState::Granted;
        commit({unit});
    }
    for (const std::vector<std::uint64_t>& terms :
         {std::vector<std::uint64_t>{}, std::vector<std::uint64_t>{10}}) {
        const auto found = [&](CaseQuery query) {
            query.terms = terms;
            return ids(must(store_->search(query)));
        };
        EXPECT_THAT(found({.terms = {}, .limit = 2}), ElementsAre(case_id(9), case_id(8)));
        EXPECT_THAT(found({.terms = {}, .before = case_id(8), .limit = 2}),
                    ElementsAre(case_id(7), case_id(6)));
        EXPECT_THAT(found({.terms = {}, .before = case_id(1)}), IsEmpty());
        EXPECT_THAT(found({.terms = {}, .from = at(3), .until = at(5)}),
                    ElementsAre(case_id(4), case_id(3)));
        EXPECT_THAT(found({.terms = {}, .decided = true}), ElementsAre(case_id(7), case_id(4)));
        EXPECT_THAT(found({.terms = {}, .from = at(4), .decided = false, .limit = 3}),
                    ElementsAre(case_id(9), case_id(8), case_id(6)));
    }
    EXPECT_THAT(ids(must(store_->search({.terms = {10, 20}, .before = case_id(8), .limit = 2}))),
                ElementsAre(case_id(6), case_id(4)));
}

TEST_P(StoreContract, TakesTermsOnlyWithTheirUnitAndKeepsThem) {
    commit({findable(1, {10}), arrival(2)});
    Unit later = follow_up(1, 1);
    later.terms = {10, 40};
    Unit stale = follow_up(2, 9);
    stale.terms = {40};
    EXPECT_THAT(commit({later, stale}), ElementsAre(Kind::Committed, Kind::Conflict));
    restart();
    EXPECT_THAT(ids(must(store_->search({.terms = {40}}))), ElementsAre(case_id(1)));
    EXPECT_THAT(ids(must(store_->search({.terms = {10}}))), ElementsAre(case_id(1)));
}

TEST_P(StoreContract, EndsFactsAlsoThoseOfTheSameCommit) {
    Unit first = findable(1, {50});
    Unit second = findable(2, {50});
    first.facts = second.facts = {10, 20};
    commit({first, second});
    Unit moved = follow_up(1, 1);
    moved.facts_ended = {10, 99};
    moved.facts = {30};
    Unit back = follow_up(2, 1);
    back.facts_ended = {10};
    Unit again = follow_up(2, 2);
    again.facts = {10};
    again.facts_ended = {20};
    commit({moved, back, again});
    restart();
    EXPECT_THAT(ids(must(store_->search({.terms = {10}}))), ElementsAre(case_id(2)));
    EXPECT_THAT(ids(must(store_->search({.terms = {20}}))), ElementsAre(case_id(1)));
    EXPECT_THAT(ids(must(store_->search({.terms = {30}}))), ElementsAre(case_id(1)));
    EXPECT_THAT(ids(must(store_->search({.terms = {50, 10}}))), ElementsAre(case_id(2)));
}

TEST_P(StoreContract, CountsFactsUpToALimit) {
    for (std::uint32_t number = 1; number <= 5; ++number) {
        Unit unit = arrival(number);
        unit.facts = {10};
        if (number > 3) unit.facts.push_back(UINT64_MAX);
        commit({unit});
    }
    const auto counted = [&](std::vector<std::uint64_t> facts, std::uint64_t most) {
        return must(store_->count_facts(facts, most));
    };
    EXPECT_THAT(counted({UINT64_MAX, 99, 10}, 100), ElementsAre(2, 0, 5));
    EXPECT_THAT(counted({10, UINT64_MAX}, 3), ElementsAre(3, 2));
    EXPECT_THAT(counted({}, 3), IsEmpty());
    Unit ended = follow_up(4, 1);
    ended.facts_ended = {UINT64_MAX};
    Unit again = follow_up(5, 1);
    again.facts = {10, UINT64_MAX};  // what it has already counts once
    commit({ended, again});
    restart();
    EXPECT_THAT(counted({10, UINT64_MAX}, 100), ElementsAre(5, 1));
    EXPECT_THAT(ids(must(store_->search({.terms = {UINT64_MAX}}))), ElementsAre(case_id(5)));
}

TEST_P(StoreContract, GivesTheMessagesOfACaseInTheOrderTheyCame) {
    Unit first = arrival(1);
    Unit second = follow_up(1, 1);
    second.message = arrival(1).message;
    second.message->id = arrival(7).message->id;
    second.message->dedup_key = "another";
    second.message->body = std::string("a\0b", 3);
    second.message->at = at(50);
    commit({first, arrival(2), second});
    const auto found = must(store_->messages(case_id(1)));
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].id, first.message->id);
    EXPECT_EQ(found[0].body, first.message->body);
    EXPECT_EQ(found[1].dedup_key, "another");
    EXPECT_EQ(found[1].body, second.message->body);
    EXPECT_EQ(found[1].at, at(50));
    EXPECT_EQ(found[1].case_id, case_id(1));
    EXPECT_THAT(must(store_->messages(case_id(3))), IsEmpty());
}

TEST_P(StoreContract, KeepsTheNewBytesOfADeliveryInItsPlace) {
    commit({arrival(1, {"sti", "psb"})});
    commit({failed(1, DeliveryState::Dead, "E5003", at(20))});
    Unit again = follow_up(1, 2);
    again.changed = {{delivery_id_of(1, 0), DeliveryState::Pending, at(30), "E5003"}};
    again.reencoded = {{delivery_id_of(1, 0), "b2", "other bytes"}};
    Unit fresh = arrival(2);
    fresh.reencoded = {{delivery_id_of(2, 0), "b3", "at once"}};
    commit({again, fresh});
    restart();
    const auto all = must(store_->deliveries(case_id(1)));
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].id, delivery_id_of(1, 0));
    EXPECT_EQ(all[0].body, "other bytes");
    EXPECT_EQ(all[0].bundle, "b2");
    EXPECT_EQ(all[1].body, "to psb of 1");
    EXPECT_EQ(must(store_->find_delivery(delivery_id_of(2, 0)))->body, "at once");
    EXPECT_EQ(lease(40, {{"sti", 2}}).at(1).body, "other bytes");
    Unit wrong = follow_up(1, 3);
    wrong.reencoded = {{delivery_id_of(9, 0), "b2", "of another case"}};
    EXPECT_EQ(store_->commit(std::span(&wrong, 1)).error().code, Errc::Internal);
}

TEST_P(StoreContract, KeepsDocumentsWithTheirAudit) {
    const AuditEntry entry = audit_entry("plan/1");
    ASSERT_TRUE(store_->keep("plan/1", "one", std::span(&entry, 1)));
    ASSERT_TRUE(store_->keep("plan/2", "two", {}));
    ASSERT_TRUE(store_->keep("plan/1", "one more", {}));
    ASSERT_TRUE(store_->keep("planet", "other", {}));
    restart();
    EXPECT_THAT(must(store_->kept("plan/")),
                ElementsAre(Pair("plan/1", "one more"), Pair("plan/2", "two")));
    const auto tail = must(store_->audit_tail(9));
    ASSERT_EQ(tail.size(), 1U);
    EXPECT_EQ(tail[0].subject, "plan/1");
}

TEST_P(StoreContract, NamesDocumentsPageByPage) {
    for (const char* name : {"plan/b", "plan/a", "plan/c/1", "plan/c", "planet", "plan", "other"}) {
        ASSERT_TRUE(store_->keep(name, "value", {}));
    }
    EXPECT_THAT(must(store_->kept_names({.prefix = "plan/"})),
                ElementsAre("plan/a", "plan/b", "plan/c", "plan/c/1"));
    EXPECT_THAT(must(store_->kept_names({.prefix = "plan/", .limit = 2})),
                ElementsAre("plan/a", "plan/b"));
    EXPECT_THAT(must(store_->kept_names({.prefix = "plan/", .after = "plan/b", .limit = 2})),
                ElementsAre("plan/c", "plan/c/1"));
    EXPECT_THAT(must(store_->kept_names({.prefix = "plan/", .after = "other", .limit = 1})),
                ElementsAre("plan/a"));
    EXPECT_THAT(must(store_->kept_names({.prefix = "plan/", .after = "plan/c/1"})), IsEmpty());
    EXPECT_THAT(must(store_->kept_names({.prefix = "none/"})), IsEmpty());
}

TEST_P(StoreContract, ForgetsDocumentsThatAreStillAsTheyWereRead) {
    for (const auto& [name, value] :
         {std::pair("a", "one"), std::pair("b", "two"), std::pair("c", "")}) {
        ASSERT_TRUE(store_->keep(name, value, {}));
    }
    ASSERT_TRUE(store_->keep("b", "two more", {}));
    EXPECT_EQ(store_->forget({{"a", "one"}, {"b", "two"}}).error().code, Errc::Conflict);
    EXPECT_EQ(store_->forget({{"a", "one"}, {"d", ""}}).error().code, Errc::Conflict);
    EXPECT_EQ(must(store_->kept("a")).size(), 1U) << "all or none";
    EXPECT_TRUE(store_->forget({}));
    ASSERT_TRUE(store_->forget({{"a", "one"}, {"c", ""}}));
    EXPECT_EQ(store_->forget({{"a", "one"}}).error().code, Errc::Conflict) << "it is gone";
    restart();
    EXPECT_THAT(must(store_->kept("a")), IsEmpty());
    EXPECT_THAT(must(store_->kept("c")), IsEmpty());
    EXPECT_THAT(must(store_->kept("b")), ElementsAre(Pair("b", "two more")));
    EXPECT_EQ(must(store_->audit_head()).number, 0U);
}

}  // namespace luqiao::broker
