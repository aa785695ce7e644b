#include "broker/store_postgres_size.h"

#include "tests/postgres_server.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace luqiao::broker {
namespace {

using tests::PostgresServer;

PostgresOptions options_of(const std::string& database) {
    PostgresOptions out;
    out.url = PostgresServer::shared().url(database);
    out.durability = PostgresOptions::Durability::Single;
    return out;
}

TEST(PostgresSize, IsThatOfTheDatabaseAndGrowsWithIt) {
    PostgresServer& server = PostgresServer::shared();
    const std::string database = server.make_database();
    const DatabaseBytes bytes = postgres_bytes(options_of(database));
    const auto before = bytes();
    ASSERT_TRUE(before) << before.error().message;
    EXPECT_GT(*before, 1U << 20U) << "an empty one has its catalogue";
    (void)server.value(
        "CREATE TABLE grown AS SELECT repeat('x', 1000) FROM generate_series(1, 5000)", database);
    EXPECT_GE(bytes().value_or(0), *before + 5'000'000);
}

TEST(PostgresSize, OfADatabaseThatIsNotThereIsAnErrorAndKnownOnceItIs) {
    PostgresServer& server = PostgresServer::shared();
    const std::string late = "late_" + server.make_database();
    const DatabaseBytes bytes = postgres_bytes(options_of(late));
    EXPECT_EQ(bytes().error().code, Errc::StoreBusy);
    (void)server.value("CREATE DATABASE " + late);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    auto known = bytes();
    while (!known && std::chrono::steady_clock::now() < until) known = bytes();  // its backoff
    EXPECT_TRUE(known);
}

}  // namespace
}  // namespace luqiao::broker
