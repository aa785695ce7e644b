// The state before a migration is kept, or nothing is changed.
#include "app/migrate.h"

#include "app/process.h"
#include "tests/older_schema.h"
#include "tests/postgres_server.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <gmock/gmock.h>

namespace luqiao::app {
namespace {

using testing::HasSubstr;
using tests::PostgresServer;

/// A server's settings over a PostgreSQL store of schema version 1.
class OldDatabase : public testing::Test {
protected:
    void SetUp() override {
        (void)value(tests::older_postgres(1));
        server_.data = folder_.path();
        server_.store.url = PostgresServer::shared().url(database_);
        server_.store.durability = broker::PostgresOptions::Durability::Single;
    }
    std::string value(const std::string& sql) const {
        return PostgresServer::shared().value(sql, database_);
    }
    std::string version() const {
        return value("SELECT value FROM luqiao.meta WHERE name = 'schema_version'");
    }

    TemporaryFolder folder_ = *TemporaryFolder::create("luqiao-migrate");
    std::string database_ = PostgresServer::shared().make_database();
    ServerSettings server_;
};

TEST_F(OldDatabase, IsDumpedBeforeItIsChanged) {
    const auto done = run_migration(server_, Snapshot::Take);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->plan.from, 1);
    EXPECT_EQ(version(), std::to_string(done->plan.to));
    EXPECT_GT(std::filesystem::file_size(done->snapshot), 1'000U);
    const auto permissions = std::filesystem::status(done->snapshot).permissions();
    EXPECT_EQ(permissions & std::filesystem::perms::all,
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_THAT(way_back(server_, *done).en, HasSubstr(done->snapshot));
    const auto again = run_migration(server_, Snapshot::Take);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(again->plan.steps.empty());
}

TEST_F(OldDatabase, IsNotChangedWhenItCannotBeDumped) {
    server_.data = "/proc/no-such-folder";
    const auto done = run_migration(server_, Snapshot::Take);
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message, HasSubstr("--snapshot-taken"));
    EXPECT_EQ(version(), "1");
    const auto trusted = run_migration(server_, Snapshot::Taken);
    ASSERT_TRUE(trusted) << trusted.error().message;
    EXPECT_EQ(trusted->snapshot, "");
    EXPECT_NE(version(), "1");
}

}  // namespace
}  // namespace luqiao::app
