#include "broker/sqlite_handle.h"

#include "broker/sqlite_gather.h"
#include "broker/sqlite_pages.h"

#include <cerrno>

namespace luqiao::broker {
namespace {

constexpr std::int64_t kWalBytesMax = 32LL << 20U;
constexpr std::int64_t kPageBytes = 4'096;

/// A disk quota and a file size limit are a full disk too, but SQLite calls them I/O errors. Reads
/// errno, set to 0 before the call: sqlite3_system_errno knows nothing of a failed COMMIT.
bool is_out_of_space() {
    return errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
}

Errc to_errc(sqlite3* handle) {
    switch (sqlite3_errcode(handle) & 0xff) {  // the primary code
        case SQLITE_FULL: return Errc::StoreFull;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return Errc::StoreBusy;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return Errc::Corruption;
        case SQLITE_IOERR: return is_out_of_space() ? Errc::StoreFull : Errc::StoreFailed;
        default: return Errc::StoreFailed;
    }
}

}  // namespace

Error sqlite_error(sqlite3* handle, std::string_view doing) {
    // Not sqlite3_errmsg: it may quote what it was given.
    const int code = sqlite3_extended_errcode(handle);
    return fail(to_errc(handle), "the store cannot {}: {} (SQLite {})", doing, sqlite3_errstr(code),
                code);
}

SqliteRows::~SqliteRows() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

Result<bool> SqliteRows::next() {
    errno = 0;
    const int got = bound_ == SQLITE_OK ? sqlite3_step(statement_) : bound_;
    if (got == SQLITE_ROW) return true;
    if (got == SQLITE_DONE) return false;
    return sqlite_error(sqlite3_db_handle(statement_), "read");
}

bool SqliteRows::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t SqliteRows::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string SqliteRows::text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

sqlite3_destructor_type SqliteStatement::copied() {
    return SQLITE_TRANSIENT;  // NOLINT: SQLite's own macro casts -1
}

Status SqliteStatement::finish(int bound) {
    errno = 0;
    const int got = bound == SQLITE_OK ? sqlite3_step(statement_.get()) : bound;
    Status done;
    if (got != SQLITE_DONE && got != SQLITE_ROW) {
        done = sqlite_error(sqlite3_db_handle(statement_.get()), "write");
    }
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
    return done;
}

Result<SqliteConnection> SqliteConnection::open(const std::string& path, Mode mode) {
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE |
                      (mode == Mode::ReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                               : SQLITE_OPEN_READONLY);
    set_up_sqlite();
    sqlite3* handle = nullptr;
    const char* vfs = mode == Mode::ReadWrite ? gathering_vfs() : nullptr;
    const int got = sqlite3_open_v2(path.c_str(), &handle, flags, vfs);
    SqliteConnection connection;
    connection.handle_.reset(handle);
    if (handle == nullptr) return fail(Errc::StoreFailed, "no memory to open the store");
    if (got != SQLITE_OK) return sqlite_error(handle, "open its file");
    // A file that somebody prepared must not run anything of its own.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    return connection;
}

Result<SqliteStatement> SqliteConnection::prepare(std::string_view sql) const {
    sqlite3_stmt* statement = nullptr;
    const int got = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                       SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (got != SQLITE_OK) return sqlite_error(handle_.get(), "prepare a statement");
    return SqliteStatement(statement);
}

Status SqliteConnection::execute(const char* sql) const {
    errno = 0;
    if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        return sqlite_error(handle_.get(), "execute a statement");
    }
    return {};
}

Result<std::string> SqliteConnection::value(const char* sql) const {
    LQ_TRY(SqliteStatement statement, prepare(sql));
    SqliteRows rows = statement.query();
    LQ_TRY(const bool found, rows.next());
    return found ? rows.text(0) : std::string();
}

Result<std::int64_t> SqliteConnection::number(const char* sql) const {
    LQ_TRY(SqliteStatement statement, prepare(sql));
    SqliteRows rows = statement.query();
    LQ_TRY(const bool found, rows.next());
    return found ? rows.integer(0) : std::int64_t{0};
}

Status SqliteConnection::define(const char* name,
                                int arguments,
                                void (*function)(sqlite3_context*, int, sqlite3_value**)) const {
    constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    if (sqlite3_create_function_v2(handle_.get(), name, arguments, kFlags, nullptr, function,
                                   nullptr, nullptr, nullptr) != SQLITE_OK) {
        return sqlite_error(handle_.get(), "define a function");
    }
    return {};
}

Status SqliteConnection::copy_to(const std::string& path) const {
    LQ_TRY(const SqliteConnection copy, open(path, Mode::ReadWrite));
    // FULL would leave the deletion of its journal, which is its commit, to a later flush of the
    // folder: after a power cut the copy would be rolled back to nothing.
    LQ_CHECK(copy.execute("PRAGMA synchronous = EXTRA"));
    sqlite3_backup* backup = sqlite3_backup_init(copy.handle_.get(), "main", handle_.get(), "main");
    if (backup == nullptr) return sqlite_error(copy.handle_.get(), "begin a copy");
    const int got = sqlite3_backup_step(backup, -1);
    const int ended = sqlite3_backup_finish(backup);
    if (got != SQLITE_DONE || ended != SQLITE_OK) {
        return sqlite_error(copy.handle_.get(), "copy the store");
    }
    return {};
}

void SqliteConnection::checkpoint_by_itself() {
    const auto hook = [](void* most, sqlite3* handle, const char* database, int pages) {
        if (pages < reinterpret_cast<std::intptr_t>(most)) return SQLITE_OK;
        if (WalFlush* const flush = WalFlush::of(handle)) flush->postpone(false);
        // As with wal_autocheckpoint: what fails now is tried again after the next commit.
        (void)sqlite3_wal_checkpoint_v2(handle, database, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                                        nullptr);
        return SQLITE_OK;
    };
    const std::int64_t most = kWalBytesMax / number("PRAGMA page_size").value_or(kPageBytes);
    sqlite3_wal_hook(handle_.get(), hook,
                     // NOLINTNEXTLINE(performance-no-int-to-ptr): the hook's argument is a number
                     reinterpret_cast<void*>(static_cast<std::intptr_t>(most)));
}

bool SqliteConnection::lost_a_flush() const {
    const int code = sqlite3_extended_errcode(handle_.get());
    return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

}  // namespace luqiao::broker
