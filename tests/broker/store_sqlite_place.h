// tests/broker/store_sqlite_place.h - a SQLite store in a folder of its own, removed at the end.
#pragma once

#include "broker/sqlite_handle.h"
#include "broker/store_sqlite.h"
#include "tests/contract/store_contract.h"
#include "tests/temporary_folder.h"

#include <filesystem>
#include <string>

namespace luqiao::broker {

/// Keys come into their indexes with the next commit that brings others.
inline constexpr std::size_t kFewRecent = 1;

class SqlitePlace final : public StorePlace {
public:
    /// @param recent_most  entries that wait for their index
    explicit SqlitePlace(std::size_t recent_most = kRecentMost) : recent_most_(recent_most) {}

    Result<std::unique_ptr<Store>> open() override {
        return SqliteStore::open(path(), recent_most_);
    }
    [[nodiscard]] std::string path() const { return folder_.path() / "store.db"; }

    /// What an intruder or a careless hand does to the file while no store has it open.
    void tamper(const std::string& sql) const {
        const auto file =
            must_open(SqliteConnection::open(path(), SqliteConnection::Mode::ReadWrite));
        const Status done = file.execute(sql.c_str());
        EXPECT_TRUE(done) << done.error().message;
    }
    /// One number of the file as it is.
    [[nodiscard]] std::int64_t number(const std::string& sql) const {
        const auto file =
            must_open(SqliteConnection::open(path(), SqliteConnection::Mode::ReadOnly));
        return must(file.number(sql.c_str()));
    }

private:
    static SqliteConnection must_open(Result<SqliteConnection> opened) {
        EXPECT_TRUE(opened);
        return *std::move(opened);
    }

    const std::size_t recent_most_;
    const tests::TemporaryFolder folder_;
};

}  // namespace luqiao::broker
