// broker/sqlite_handle.h - SQLite behind RAII and Result: a connection, a statement, its rows.
#pragma once

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "broker/sqlite_gather.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace luqiao::broker {

/// Bytes that are bound as BLOB; a string is bound as TEXT.
struct Blob {
    std::string_view bytes;
};

/// What SQLite said last, as our error: full, busy, damaged or failed. `doing` completes "cannot
/// …".
Error sqlite_error(sqlite3* handle, std::string_view doing);

/// The rows of a running query. The statement is reset when this goes, so that no snapshot stays
/// open.
class SqliteRows {
public:
    explicit SqliteRows(sqlite3_stmt* statement, int bound)
        : statement_(statement), bound_(bound) {}
    SqliteRows(const SqliteRows&) = delete;
    SqliteRows& operator=(const SqliteRows&) = delete;
    ~SqliteRows();

    /// Whether there is another row; the getters then read it.
    Result<bool> next();

    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;  ///< of TEXT and BLOB; NULL is empty
    [[nodiscard]] Instant instant(int column) const { return Instant{Duration{integer(column)}}; }
    [[nodiscard]] std::optional<Instant> maybe_instant(int column) const {
        return is_null(column) ? std::nullopt : std::optional(instant(column));
    }
    template <class IdType>
    [[nodiscard]] IdType id(int column) const {
        const std::string bytes = text(column);
        IdType out;
        std::copy_n(bytes.begin(), std::min(bytes.size(), out.bytes.size()), out.bytes.begin());
        return out;
    }

private:
    sqlite3_stmt* statement_;
    int bound_;  ///< result of binding
};

/// A prepared statement. Values are only ever bound, never part of the text.
class SqliteStatement {
public:
    SqliteStatement() = default;
    explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}

    /// Executes a statement without rows. The arguments are not copied: they live until this
    /// returns.
    template <class... Args>
    Status run(const Args&... args) {
        int index = 0;
        int bound = SQLITE_OK;
        ((bound = bound == SQLITE_OK ? bind(++index, args, SQLITE_STATIC) : bound), ...);
        return finish(bound);
    }

    /// Starts a query. The arguments are copied.
    template <class... Args>
    SqliteRows query(const Args&... args) {
        int index = 0;
        int bound = SQLITE_OK;
        ((bound = bound == SQLITE_OK ? bind(++index, args, copied()) : bound), ...);
        return SqliteRows(statement_.get(), bound);
    }

private:
    struct Finalise {
        void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
    };

    static sqlite3_destructor_type copied();
    int bind(int index, std::int64_t number, sqlite3_destructor_type) {
        return sqlite3_bind_int64(statement_.get(), index, number);
    }
    int bind(int index, std::string_view text, sqlite3_destructor_type lifetime) {
        return sqlite3_bind_text64(statement_.get(), index, text.empty() ? "" : text.data(),
                                   text.size(), lifetime, SQLITE_UTF8);
    }
    int bind(int index, const std::string& text, sqlite3_destructor_type lifetime) {
        return bind(index, std::string_view(text), lifetime);
    }
    int bind(int index, Blob blob, sqlite3_destructor_type lifetime) {
        return sqlite3_bind_blob64(statement_.get(), index,
                                   blob.bytes.empty() ? "" : blob.bytes.data(), blob.bytes.size(),
                                   lifetime);
    }
    int bind(int index, Instant instant, sqlite3_destructor_type lifetime) {
        return bind(index, std::int64_t{instant.time_since_epoch().count()}, lifetime);
    }
    template <class Tag>
    int bind(int index, const Id<Tag>& id, sqlite3_destructor_type lifetime) {
        return sqlite3_bind_blob64(statement_.get(), index, id.bytes.data(), id.bytes.size(),
                                   lifetime);
    }
    template <class T>
    int bind(int index, const std::optional<T>& maybe, sqlite3_destructor_type lifetime) {
        return maybe ? bind(index, *maybe, lifetime) : sqlite3_bind_null(statement_.get(), index);
    }
    Status finish(int bound);

    std::unique_ptr<sqlite3_stmt, Finalise> statement_;
};

/// One connection; used by one thread at a time.
class SqliteConnection {
public:
    enum class Mode : std::uint8_t { ReadWrite, ReadOnly };

    /// @errors StoreFailed, Corruption (not a database)
    static Result<SqliteConnection> open(const std::string& path, Mode mode);

    Result<SqliteStatement> prepare(std::string_view sql) const;
    /// Executes constant SQL, any number of statements.
    Status execute(const char* sql) const;
    /// The one value of a constant query or pragma, as text; empty when there is no row.
    Result<std::string> value(const char* sql) const;
    Result<std::int64_t> number(const char* sql) const;

    /// A function of SQL: the same for the same arguments.
    Status define(const char* name,
                  int arguments,
                  void (*function)(sqlite3_context*, int, sqlite3_value**)) const;

    /// The whole database as a new file, flushed. @errors StoreFailed, StoreFull
    Status copy_to(const std::string& path) const;

    /// nullptr: it has used no WAL yet.
    [[nodiscard]] WalFlush* wal_flush() const { return WalFlush::of(handle_.get()); }
    /// After a commit that leaves 32 MiB in the WAL, as much of it as readers allow is written
    /// back, by that commit; with a flush of the WAL, also when that of the commit is postponed.
    /// Instead of wal_autocheckpoint.
    void checkpoint_by_itself();

    /// Rows that the last statement wrote.
    [[nodiscard]] std::int64_t changes() const { return sqlite3_changes64(handle_.get()); }
    [[nodiscard]] std::int64_t last_row() const { return sqlite3_last_insert_rowid(handle_.get()); }
    [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
    /// Whether the last failure was a flush: what is on the disk is then unknown, and a second
    /// flush would lie.
    [[nodiscard]] bool lost_a_flush() const;

private:
    struct Close {
        void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
    };
    std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace luqiao::broker
