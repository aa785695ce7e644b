#include "broker/store_postgres.h"

#include "broker/audit.h"
#include "broker/migration.h"
#include "tests/broker/store_postgres_place.h"
#include "tests/older_schema.h"

#include <fmt/format.h>

#include <atomic>
#include <gmock/gmock.h>
#include <thread>

namespace luqiao::broker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::PostgresServer;
using Kind = UnitOutcome::Kind;

/// With a standby commits overlap.
std::unique_ptr<PostgresPlace> place_with_standby() {
    static const auto primary = must(PostgresServer::start("*"));
    static const auto standby = must(primary->make_standby({}));
    return std::make_unique<PostgresPlace>(*primary, PostgresPlace::Durability::Standby);
}

INSTANTIATE_TEST_SUITE_P(
    Postgres,
    StoreContract,
    testing::Values(StoreKind{"alone", [] { return std::make_unique<PostgresPlace>(); }},
                    StoreKind{"standby", [] { return place_with_standby(); }}),
    [](const auto& row) { return row.param.name; });

TEST(PostgresStore, RefusesAServerWithoutAStandbyUnlessToldThatOneIsEnough) {
    PostgresPlace place;
    PostgresOptions options = place.options();
    options.durability = PostgresOptions::Durability::Standby;
    const auto refused = open_postgres_store(options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::StoreFailed);
    EXPECT_THAT(refused.error().message, HasSubstr("synchronous_standby_names"));
    EXPECT_TRUE(place.open());
}

TEST(PostgresStore, RefusesAnotherSchemaVersionAndNamesBoth) {
    PostgresPlace place;
    ASSERT_NE(open(place), nullptr);
    (void)place.value("UPDATE luqiao.meta SET value = '99' WHERE name = 'schema_version'");
    const auto refused = place.open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::Corruption);
    EXPECT_THAT(refused.error().message, HasSubstr("schema version 99"));
}

/// Tables with their columns, indexes with their words: what two stores have alike.
std::string shape_of(const PostgresPlace& place) {
    return place.value(
        "SELECT (SELECT string_agg(table_name || ' ' || column_name || ' ' || data_type || ' ' || "
        "is_nullable, ',' ORDER BY table_name, column_name) FROM information_schema.columns WHERE "
        "table_schema = 'luqiao') || (SELECT string_agg(indexdef, ',' ORDER BY indexname) FROM "
        "pg_indexes WHERE schemaname = 'luqiao')");
}

class PostgresMigration : public testing::TestWithParam<int> {};

TEST_P(PostgresMigration, TakesEveryOlderStoreAlong) {
    PostgresPlace fresh;
    ASSERT_NE(open(fresh), nullptr);
    PostgresPlace place;
    (void)place.value(tests::older_postgres(GetParam()));
    const auto refused = place.open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::Conflict);
    EXPECT_THAT(refused.error().message, HasSubstr("luqiao migrate"));

    const auto plan = plan_postgres_migration(place.options());
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(plan->from, GetParam());
    EXPECT_EQ(plan->steps.size(), static_cast<std::size_t>(plan->to - plan->from));
    EXPECT_GT(plan->bytes, 0U);
    EXPECT_FALSE(plan->bytes_free) << "the disk is the server's";
    EXPECT_EQ(place.value("SELECT value FROM luqiao.meta WHERE name = 'schema_version'"),
              std::to_string(GetParam()));

    const auto done = migrate_postgres(place.options());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(shape_of(place), shape_of(fresh));
    EXPECT_EQ(place.value("SELECT count(*) FROM luqiao.bodies_rest"), "0")
        << "it is gone through whenever a month gets its partition";
    EXPECT_EQ(place.value("SELECT count(*) FROM luqiao.bodies"), "2");
    ASSERT_TRUE(migrate_postgres(place.options())) << "once more: nothing is to be done";
    const auto store = open(place);
    const auto id = must(store->find_case_id("FW20251009AAAA0001"));
    ASSERT_TRUE(id);
    const auto deliveries = must(store->deliveries(*id));
    ASSERT_EQ(deliveries.size(), 2U);
    EXPECT_EQ(deliveries[0].body, "ABC");
    EXPECT_EQ(must(store->failures({.state = DeliveryState::Dead})).size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Versions, PostgresMigration, testing::Range(1, 6));

TEST(PostgresMigration, LeavesOfALaterTimeInTheRest) {
    PostgresPlace place;
    (void)place.value(tests::older_postgres(4));
    (void)place.value(
        "UPDATE luqiao.bodies SET case_id = 'ff000000-0000-0000-0000-000000000000' "
        "WHERE body = 'ABC'");
    const auto done = migrate_postgres(place.options());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(place.value("SELECT body = 'ABC' FROM luqiao.bodies_rest"), "t");
    EXPECT_EQ(place.value("SELECT count(*) FROM luqiao.bodies"), "2");
}

