// What goes for age in PostgreSQL: by several nodes at once, and a month's disk at once.
#include "tests/contract/store_contract.h"
#include "tests/postgres_server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

namespace luqiao::broker {
namespace {

using tests::PostgresServer;

class Database {
public:
    std::unique_ptr<Store> open() const {
        PostgresOptions options;
        options.url = PostgresServer::shared().url(name_);
        options.durability = PostgresOptions::Durability::Single;
        auto store = open_postgres_store(options);
        EXPECT_TRUE(store) << store.error().message;
        return store ? *std::move(store) : nullptr;
    }
    std::string value(const std::string& sql) const {
        return PostgresServer::shared().value(sql, name_);
    }

private:
    std::string name_ = PostgresServer::shared().make_database();
};

std::vector<Unit> decided(std::uint32_t number, const std::string& body = "body") {
    Unit first = arrival(number);
    first.created[0].body = body;
    Unit last = follow_up(number, 1);
    last.at = at(100);
    last.state.items[0].state = ItemState::Granted;
    last.changed = {{delivery_id_of(number, 0), DeliveryState::Delivered, at(100), ""}};
    return {std::move(first), std::move(last)};
}

Expiry bodies_of(std::uint32_t first, std::uint32_t last) {
    Expiry out{.what = Ageing::Bodies, .now = at(9'000), .decided_before = at(5'000), .cases = {}};
    for (std::uint32_t number = first; number <= last; ++number) {
        out.cases.push_back({case_id(number)});
    }
    return out;
}

TEST(PostgresAge, TwoNodesThatExpireAtOnceTakeEachCaseOnce) {
    constexpr std::uint32_t kCases = 120;
    const Database database;
    const auto one = database.open();
    const auto two = database.open();
    ASSERT_TRUE(one && two);
    for (std::uint32_t number = 1; number <= kCases; ++number) {
        (void)must(one->commit(decided(number)));
    }
    std::atomic<std::uint64_t> taken{0};
    const auto node = [&](Store& store) {
        // Again and again over the same cases, as runs that began at the same moment.
        for (std::uint32_t round = 0; round < 3; ++round) {
            for (std::uint32_t number = 1; number <= kCases; number += 8) {
                taken += must(store.expire(bodies_of(number, number + 7))).cases;
            }
        }
    };
    std::thread other([&] { node(*two); });
    node(*one);
    other.join();
    EXPECT_EQ(taken, kCases);
    EXPECT_EQ(database.value("SELECT count(*) FROM luqiao.timeline WHERE event = "
                             "'retention.bodies'"),
              std::to_string(kCases));
    EXPECT_EQ(database.value("SELECT count(*) FROM luqiao.bodies"), "0");
    EXPECT_EQ(database.value("SELECT count(*) FROM luqiao.deliveries WHERE length(sm3) = 64"),
              std::to_string(kCases));
}

TEST(PostgresAge, TwoNodesThatDropTheSameMonthsAtOnceBothGoOn) {
    const Database database;
    const auto one = database.open();
    const auto two = database.open();
    ASSERT_TRUE(one && two);
    for (int round = 0; round < 4; ++round) {
        // Months of 2004, each a sixteenth of what begins with 01 00.
        for (int month = 0; month < 12; ++month) {
            (void)database.value(fmt::format(
                "CREATE TABLE luqiao.bodies_2004{:02} PARTITION OF luqiao.bodies FOR VALUES FROM "
                "('01000000-0000-0000-00{:x}0-000000000000') TO "
                "('01000000-0000-0000-00{:x}0-000000000000')",
                month + 1, month, month + 1));
        }
        std::thread other([&] { EXPECT_TRUE(two->give_back(1)); });
        EXPECT_TRUE(one->give_back(1));
        other.join();
    }
    EXPECT_EQ(database.value("SELECT count(*) FROM pg_class WHERE relname ~ '^bodies_2004..$'"),
              "0");
}

TEST(PostgresAge, AMonthOfWhichNothingIsLeftIsDroppedAndItsDiskIsFree) {
    constexpr std::uint32_t kCases = 200;
    const Database database;
    const auto store = database.open();
    ASSERT_TRUE(store);
    EXPECT_EQ(database.value("SELECT count(*) FROM pg_inherits WHERE inhparent = "
                             "'luqiao.bodies'::regclass"),
              "4")
        << "this month, the next two, and the rest";
    // The ids of the made-up cases begin with 01 00: a month long ago.
    (void)database.value(
        "CREATE TABLE luqiao.bodies_200411 PARTITION OF luqiao.bodies FOR VALUES "
        "FROM ('01000000-0000-0000-0000-000000000000') TO "
        "('01010000-0000-0000-0000-000000000000')");
    ASSERT_EQ(database.value("SELECT to_regclass('luqiao.bodies_200411') IS NOT NULL"), "t");
    std::mt19937 random(7);
    std::string body(20'000, ' ');  // that does not become smaller
    for (char& one : body) one = static_cast<char>('!' + random() % 90);
    for (std::uint32_t number = 1; number <= kCases; ++number) {
        (void)must(store->commit(decided(number, body)));
    }
    (void)must(store->commit(std::vector{arrival(kCases + 1)}));
    const auto size = [&] {
        return std::stoull(
            database.value("SELECT sum(pg_total_relation_size(inhrelid)) FROM "
                           "pg_inherits WHERE inhparent = 'luqiao.bodies'::regclass"));
    };
    const std::uint64_t before = size();
    EXPECT_GT(before, kCases * body.size());
    EXPECT_EQ(must(store->expire(bodies_of(1, kCases))).cases, kCases);
    EXPECT_EQ(must(store->give_back(1)).bytes, 0U) << "an open case is in it";
    EXPECT_EQ(must(store->deliveries(case_id(kCases + 1))).size(), 1U);

    auto last = decided(kCases + 1);
    (void)must(store->commit(std::span(&last[1], 1)));
    EXPECT_EQ(must(store->expire(bodies_of(kCases + 1, kCases + 1))).cases, 1U);
    EXPECT_GT(must(store->give_back(1)).bytes, kCases * body.size());
    EXPECT_LT(size(), before / 10) << before;
    EXPECT_EQ(database.value("SELECT to_regclass('luqiao.bodies_200411') IS NULL"), "t");
    EXPECT_EQ(must(store->find_delivery(delivery_id_of(1, 0)))->sm3.size(), 64U);
    (void)must(store->commit(std::vector{arrival(kCases + 2)}));
    EXPECT_EQ(must(store->deliveries(case_id(kCases + 2)))[0].body, "to sti of 202")
        << "what comes late lies in the rest";
    fmt::print("{} KiB before, {} after\n", before >> 10U, size() >> 10U);
}

}  // namespace
}  // namespace luqiao::broker
