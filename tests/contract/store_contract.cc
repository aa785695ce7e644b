// What a commit means: whole units, first come first kept, versions in order.
#include "tests/contract/store_contract.h"

#include "security/digest.h"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <thread>

namespace luqiao::broker {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = UnitOutcome::Kind;

Instant at(std::int64_t seconds) {
    return Instant{Duration{1'759'975'200'000 + seconds * 1'000}};
}

namespace {

template <class IdType>
IdType make(std::uint8_t kind, std::uint32_t high, std::uint32_t low) {
    IdType id;
    id.bytes[0] = kind;
    for (std::size_t place = 0; place < 4; ++place) {
        id.bytes[4 + place] = static_cast<std::uint8_t>(high >> (24 - 8 * place));
        id.bytes[12 + place] = static_cast<std::uint8_t>(low >> (24 - 8 * place));
    }
    return id;
}

}  // namespace

CaseId case_id(std::uint32_t number) {
    return make<CaseId>(1, number, 0);
}

DeliveryId delivery_id_of(std::uint32_t case_number, std::uint32_t sequence) {
    return make<DeliveryId>(2, case_number, sequence);
}

Unit arrival(std::uint32_t number, const std::vector<std::string>& parties) {
    Unit unit;
    unit.state.id = case_id(number);
    unit.state.number = fmt::format("370200-{:06}", number);
    unit.state.service = "foreigner_work";
    unit.state.channel = "portal";
    unit.state.accepted_at = at(number);
    Item item;
    item.code = "permit_issue";
    item.serial = unit.state.number + "-01";
    item.state = ItemState::Forwarding;
    unit.state.items.push_back(std::move(item));
    const std::string body = fmt::format("application {}", number);
    unit.message = InboundMessage{.id = make<MessageId>(3, number, 0),
                                  .case_id = unit.state.id,
                                  .party = "portal",
                                  .format = "portal.apply",
                                  .dedup_key = fmt::format("key-{}", number),
                                  .sm3 = security::sm3_hex(body),
                                  .nonce = fmt::format("nonce-{}", number),
                                  .bundle = "b1",
                                  .body = body,
                                  .at = at(number)};
    unit.record = fmt::format(R"({{"case.number":"{}"}})", unit.state.number);
    for (std::uint32_t sequence = 0; sequence < parties.size(); ++sequence) {
        unit.created.push_back({.id = delivery_id_of(number, sequence),
                                .case_id = unit.state.id,
                                .case_number = unit.state.number,
                                .party = parties[sequence],
                                .map = parties[sequence] + ".apply",
                                .state = DeliveryState::Pending,
                                .due_at = at(number),
                                .attempts = 0,
                                .cause = {},
                                .bundle = "b1",
                                .body = fmt::format("to {} of {}", parties[sequence], number)});
    }
    unit.timeline.push_back({at(number), "case.accepted", "portal", "", ""});
    return unit;
}

Unit follow_up(std::uint32_t number, std::uint64_t version) {
    Unit unit = arrival(number, {});
    unit.message.reset();
    unit.record.reset();
    unit.timeline.clear();
    unit.state.version = version;
    return unit;
}

AuditEntry audit_entry(const std::string& subject) {
    return {.at = at(5),
            .actor = "portal",
            .action = "refuse",
            .outcome = "E4003",
            .subject = subject,
            .number = 0,
            .hash = {}};
}

void StoreContract::SetUp() {
    place_ = GetParam().make();
    restart();
}

void StoreContract::restart() {
    store_.reset();
    auto opened = place_->open();
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = *std::move(opened);
}

std::vector<Kind> StoreContract::commit(const std::vector<Unit>& units) {
    std::vector<Kind> kinds;
    for (const UnitOutcome& outcome : must(store_->commit(units))) kinds.push_back(outcome.kind);
    return kinds;
}

std::vector<StoredDelivery> StoreContract::lease(std::int64_t second,
                                                 const std::map<std::string, std::size_t>& capacity,
                                                 const std::string& node) {
    return must(store_->lease(at(second), at(second + 60), node, capacity));
}

StoredDelivery StoreContract::delivery(std::uint32_t number, std::size_t place) {
    const auto all = must(store_->deliveries(case_id(number)));
    return place < all.size() ? all[place] : StoredDelivery{};
}

std::uint64_t StoreContract::count(const std::string& name) {
    const auto counts = must(store_->counts());
    const auto found = counts.find(name);
    return found == counts.end() ? 0 : found->second;
}

TEST_P(StoreContract, GivesBackAUnitWhole) {
    Unit unit = arrival(1, {"sti", "psb"});
    unit.alerts = {{"forward_overdue", "370200-000001-01"}};
    unit.message->body = std::string("\0\xff binary \x01", 11);
    unit.created[1].bundle = "b2";
    unit.created[1].body = std::string("\xce\xe4\0\xba\xba", 5);
    ASSERT_THAT(commit({unit}), ElementsAre(Kind::Committed));

    const auto found = must(store_->find_case(case_id(1)));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->state.version, 1U);
    EXPECT_EQ(found->state.number, "370200-000001");
    EXPECT_EQ(found->state.id, case_id(1));
    ASSERT_EQ(found->state.items.size(), 1U);
    EXPECT_EQ(found->state.items[0].state, ItemState::Forwarding);
    EXPECT_EQ(found->record, *unit.record);
    EXPECT_EQ(must(store_->find_case_id("370200-000001")), case_id(1));

    const auto message = must(store_->find_message("portal", "key-1"));
    ASSERT_TRUE(message);
    EXPECT_EQ(message->id, unit.message->id);
    EXPECT_EQ(message->case_id, case_id(1));
    EXPECT_EQ(message->body, unit.message->body);
    EXPECT_EQ(message->sm3, unit.message->sm3);
    EXPECT_EQ(message->format, "portal.apply");
    EXPECT_EQ(message->bundle, "b1");
    EXPECT_EQ(message->at, at(1));

    const auto deliveries = must(store_->deliveries(case_id(1)));
    ASSERT_EQ(deliveries.size(), 2U);
    EXPECT_EQ(deliveries[0].id, delivery_id_of(1, 0));
    EXPECT_EQ(deliveries[1].party, "psb");
    EXPECT_EQ(deliveries[1].map, "psb.apply");
    EXPECT_EQ(deliveries[1].body, unit.created[1].body);
    EXPECT_EQ(deliveries[1].bundle, "b2") << "the rules that made the bytes stay with them";
    EXPECT_EQ(deliveries[1].case_number, "370200-000001");
    EXPECT_EQ(deliveries[1].due_at, at(1));
    const auto alerts = must(store_->alerts(case_id(1)));
    ASSERT_EQ(alerts.size(), 1U);
    EXPECT_EQ(alerts[0].code, "forward_overdue");
    EXPECT_EQ(alerts[0].item, "370200-000001-01");
}

TEST_P(StoreContract, KnowsNothingOfWhatWasNeverStored) {
    EXPECT_FALSE(must(store_->find_case(case_id(1))));
    EXPECT_FALSE(must(store_->find_case_id("370200-000001")));
    EXPECT_FALSE(must(store_->find_message("portal", "key-1")));
    EXPECT_THAT(must(store_->deliveries(case_id(1))), IsEmpty());
    EXPECT_THAT(must(store_->timeline(case_id(1))), IsEmpty());
    EXPECT_THAT(must(store_->alerts(case_id(1))), IsEmpty());
    EXPECT_FALSE(must(store_->next_due(at(0))));
    EXPECT_FALSE(must(store_->find_delivery(delivery_id_of(1, 0))));
    EXPECT_THAT(must(store_->failure_groups(DeliveryState::Dead)), IsEmpty());
    EXPECT_THAT(must(store_->search({.terms = {1}})), IsEmpty());
    EXPECT_THAT(must(store_->kept("")), IsEmpty());
    EXPECT_THAT(commit({}), IsEmpty());
}

TEST_P(StoreContract, TellsTheFirstMessageOfAKnownKey) {
    ASSERT_THAT(commit({arrival(1)}), ElementsAre(Kind::Committed));
    Unit again = arrival(2);
    again.message->dedup_key = "key-1";
    again.message->sm3 = arrival(1).message->sm3;
    const auto outcomes = must(store_->commit(std::vector{again}));
    ASSERT_EQ(outcomes.size(), 1U);
    EXPECT_EQ(outcomes[0].kind, Kind::Duplicate);
    ASSERT_TRUE(outcomes[0].first);
    EXPECT_EQ(outcomes[0].first->id, arrival(1).message->id);
    EXPECT_EQ(outcomes[0].first->case_id, case_id(1));
    EXPECT_EQ(outcomes[0].first->at, at(1));
    EXPECT_EQ(outcomes[0].first->sm3, arrival(1).message->sm3);
    EXPECT_EQ(outcomes[0].first->body, "");
    EXPECT_EQ(outcomes[0].first_case_number, "370200-000001");
    EXPECT_FALSE(must(store_->find_case(case_id(2)))) << "a duplicate leaves nothing behind";
    EXPECT_EQ(count("cases"), 1U);
}

TEST_P(StoreContract, RefusesAKnownKeyWithAnotherDigest) {
    ASSERT_THAT(commit({arrival(1)}), ElementsAre(Kind::Committed));
    Unit other = arrival(2);
    other.message->dedup_key = "key-1";
    EXPECT_THAT(commit({other}), ElementsAre(Kind::KeyReused));
    EXPECT_EQ(must(store_->find_message("portal", "key-1"))->body, "application 1");
}

TEST_P(StoreContract, KnowsAKeyPerParty) {
    Unit other = arrival(2);
    other.message->party = "mobile";
    other.message->dedup_key = "key-1";
    EXPECT_THAT(commit({arrival(1), other}), ElementsAre(Kind::Committed, Kind::Committed));
}

TEST_P(StoreContract, FindsDuplicatesInTheSameBatch) {
    Unit repeated = arrival(2);
    repeated.message->dedup_key = "key-1";
    repeated.message->sm3 = arrival(1).message->sm3;
    Unit reused = arrival(3);
    reused.message->dedup_key = "key-1";
    const auto outcomes =
        must(store_->commit(std::vector{arrival(1), repeated, reused, arrival(4)}));
    ASSERT_EQ(outcomes.size(), 4U);
    EXPECT_EQ(outcomes[0].kind, Kind::Committed);
    EXPECT_EQ(outcomes[1].kind, Kind::Duplicate);
    EXPECT_EQ(outcomes[1].first->id, arrival(1).message->id);
    EXPECT_EQ(outcomes[2].kind, Kind::KeyReused);
    EXPECT_EQ(outcomes[3].kind, Kind::Committed);
    EXPECT_EQ(count("messages"), 2U);
    EXPECT_EQ(count("deliveries.sti.pending"), 2U);
}

TEST_P(StoreContract, TellsADuplicateBeforeAConflict) {
    ASSERT_THAT(commit({arrival(1)}), ElementsAre(Kind::Committed));
    Unit supplement = follow_up(1, 1);
    supplement.message = arrival(9).message;
    supplement.message->case_id = case_id(1);
    ASSERT_THAT(commit({supplement}), ElementsAre(Kind::Committed));
    EXPECT_THAT(commit({supplement}), ElementsAre(Kind::Duplicate));
    supplement.message->sm3 = "another";
    EXPECT_THAT(commit({supplement}), ElementsAre(Kind::KeyReused));
}

TEST_P(StoreContract, RefusesAnOldVersion) {
    ASSERT_THAT(commit({arrival(1)}), ElementsAre(Kind::Committed));
    ASSERT_THAT(commit({follow_up(1, 1)}), ElementsAre(Kind::Committed));
    Unit late = follow_up(1, 1);
    late.message = arrival(9).message;
    late.message->case_id = case_id(1);
    late.timeline = {{at(9), "item.granted", "", "", ""}};
    late.audit = {audit_entry("late")};
    EXPECT_THAT(commit({late}), ElementsAre(Kind::Conflict));
    EXPECT_FALSE(must(store_->find_message("portal", "key-9"))) << "nothing of a conflict is kept";
    EXPECT_EQ(must(store_->timeline(case_id(1))).size(), 1U);
    EXPECT_THAT(must(store_->audit_tail(9)), IsEmpty());
    EXPECT_THAT(commit({follow_up(1, 3)}), ElementsAre(Kind::Conflict)) << "from the future";
    EXPECT_THAT(commit({follow_up(7, 1)}), ElementsAre(Kind::Conflict)) << "of no case";
    EXPECT_EQ(must(store_->find_case(case_id(1)))->state.version, 2U);
}

TEST_P(StoreContract, RefusesANewCaseWhoseIdOrNumberIsTaken) {
    ASSERT_THAT(commit({arrival(1)}), ElementsAre(Kind::Committed));
    Unit same_id = follow_up(1, 0);
    same_id.state.number = "370200-999999";
    Unit same_number = follow_up(2, 0);
    same_number.state.number = "370200-000001";
    EXPECT_THAT(commit({same_id, same_number}), ElementsAre(Kind::Conflict, Kind::Conflict));
}

TEST_P(StoreContract, TakesTwoUnitsOfOneCaseInOneBatch) {
    Unit second = follow_up(1, 1);
    second.state.items[0].state = ItemState::Forwarded;
    second.changed = {{delivery_id_of(1, 0), DeliveryState::Delivered, {}, ""}};
    second.timeline = {{at(3), "item.forwarded", "sti", "370200-000001-01", ""}};
    Unit third = follow_up(1, 2);
    third.record = "{}";
    Unit stale = follow_up(1, 2);
    EXPECT_THAT(commit({arrival(1), second, third, stale}),
                ElementsAre(Kind::Committed, Kind::Committed, Kind::Committed, Kind::Conflict));
    const auto found = must(store_->find_case(case_id(1)));
    EXPECT_EQ(found->state.version, 3U);
    EXPECT_EQ(found->record, "{}");
    EXPECT_EQ(delivery(1).state, DeliveryState::Delivered);
}

TEST_P(StoreContract, KeepsNothingThatWasMadeFromAUnitWhichAnotherNodeForestalled) {
    ASSERT_THAT(commit({arrival(1)}), ElementsAre(Kind::Committed));
    // Two steps of one turn, from versions 1 and 2; meanwhile another node has made its version 2.
    ASSERT_THAT(commit({follow_up(1, 1)}), ElementsAre(Kind::Committed));
    EXPECT_THAT(commit({follow_up(1, 1), follow_up(1, 2)}),
                ElementsAre(Kind::Conflict, Kind::Conflict));
    EXPECT_EQ(must(store_->find_case(case_id(1)))->state.version, 2U);
}

TEST_P(StoreContract, KeepsTheOthersOfABatch) {
    ASSERT_THAT(commit({arrival(1)}), ElementsAre(Kind::Committed));
    EXPECT_THAT(commit({arrival(2), follow_up(1, 7), arrival(1), arrival(3)}),
                ElementsAre(Kind::Committed, Kind::Conflict, Kind::Duplicate, Kind::Committed));
    EXPECT_TRUE(must(store_->find_case(case_id(2))));
    EXPECT_TRUE(must(store_->find_case(case_id(3))));
}

TEST_P(StoreContract, KeepsNothingOfABatchThatContradictsItself) {
    Unit wrong = follow_up(1, 1);
    wrong.changed = {{delivery_id_of(8, 8), DeliveryState::Delivered, {}, ""}};
    const auto outcome = store_->commit(std::vector{arrival(1), wrong, arrival(2)});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Errc::Internal);
    EXPECT_FALSE(must(store_->find_case(case_id(1))));
    EXPECT_EQ(count("cases"), 0U);
    EXPECT_THAT(commit({arrival(1), arrival(2)}), ElementsAre(Kind::Committed, Kind::Committed));
}

TEST_P(StoreContract, KeepsEverythingOverARestart) {
    Unit unit = arrival(1, {"sti", "psb"});
    unit.wake_at = at(100);
    unit.audit = {audit_entry("m1")};
    ASSERT_THAT(commit({unit, arrival(2)}), ElementsAre(Kind::Committed, Kind::Committed));
    const auto counts = must(store_->counts());
    restart();
    EXPECT_EQ(must(store_->counts()), counts);
    EXPECT_EQ(must(store_->find_case(case_id(1)))->state.version, 1U);
    EXPECT_EQ(delivery(1, 1).body, "to psb of 1");
    EXPECT_EQ(must(store_->audit_tail(9)).size(), 1U);
    EXPECT_THAT(commit({arrival(1), arrival(3)}), ElementsAre(Kind::Duplicate, Kind::Committed));
    EXPECT_EQ(must(store_->find_case_id("370200-000003")), case_id(3));
}

TEST_P(StoreContract, ServesWritersAndReadersAtOnce) {
    constexpr std::uint32_t kWriters = 8;
    constexpr std::uint32_t kEach = 25;
    std::vector<std::thread> threads;
    for (std::uint32_t writer = 0; writer < kWriters; ++writer) {
        threads.emplace_back([this, writer] {
            for (std::uint32_t index = 0; index < kEach; ++index) {
                const std::uint32_t number = writer * kEach + index;
                Unit granted = follow_up(number, 1);
                granted.state.items[0].state = ItemState::Granted;
                granted.timeline = {{at(number), "item.granted", "sti", "", ""}};
                EXPECT_THAT(commit({arrival(number), granted}),
                            ElementsAre(Kind::Committed, Kind::Committed));
                EXPECT_TRUE(store_->audit(audit_entry(std::to_string(number))));
                EXPECT_TRUE(must(store_->find_case(case_id(number)))) << "own writes are seen";
            }
        });
    }
    for (int reader = 0; reader < 4; ++reader) {
        threads.emplace_back([this] {
            for (std::uint32_t number = 0; number < kWriters * kEach; ++number) {
                const auto found = must(store_->find_case(case_id(number)));
                const auto lines = must(store_->timeline(case_id(number)));
                EXPECT_TRUE(!found || lines.size() >= 2) << "a batch is seen whole";
                must(store_->counts());
                must(store_->next_due(at(0)));
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(count("cases"), kWriters * kEach);
    EXPECT_EQ(count("decided"), kWriters * kEach);
    EXPECT_EQ(count("deliveries.sti.pending"), kWriters * kEach);
}

}  // namespace luqiao::broker