TEST(PostgresMigration, IsRefusedWhileANodeHasTheStoreOpen) {
    PostgresPlace place;
    (void)place.value(tests::older_postgres(1));
    PostgresPlace other;  // of another database: it does not count
    const auto elsewhere = open(other);
    // A node of the program before: connected under our name.
    PostgresOptions options = place.options();
    PgConnection node(options, [](PgConnection&) { return Status{}; });
    ASSERT_TRUE(node.execute("SELECT 1"));
    const auto refused = migrate_postgres(options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::StoreBusy);
    node.close();
    // The server's side of a closed connection goes a moment later.
    Result<MigrationPlan> done = migrate_postgres(options);
    for (int tries = 0; !done && tries < 1000; ++tries) done = migrate_postgres(options);
    EXPECT_TRUE(done) << done.error().message;
}

TEST(PostgresMigration, OfAStepThatFailsLeavesTheVersionBefore) {
    PostgresPlace place;
    (void)place.value(tests::older_postgres(1));
    // The step of version 3 cannot make its index: version 2 is what is left.
    (void)place.value("CREATE TABLE luqiao.messages_at (one integer)");
    const auto broken = migrate_postgres(place.options());
    ASSERT_FALSE(broken);
    EXPECT_EQ(place.value("SELECT value FROM luqiao.meta WHERE name = 'schema_version'"), "2");
    EXPECT_EQ(place.value("SELECT count(*) FROM pg_indexes WHERE indexname = 'messages_nonce'"),
              "1")
        << "the step was undone whole";
    (void)place.value("DROP TABLE luqiao.messages_at");
    ASSERT_TRUE(migrate_postgres(place.options())) << "and gone on from there";
}

TEST(PostgresStore, TellsWhoIsNotThere) {
    PostgresOptions options;
    options.url = "postgresql://luqiao@127.0.0.1:1/none";
    const auto refused = open_postgres_store(options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::StoreBusy);
}

TEST(PostgresStore, TellsTheClockOfItsServer) {
    PostgresPlace place;
    const auto store = open(place);
    ASSERT_NE(store, nullptr);
    const auto before = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    const auto told = store->clock();
    ASSERT_TRUE(told && *told);
    EXPECT_GE(**told, before);
    EXPECT_LE(**told, std::chrono::system_clock::now());
}

TEST(PostgresStore, TakesAKeyOnceFromTwoNodesAtOnce) {
    PostgresPlace place;
    const auto one = open(place);
    const auto two = open(place);
    ASSERT_TRUE(one && two);
    constexpr std::uint32_t kRounds = 60;
    std::atomic<int> committed{0};
    std::atomic<int> repeated{0};
    const auto node = [&](Store& store, std::uint32_t offset) {
        for (std::uint32_t round = 0; round < kRounds; ++round) {
            Unit unit = arrival(round * 2 + offset);
            unit.message->dedup_key = "key-" + std::to_string(round);
            unit.message->sm3 = "same";
            const auto got = kinds(store.commit(std::span(&unit, 1)));
            ASSERT_EQ(got.size(), 1U);
            (got[0] == Kind::Committed ? committed : repeated) += 1;
            EXPECT_NE(got[0], Kind::Conflict);
        }
    };
    std::thread other([&] { node(*two, 1); });
    node(*one, 0);
    other.join();
    EXPECT_EQ(committed, kRounds);
    EXPECT_EQ(repeated, kRounds);
    EXPECT_EQ(must(one->counts())["messages"], kRounds);
    EXPECT_EQ(place.value("SELECT count(*) FROM luqiao.messages"), std::to_string(kRounds));
}

TEST(PostgresStore, LetsOneOfTwoNodesMoveACase) {
    PostgresPlace place;
    const auto one = open(place);
    const auto two = open(place);
    ASSERT_TRUE(one && two);
    ASSERT_THAT(kinds(one->commit(std::vector{arrival(1)})), ElementsAre(Kind::Committed));
    std::atomic<int> moved{0};
    const auto node = [&](Store& store) {
        for (int step = 0; step < 50;) {
            const auto found = must(store.find_case(case_id(1)));
            const Unit unit = follow_up(1, found->state.version);
            const auto got = kinds(store.commit(std::span(&unit, 1)));
            ASSERT_EQ(got.size(), 1U);
            if (got[0] != Kind::Committed) continue;  // the other was first: load and step again
            ++step;
            ++moved;
        }
    };
    std::thread other([&] { node(*two); });
    node(*one);
    other.join();
    EXPECT_EQ(moved, 100);
    EXPECT_EQ(must(one->find_case(case_id(1)))->state.version, 101U);
}

