#include "adapters/table.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstddef>
#include <sys/stat.h>
#include <system_error>

namespace luqiao::adapters {
namespace {

struct Closer {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Closer>;
using Statement = std::unique_ptr<sqlite3_stmt, Closer>;

/// What a primary result code means for a delivery (https://www.sqlite.org/rescode.html).
Errc meaning(int code) {
    switch (code & 0xFF) {
        case SQLITE_ERROR:
        case SQLITE_CONSTRAINT:
        case SQLITE_MISMATCH:
        case SQLITE_TOOBIG:
        case SQLITE_RANGE:
        case SQLITE_AUTH: return Errc::Refused;
        default: return Errc::Unavailable;  // busy, locked, full, read-only, I/O, damaged, …
    }
}

/// Which file a path names just now; a replaced file has another number.
struct FileIdentity {
    dev_t device = 0;
    ino_t number = 0;
    bool operator==(const FileIdentity&) const = default;
};

FileIdentity identity(const std::filesystem::path& file) {
    struct stat found {};
    if (::stat(file.c_str(), &found) != 0) return {};
    return {found.st_dev, found.st_ino};
}

class SqliteSession final : public TableSession {
public:
    SqliteSession(Database database, std::filesystem::path file)
        : database_(std::move(database)), file_(std::move(file)), identity_(identity(file_)) {}

    [[nodiscard]] bool is_current() const override {
        return identity_ != FileIdentity{} && identity(file_) == identity_;
    }
    Status begin() override { return simple("BEGIN IMMEDIATE"); }
    Status commit() override {
        Status done = simple("COMMIT");
        if (done || sqlite3_get_autocommit(database_.get()) == 0) return done;
        return fail(Errc::OutcomeUnknown, "the commit failed: {}", done.error().message);
    }
    void rollback() noexcept override {
        if (sqlite3_get_autocommit(database_.get()) == 0) {
            sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
        }
    }

    Result<std::string> table_name(std::string_view table) override {
        const SqlValue values[] = {std::string(table)};
        LQ_TRY(const auto rows,
               query("SELECT name FROM sqlite_master WHERE type IN ('table','view') "
                     "AND name = ? COLLATE NOCASE AND name NOT LIKE 'sqlite\\_%' "
                     "ESCAPE '\\'",
                     values));
        return rows.empty() ? std::string{} : std::get<std::string>(rows[0][0]);
    }

    Result<std::vector<SqlColumn>> columns(const std::string& table) override {
        const SqlValue values[] = {table};
        LQ_TRY(
            const auto rows,
            query("SELECT name, pk, upper(type) LIKE '%INT%' FROM pragma_table_info(?)", values));
        std::vector<SqlColumn> out;
        out.reserve(rows.size());
        for (const SqlRow& row : rows) {
            out.push_back({std::get<std::string>(row[0]),
                           static_cast<int>(std::get<std::int64_t>(row[1])),
                           std::get<std::int64_t>(row[2]) != 0});
        }
        return out;
    }

    Result<std::vector<SqlRow>> query(const std::string& sql,
                                      std::span<const SqlValue> values) override {
        LQ_TRY(const Statement statement, prepare(sql, values));
        std::vector<SqlRow> rows;
        for (;;) {
            const int code = sqlite3_step(statement.get());
            if (code == SQLITE_DONE) return rows;
            if (code != SQLITE_ROW) return error(code);
            SqlRow& row = rows.emplace_back();
            const int count = sqlite3_column_count(statement.get());
            for (int index = 0; index < count; ++index) row.push_back(read(*statement, index));
        }
    }

    Result<std::int64_t> execute(const std::string& sql,
                                 std::span<const SqlValue> values) override {
        LQ_TRY(const Statement statement, prepare(sql, values));
        const int code = sqlite3_step(statement.get());
        if (code != SQLITE_DONE && code != SQLITE_ROW) return error(code);
        return std::int64_t{sqlite3_changes64(database_.get())};
    }

    Status run_script(const std::string& sql) override { return simple(sql.c_str()); }
    [[nodiscard]] std::string_view row_key() const override { return "rowid"; }

private:
    static SqlValue read(sqlite3_stmt& statement, int index) {
        switch (sqlite3_column_type(&statement, index)) {
            case SQLITE_NULL: return std::monostate{};
            case SQLITE_BLOB: return SqlBytes{};
            case SQLITE_INTEGER: return std::int64_t{sqlite3_column_int64(&statement, index)};
            default: break;
        }
        const unsigned char* text = sqlite3_column_text(&statement, index);
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(&statement, index));
        return std::string(reinterpret_cast<const char*>(text), text == nullptr ? 0 : size);
    }

    Result<Statement> prepare(const std::string& sql, std::span<const SqlValue> values) {
        sqlite3_stmt* raw = nullptr;
        int code = sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      &raw, nullptr);
        Statement statement(raw);
        if (code != SQLITE_OK) return error(code);
        int index = 0;
        for (const SqlValue& value : values) {
            ++index;
            if (const auto* text = std::get_if<std::string>(&value)) {
                // The values outlive the statement: both end with the caller's call.
                code = sqlite3_bind_text64(raw, index, text->data(), text->size(), nullptr,
                                           SQLITE_UTF8);
            } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
                code = sqlite3_bind_int64(raw, index, *number);
            } else {
                code = sqlite3_bind_null(raw, index);
            }
            if (code != SQLITE_OK) return error(code);
        }
        return statement;
    }

    Status simple(const char* sql) {
        const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) return error(code);
        return {};
    }

    /// SQLite names tables and columns here, never values.
    Error error(int code) const {
        return fail(meaning(code), "the exchange database answered: {} ({})",
                    sqlite3_errmsg(database_.get()), sqlite3_errstr(code));
    }

    Database database_;
    std::filesystem::path file_;
    FileIdentity identity_;
};

/// The schema belongs to somebody else: it may not call functions with side effects.
Status harden(sqlite3* database, const SqliteOptions& options) {
    sqlite3_extended_result_codes(database, 1);
    sqlite3_busy_timeout(database, static_cast<int>(options.busy_timeout.count()));
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
    const int code = sqlite3_exec(database, "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL",
                                  nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        return fail(Errc::Unavailable, "the exchange database cannot be used: {}",
                    sqlite3_errmsg(database));
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<TableSession>> open_sqlite(const SqliteOptions& options) {
    if (options.create) {
        std::error_code ignored;  // what matters is whether the file opens
        std::filesystem::create_directories(options.file.parent_path(), ignored);
    }
    sqlite3* raw = nullptr;
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (options.create ? SQLITE_OPEN_CREATE : 0);
    const int code = sqlite3_open_v2(options.file.c_str(), &raw, flags, nullptr);
    Database database(raw);
    if (code != SQLITE_OK) {
        return fail(Errc::Unavailable, "the exchange database cannot be opened: {}",
                    sqlite3_errstr(code))
            .at(options.file.string());
    }
    LQ_CHECK(harden(raw, options));
    return std::unique_ptr<TableSession>(
        std::make_unique<SqliteSession>(std::move(database), options.file));
}

}  // namespace luqiao::adapters
