// The layer over SQLite's page cache: nothing of a file that shrank is read again.
#include "broker/sqlite_pages.h"

#include "broker/sqlite_handle.h"
#include "tests/broker/store_sqlite_place.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace luqiao::broker {
namespace {

constexpr const char* kFill =
    "WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM n WHERE x < 3000) "
    "INSERT INTO t SELECT randomblob(16), x || hex(zeroblob(100)) FROM n";

class SqlitePages : public testing::Test {
protected:
    SqlitePages() {
        EXPECT_TRUE(
            store_.execute("PRAGMA auto_vacuum = FULL; PRAGMA journal_mode = WAL;"
                           "CREATE TABLE t (k BLOB PRIMARY KEY, v TEXT) WITHOUT ROWID"));
        EXPECT_TRUE(store_.execute(kFill));
    }
    std::string checked() const { return *store_.value("PRAGMA integrity_check"); }
    std::int64_t number(const char* sql) const { return *store_.number(sql); }

    SqlitePlace place_;
    const SqliteConnection store_ =
        *SqliteConnection::open(place_.path(), SqliteConnection::Mode::ReadWrite);
};

TEST_F(SqlitePages, AreGoneWithTheEndOfTheFile) {
    const std::int64_t before = number("PRAGMA page_count");
    ASSERT_TRUE(store_.execute("DELETE FROM t WHERE k > x'10'"));
    EXPECT_LT(number("PRAGMA page_count"), before / 4);
    EXPECT_EQ(checked(), "ok");
    ASSERT_TRUE(store_.execute(kFill));
    EXPECT_EQ(checked(), "ok");
    EXPECT_GT(number("SELECT count(*) FROM t"), 3000);
}

TEST_F(SqlitePages, AreGoneWithATransactionThatIsTakenBack) {
    const std::int64_t before = number("PRAGMA page_count");
    ASSERT_TRUE(store_.execute("BEGIN"));
    ASSERT_TRUE(store_.execute(kFill));
    EXPECT_GT(number("PRAGMA page_count"), before);
    ASSERT_TRUE(store_.execute("ROLLBACK"));
    EXPECT_EQ(number("PRAGMA page_count"), before);
    EXPECT_EQ(checked(), "ok");
    ASSERT_TRUE(store_.execute(kFill));
    EXPECT_EQ(checked(), "ok");
    EXPECT_EQ(number("SELECT count(*) FROM t"), 6000);
}

}  // namespace
}  // namespace luqiao::broker
