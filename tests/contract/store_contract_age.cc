// What goes for age, and what never does.
#include "broker/audit.h"
#include "broker/retention.h"
#include "security/digest.h"
#include "tests/contract/store_contract.h"

#include <fmt/format.h>

#include <array>
#include <gmock/gmock.h>
#include <random>

namespace luqiao::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Kind = UnitOutcome::Kind;

constexpr std::uint64_t kFact = 11;
constexpr std::uint64_t kName = 22;

/// A case that is decided at `second`, with one delivery that its party took.
std::vector<Unit> decided(std::uint32_t number, std::int64_t second) {
    Unit first = arrival(number);
    first.facts = {kFact};
    first.terms = {kName + number};
    Unit last = follow_up(number, 1);
    last.at = at(second);
    last.state.items[0].state = ItemState::Granted;
    last.changed = {{delivery_id_of(number, 0), DeliveryState::Delivered, at(second), ""}};
    last.timeline = {{at(second), "item.granted", "sti", "", ""}};
    return {std::move(first), std::move(last)};
}

Expiry expiry(Ageing what, const std::vector<std::uint32_t>& numbers) {
    Expiry out{.what = what, .now = at(9'000), .decided_before = at(5'000), .cases = {}};
    for (const std::uint32_t number : numbers) out.cases.push_back({case_id(number), {kFact}});
    return out;
}

/// The ends of the numbers of what is old enough, page by page.
std::vector<std::string> due(Store& store,
                             Ageing what,
                             std::int64_t before,
                             std::size_t limit = 100) {
    std::vector<std::string> out;
    AgeQuery query{.what = what, .decided_before = at(before), .after = {}, .limit = limit};
    for (;;) {
        const auto page = must(store.ageing(query));
        for (const AgeingCase& one : page) {
            out.push_back(std::to_string(std::stoi(one.number.substr(one.number.find('-') + 1))));
        }
        if (page.size() < limit) return out;
        query.after = {page.back().decided_at, page.back().id};
    }
}

std::vector<CaseId> found(Store& store, std::uint64_t term) {
    CaseQuery query;
    query.terms = {term};
    std::vector<CaseId> out;
    for (const FoundCase& one : must(store.search(query))) out.push_back(one.id);
    return out;
}

}  // namespace