TEST(PostgresStore, ChainsTheAuditOfTwoNodes) {
    PostgresPlace place;
    const auto one = open(place);
    const auto two = open(place);
    ASSERT_TRUE(one && two);
    std::thread other([&] {
        for (int row = 0; row < 40; ++row) EXPECT_TRUE(two->audit(audit_entry("two")));
    });
    for (int row = 0; row < 40; ++row) EXPECT_TRUE(one->audit(audit_entry("one")));
    other.join();
    EXPECT_EQ(must(verify_audit(*one)), 80U);
}

TEST(PostgresStore, ChainsTheAuditOfTwoNodesWhoseCommitsOverlap) {
    const auto place = place_with_standby();
    const auto one = open(*place);
    const auto two = open(*place);
    ASSERT_TRUE(one && two);
    constexpr std::uint32_t kRounds = 30;
    const auto node = [&](Store& store, std::uint32_t offset) {
        for (std::uint32_t round = 0; round < kRounds; ++round) {
            Unit unit = arrival(1 + round * 2 + offset);
            unit.audit = {audit_entry("node")};
            const auto written = store.write_and_lease(std::span(&unit, 1), {});
            ASSERT_TRUE(written) << written.error().message;
            EXPECT_EQ(written->outcomes[0].kind, Kind::Committed);
            if (round == 0) continue;
            ASSERT_TRUE(store.flush()) << "of the round before";
        }
        ASSERT_TRUE(store.flush());
    };
    std::thread other([&] { node(*two, 1); });
    node(*one, 0);
    other.join();
    EXPECT_EQ(must(verify_audit(*one)), 2 * kRounds);
    EXPECT_EQ(must(one->counts())["cases"], 2 * kRounds);
}

TEST(PostgresStore, ComesBackWhenItsConnectionsAreCut) {
    PostgresPlace place;
    const auto store = open(place);
    ASSERT_TRUE(store);
    ASSERT_THAT(kinds(store->commit(std::vector{arrival(1)})), ElementsAre(Kind::Committed));
    EXPECT_EQ(must(store->counts())["cases"], 1U);
    (void)place.value(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    const Unit next = arrival(2);
    auto outcomes = store->commit(std::span(&next, 1));
    for (int again = 0; again < 50 && !outcomes; ++again) {
        EXPECT_EQ(disposition(outcomes.error().code), Disposition::Retry);
        outcomes = store->commit(std::span(&next, 1));
    }
    const auto got = kinds(outcomes);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_TRUE(got[0] == Kind::Committed || got[0] == Kind::Duplicate);
    EXPECT_EQ(place.value("SELECT count(*) FROM luqiao.cases"), "2");
}

TEST(PostgresStore, HearsOfAnotherNodesCommit) {
    PostgresPlace place;
    const auto one = open(place);
    const auto two = open(place);
    ASSERT_TRUE(one && two);
    EXPECT_TRUE(two->is_shared());
    EXPECT_FALSE(must(two->await_others(Duration{1}))) << "and listens from now on";
    ASSERT_THAT(kinds(one->commit(std::vector{arrival(1)})), ElementsAre(Kind::Committed));
    EXPECT_TRUE(must(two->await_others(Duration{10'000})));
}

TEST(PostgresStore, DoesNotHearItself) {
    PostgresPlace place;
    const auto one = open(place);
    EXPECT_FALSE(must(one->await_others(Duration{1})));
    ASSERT_THAT(kinds(one->commit(std::vector{arrival(1)})), ElementsAre(Kind::Committed));
    EXPECT_FALSE(must(one->await_others(Duration{50})));
}

TEST(PostgresStore, RefusesASecondNodeOfTheSameNameUntilTheFirstIsGone) {
    PostgresPlace place;
    PostgresOptions options = place.options();
    options.node = "node-1";
    auto first = open_postgres_store(options);
    ASSERT_TRUE(first);
    const auto second = open_postgres_store(options);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::StoreBusy);
    EXPECT_THAT(second.error().message, HasSubstr("node-1"));
    options.node = "node-2";
    EXPECT_TRUE(open_postgres_store(options));
    first->reset();
    options.node = "node-1";
    EXPECT_TRUE(open_postgres_store(options));
}

TEST(PostgresStore, KeepsWhatASenderChoseHoweverOdd) {
    PostgresPlace place;
    const auto store = open(place);
    Unit unit = arrival(1);
    unit.message->dedup_key = std::string("\0\xff", 2) + std::string(10'000, 'k');
    unit.message->nonce = std::string("\xfe\0", 2);
    unit.audit = {audit_entry(std::string("\0\xfd", 2))};
    ASSERT_THAT(kinds(store->commit(std::span(&unit, 1))), ElementsAre(Kind::Committed));
    EXPECT_TRUE(must(store->find_message("portal", unit.message->dedup_key)));
    EXPECT_EQ(must(verify_audit(*store)), 1U);
    EXPECT_THAT(kinds(store->commit(std::span(&unit, 1))), ElementsAre(Kind::Duplicate));
}

}  // namespace
}  // namespace luqiao::broker
