// adapters/table.h - exchange tables (前置库): messages as rows of a database both sides can reach.
//
//     broker ── INSERT … SYNC_FLAG='0', MSGID=id ──> department's table (push)
//     broker <── claim '0' → 'P', answer '1' or 'E' ── department's table (receive)
//
// SQL is spoken through TableSession, so that another database is another session.
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace luqiao::adapters {

/// NULL, an integer, text, or bytes that are no text (read only: such a value is refused).
struct SqlBytes {};
using SqlValue = std::variant<std::monostate, std::int64_t, std::string, SqlBytes>;
using SqlRow = std::vector<SqlValue>;

/// A column as the database's catalogue knows it.
struct SqlColumn {
    std::string name;
    int key_position = 0;  ///< 1.. within the primary key; 0: not part of it
    bool is_integer = false;
};

/// One connection. `?` marks a value in SQL text; identifiers come from columns() only.
///
/// @errors Unavailable     locked, gone, full, damaged: try again
///         Refused         the database will never take this (constraint, type)
///         OutcomeUnknown  a commit failed half way
class TableSession {
public:
    TableSession() = default;
    TableSession(const TableSession&) = delete;
    TableSession& operator=(const TableSession&) = delete;
    virtual ~TableSession() = default;

    /// Whether the database behind the name is still the one that was opened.
    [[nodiscard]] virtual bool is_current() const = 0;
    /// Begins a transaction that may write; waits for the lock.
    virtual Status begin() = 0;
    virtual Status commit() = 0;
    virtual void rollback() noexcept = 0;
    /// The catalogue's spelling of `table`; "" when there is none. ASCII case does not matter.
    virtual Result<std::string> table_name(std::string_view table) = 0;
    virtual Result<std::vector<SqlColumn>> columns(const std::string& table) = 0;
    virtual Result<std::vector<SqlRow>> query(const std::string& sql,
                                              std::span<const SqlValue> values) = 0;
    /// @return rows changed
    virtual Result<std::int64_t> execute(const std::string& sql,
                                         std::span<const SqlValue> values) = 0;
    /// Runs several statements; the caller begins and commits.
    virtual Status run_script(const std::string& sql) = 0;
    /// Names a row of a table without a primary key.
    [[nodiscard]] virtual std::string_view row_key() const = 0;
};

struct SqliteOptions {
    std::filesystem::path file;
    Duration busy_timeout{2000};
    bool create = false;  ///< make the file and its folder when they are missing
};

Result<std::unique_ptr<TableSession>> open_sqlite(const SqliteOptions& options);

/// "NAME" with quotes doubled.
std::string quoted_identifier(std::string_view name);

/// Whether two names are the same to a database: ASCII letters without case.
bool same_name(std::string_view a, std::string_view b);

/// The column called `name`, or nullptr.
const SqlColumn* find_column(std::span<const SqlColumn> columns, std::string_view name);

/// A transaction that ends with its scope: rolled back unless commit() was called.
class Transaction {
public:
    static Result<Transaction> begin(TableSession& session);
    Status commit();
    Transaction(Transaction&& other) noexcept : session_(std::exchange(other.session_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

private:
    explicit Transaction(TableSession& session) : session_(&session) {}
    TableSession* session_;
};

/// A database that is opened when needed, opened anew when it was replaced, and given its tables by
/// a script when they are missing.
class TableDatabase {
public:
    TableDatabase(SqliteOptions options, std::filesystem::path create_script)
        : options_(std::move(options)), script_(std::move(create_script)) {}

    /// The open session, in which `tables` exist if the script makes them.
    Result<TableSession*> session(std::span<const std::string> tables);
    /// After an error: the next session() opens anew.
    void drop() { session_.reset(); }

private:
    Status run_script();

    SqliteOptions options_;
    std::filesystem::path script_;
    std::unique_ptr<TableSession> session_;
    bool script_ran_ = false;
};

/// Rows of one table as they stand in a message.
struct TableRows {
    using Row = std::vector<std::pair<std::string, SqlValue>>;
    std::string table;
    std::vector<Row> rows;
};

/// Reads `{"TABLE":[{"COLUMN":"value"}],…}`; values are text, integers or null.
/// Limits: 16 MiB, 100 tables, 10,000 rows, 500 columns. @errors Refused
Result<std::vector<TableRows>> parse_table_rows(std::string_view json);

/// "2025-10-09 10:15:00" in China.
std::string table_time(Instant instant);

}  // namespace luqiao::adapters