TEST_P(StoreContract, TellsWhatIsOldEnoughInTheOrderOfDecision) {
    for (const auto& [number, second] :
         {std::pair(1U, 300), std::pair(2U, 100), std::pair(3U, 200), std::pair(4U, 100)}) {
        EXPECT_THAT(commit(decided(number, second)), ElementsAre(Kind::Committed, Kind::Committed));
    }
    EXPECT_THAT(commit({arrival(5)}), ElementsAre(Kind::Committed)) << "it is open";
    EXPECT_THAT(due(*store_, Ageing::Bodies, 1'000), ElementsAre("2", "4", "3", "1"));
    EXPECT_THAT(due(*store_, Ageing::Bodies, 1'000, 1), ElementsAre("2", "4", "3", "1"))
        << "page by page";
    EXPECT_THAT(due(*store_, Ageing::Bodies, 200), ElementsAre("2", "4"));
    EXPECT_THAT(due(*store_, Ageing::Metadata, 1'000), IsEmpty()) << "bodies go first";
    EXPECT_EQ(must(store_->find_case(case_id(1)))->decided_at, at(300));
    EXPECT_EQ(must(store_->find_case(case_id(5)))->decided_at, std::nullopt);
}

TEST_P(StoreContract, CountsFromTheFirstEventThatDecidedAndAnewWhenItIsOpenedAgain) {
    EXPECT_THAT(commit(decided(1, 100)), ElementsAre(Kind::Committed, Kind::Committed));
    Unit later = decided(1, 500)[1];
    later.state.version = 2;
    later.changed.clear();
    EXPECT_THAT(commit({later}), ElementsAre(Kind::Committed));
    EXPECT_EQ(must(store_->find_case(case_id(1)))->decided_at, at(100));
    Unit open = follow_up(1, 3);
    open.at = at(600);
    EXPECT_THAT(commit({open}), ElementsAre(Kind::Committed));
    EXPECT_EQ(must(store_->find_case(case_id(1)))->decided_at, std::nullopt);
    EXPECT_THAT(due(*store_, Ageing::Bodies, 9'000), IsEmpty());
    later.state.version = 4;
    later.at = at(700);
    EXPECT_THAT(commit({later}), ElementsAre(Kind::Committed));
    EXPECT_EQ(must(store_->find_case(case_id(1)))->decided_at, at(700));
}

TEST_P(StoreContract, TakesBodiesAndLeavesWhatTheyWere) {
    EXPECT_THAT(commit(decided(1, 100)), ElementsAre(Kind::Committed, Kind::Committed));
    EXPECT_THAT(commit(decided(2, 100)), ElementsAre(Kind::Committed, Kind::Committed));
    const auto before = must(store_->find_case(case_id(1)));
    const std::string body = delivery(1).body;
    const auto message = must(store_->messages(case_id(1)))[0];
    ASSERT_FALSE(body.empty());

    const Expired gone = must(store_->expire(expiry(Ageing::Bodies, {1})));
    EXPECT_EQ(gone.cases, 1U);
    EXPECT_EQ(gone.bodies, 2U);
    EXPECT_EQ(gone.bytes, body.size() + message.body.size() + before->record.size());

    for (const bool again : {false, true}) {
        const auto after = must(store_->find_case(case_id(1)));
        EXPECT_EQ(after->aged_at, at(9'000));
        EXPECT_EQ(after->record, "");
        EXPECT_EQ(after->state.version, before->state.version + 1);
        const StoredDelivery left = delivery(1);
        EXPECT_EQ(left.body, "");
        EXPECT_EQ(left.sm3, security::sm3_hex(body));
        EXPECT_EQ(left.bundle, "b1");
        EXPECT_EQ(must(store_->find_delivery(left.id))->sm3, left.sm3);
        EXPECT_EQ(must(store_->arrived({.party = "sti", .from = at(0), .until = at(5'000)}))[0].sm3,
                  left.sm3);
        const auto messages = must(store_->messages(case_id(1)));
        ASSERT_EQ(messages.size(), 1U);
        EXPECT_EQ(messages[0].body, "");
        EXPECT_EQ(messages[0].sm3, message.sm3);
        EXPECT_EQ(must(store_->timeline(case_id(1))).back().event, kBodiesExpired);
        EXPECT_THAT(found(*store_, kName + 1), IsEmpty());
        EXPECT_THAT(found(*store_, kFact), UnorderedElementsAre(case_id(1), case_id(2)));
        if (!again) restart();
    }
    EXPECT_EQ(delivery(2).body, "to sti of 2") << "of its neighbour nothing went";
    EXPECT_EQ(delivery(2).sm3, "");
    EXPECT_THAT(found(*store_, kName + 2), ElementsAre(case_id(2)));
    EXPECT_EQ(count("cases"), 2U);
    EXPECT_EQ(must(store_->expire(expiry(Ageing::Bodies, {1}))), Expired{}) << "once";
    EXPECT_THAT(due(*store_, Ageing::Metadata, 5'000), ElementsAre("1"));
}

TEST_P(StoreContract, WhatComesLaterIsNeverTakenForABodyThatWent) {
    auto units = decided(1, 100);  // with a second delivery, for their order
    units[0].created.push_back(units[0].created[0]);
    units[0].created[1].id = delivery_id_of(1, 1);
    units[1].changed.push_back(units[1].changed[0]);
    units[1].changed[1].id = delivery_id_of(1, 1);
    EXPECT_THAT(commit(units), ElementsAre(Kind::Committed, Kind::Committed));
    EXPECT_EQ(must(store_->expire(expiry(Ageing::Bodies, {1}))).cases, 1U);
    restart();
    EXPECT_THAT(commit({arrival(2), arrival(3)}), ElementsAre(Kind::Committed, Kind::Committed));

    const auto left = must(store_->deliveries(case_id(1)));
    ASSERT_EQ(left.size(), 2U);
    for (std::uint32_t place = 0; place < 2; ++place) {
        EXPECT_EQ(left[place].id, delivery_id_of(1, place));
        EXPECT_EQ(left[place].body, "");
        EXPECT_EQ(must(store_->find_delivery(left[place].id))->body, "");
    }
    EXPECT_EQ(must(store_->expire(expiry(Ageing::Metadata, {1}))).cases, 1U);
    EXPECT_EQ(delivery(2).body, "to sti of 2");
    EXPECT_EQ(delivery(3).body, "to sti of 3");
}

TEST_P(StoreContract, ASenderThatRepeatsAnAgedMessageGetsItsFirstReceipt) {
    EXPECT_THAT(commit(decided(1, 100)), ElementsAre(Kind::Committed, Kind::Committed));
    EXPECT_EQ(must(store_->expire(expiry(Ageing::Bodies, {1}))).cases, 1U);
    Unit again = arrival(1);
    again.state.id = case_id(77);
    again.message->case_id = case_id(77);
    again.state.number = "370200-000077";
    again.created.clear();
    EXPECT_THAT(commit({again}), ElementsAre(Kind::Duplicate));
    again.message->sm3 = std::string(64, '0');
    EXPECT_THAT(commit({again}), ElementsAre(Kind::KeyReused));
    Unit late = follow_up(1, 2);
    EXPECT_THAT(commit({late}), ElementsAre(Kind::Conflict)) << "made before the bodies went";
}

TEST_P(StoreContract, NothingGoesOfWhatIsOpenYoungOrNotSettled) {
    EXPECT_THAT(commit({arrival(1)}), ElementsAre(Kind::Committed));
    EXPECT_THAT(commit(decided(2, 6'000)), ElementsAre(Kind::Committed, Kind::Committed));
    std::vector<std::uint32_t> all{1, 2};
    for (const DeliveryState state :
         {DeliveryState::Queued, DeliveryState::Pending, DeliveryState::Waiting,
          DeliveryState::Unknown, DeliveryState::Dead}) {
        const std::uint32_t number = 10 + static_cast<std::uint32_t>(state);
        auto units = decided(number, 100);
        units[1].changed[0].state = state;
        units[1].changed[0].due_at = at(8'000);
        EXPECT_THAT(commit(units), ElementsAre(Kind::Committed, Kind::Committed));
        all.push_back(number);
    }
    EXPECT_THAT(commit(decided(30, 100)), ElementsAre(Kind::Committed, Kind::Committed));
    auto leased = decided(31, 100);
    leased[1].changed.clear();
    EXPECT_THAT(commit(leased), ElementsAre(Kind::Committed, Kind::Committed));
    EXPECT_EQ(lease(200, {{"sti", 1}}).size(), 1U);
    all.push_back(31);
    EXPECT_THAT(due(*store_, Ageing::Bodies, 5'000), ElementsAre("30"));
    EXPECT_EQ(must(store_->expire(expiry(Ageing::Bodies, all))), Expired{});
    EXPECT_EQ(must(store_->expire(expiry(Ageing::Metadata, all))), Expired{});
    for (const std::uint32_t number : all) EXPECT_NE(delivery(number).body, "") << number;
}

TEST_P(StoreContract, TakesTheCaseItselfAndItsKeysAreFreeAgain) {
    for (const std::uint32_t number : {1U, 2U}) {
        EXPECT_THAT(commit(decided(number, 100)), ElementsAre(Kind::Committed, Kind::Committed));
    }
    EXPECT_EQ(must(store_->expire(expiry(Ageing::Metadata, {1}))), Expired{}) << "bodies first";
    EXPECT_EQ(must(store_->expire(expiry(Ageing::Bodies, {1}))).cases, 1U);
    EXPECT_EQ(must(store_->expire(expiry(Ageing::Metadata, {1}))).cases, 1U);
    for (const bool again : {false, true}) {
        EXPECT_EQ(must(store_->find_case(case_id(1))), std::nullopt);
        EXPECT_EQ(must(store_->find_case_id("370200-000001")), std::nullopt);
        EXPECT_THAT(must(store_->messages(case_id(1))), IsEmpty());
        EXPECT_THAT(must(store_->timeline(case_id(1))), IsEmpty());
        EXPECT_THAT(must(store_->deliveries(case_id(1))), IsEmpty());
        EXPECT_EQ(must(store_->find_delivery(delivery_id_of(1, 0))), std::nullopt);
        EXPECT_THAT(found(*store_, kFact), ElementsAre(case_id(2)));
        EXPECT_EQ(count("cases"), 1U);
        EXPECT_EQ(count("decided"), 1U);
        EXPECT_EQ(count("messages"), 1U);
        EXPECT_EQ(count("deliveries.sti.delivered"), 1U);
        if (!again) restart();
    }
    EXPECT_THAT(commit(decided(1, 200)), ElementsAre(Kind::Committed, Kind::Committed));
    EXPECT_EQ(delivery(2).body, "to sti of 2");
}

TEST_P(StoreContract, TheAuditBeginsWhereItsOldestRowsWentAndIsStillWhole) {
    for (int row = 0; row < 6; ++row) {
        AuditEntry entry = audit_entry(fmt::format("row {}", row));
        entry.at = at(row * 100);
        ASSERT_TRUE(store_->audit(entry));
    }
    const auto note = [] {
        AuditEntry entry = audit_entry({});
        entry.action = std::string(kAuditExpired);
        entry.at = at(1'000);
        return entry;
    };
    EXPECT_EQ(must(store_->expire_audit(at(250), 2, note())), 2U);
    EXPECT_EQ(must(store_->expire_audit(at(250), 2, note())), 1U);
    EXPECT_EQ(must(store_->expire_audit(at(250), 2, note())), 0U);
    restart();
    EXPECT_EQ(must(store_->audit_start()).number, 3U);
    EXPECT_EQ(must(verify_audit(*store_)), 8U);
    EXPECT_THAT(must(store_->audit_tail(1))[0].subject, testing::StartsWith("3-3 "));
    EXPECT_EQ(must(store_->audit_after(4, 1))[0].subject, "row 4");
    EXPECT_EQ(must(store_->expire_audit(at(99'999), 99, note())), 4U) << "never the newest";
    EXPECT_EQ(must(verify_audit(*store_)), 9U);
}

TEST_P(StoreContract, ARunTakesEverythingOldNothingYoungOpenOrHeldAndIsOnRecord) {
    std::mt19937 random(20'251'127);
    std::map<std::uint32_t, std::string> expected;  ///< "open", "young", "held", "dead", "old"
    std::set<std::string> held;
    for (std::uint32_t number = 1; number <= 150; ++number) {
        static constexpr std::array kKinds{"open", "young", "held", "dead", "old"};
        const std::string kind = kKinds[random() % kKinds.size()];
        expected[number] = kind;
        auto units = decided(
            number, kind == "young" ? 8'000 : static_cast<std::int64_t>(100 + random() % 50));
        if (kind == "open") units.pop_back();
        if (kind == "dead") units[1].changed[0].state = DeliveryState::Dead;
        if (kind == "held") held.insert(units[0].state.number);
        for (const Kind outcome : commit(units)) EXPECT_EQ(outcome, Kind::Committed);
    }
    RetentionAges ages;
    ages.bodies = Duration{4'000'000};  // 9'000 - 4'000 s: before 5'000 s
    std::string late;
    std::optional<AgeingRun> run;
    const auto begin = [&] {
        run.emplace(AgeingRun::Basis{*store_, nullptr, ages, "node-1", held}, at(9'000));
    };
    begin();
    for (int steps = 1; must(run->step()); ++steps) {
        ASSERT_LT(steps, 100);
        if (steps != 1) continue;
        run.reset();  // one that is cut is gone on from by the next
        restart();
        begin();
        for (auto& [number, kind] : expected) {
            if (kind != "old" || delivery(number).body.empty() || !late.empty()) continue;
            late = must(store_->find_case(case_id(number)))->state.number;
            ASSERT_TRUE(hold_case(*store_, late, "an appeal", audit_entry({})));
            kind = "held";
        }
    }
    ASSERT_TRUE(run->finish(0));
    EXPECT_FALSE(late.empty()) << "something was left to be held while a run went on";
    EXPECT_TRUE(run->report().is_whole);
    EXPECT_EQ(must(last_ageing(*store_)), run->report());
    for (const auto& [number, kind] : expected) {
        EXPECT_EQ(delivery(number).body.empty(), kind == "old") << number << ' ' << kind;
        const auto stored = must(store_->find_case(case_id(number)));
        EXPECT_EQ(stored->aged_at.has_value(), kind == "old") << number << ' ' << kind;
    }
    const auto rows = must(store_->audit_tail(100));
    const auto begun = std::count_if(rows.begin(), rows.end(), [](const AuditEntry& row) {
        return row.action == "retention.begin";
    });
    EXPECT_GE(begun, 1);
    EXPECT_TRUE(verify_audit(*store_));
}

}  // namespace luqiao::broker
