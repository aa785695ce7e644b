// Whose file it is, and the settings without which "acknowledged" would not mean "durable".
#include "broker/store_sqlite.h"

#include <fmt/format.h>

#include <array>

namespace luqiao::broker {
namespace {

constexpr std::int64_t kApplicationId = 1280393807;  // "LQBO"

/// One transaction, which ends with the version it leads to.
Status run_whole(const SqliteConnection& writer, const char* script, int to) {
    const std::string whole =
        fmt::format("BEGIN IMMEDIATE;{}PRAGMA application_id = {};PRAGMA user_version = {};COMMIT",
                    script, kApplicationId, to);
    const Status done = writer.execute(whole.c_str());
    if (!done && writer.in_transaction()) (void)writer.execute("ROLLBACK");
    return done;
}

struct Pragma {
    const char* set;
    const char* get;
    const char* expected;
};

constexpr std::array kCommon{
    Pragma{"PRAGMA synchronous = FULL", "PRAGMA synchronous", "2"},
    Pragma{"PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys", "0"},
    Pragma{"PRAGMA temp_store = MEMORY", "PRAGMA temp_store", "2"},
    Pragma{"PRAGMA mmap_size = 0", "PRAGMA mmap_size", "0"},
    Pragma{"PRAGMA cell_size_check = ON", "PRAGMA cell_size_check", "1"},
};
constexpr std::array kWriter{
    Pragma{"PRAGMA busy_timeout = 10000", "PRAGMA busy_timeout", "10000"},
    Pragma{"PRAGMA journal_mode = WAL", "PRAGMA journal_mode", "wal"},
    Pragma{"PRAGMA wal_autocheckpoint = 8000", "PRAGMA wal_autocheckpoint", "8000"},
    Pragma{"PRAGMA journal_size_limit = 50331648", "PRAGMA journal_size_limit", "50331648"},
    Pragma{"PRAGMA cache_size = -16384", "PRAGMA cache_size", "-16384"},
};
constexpr std::array kReader{
    Pragma{"PRAGMA busy_timeout = 10000", "PRAGMA busy_timeout", "10000"},
    Pragma{"PRAGMA query_only = ON", "PRAGMA query_only", "1"},
    Pragma{"PRAGMA journal_mode", "PRAGMA journal_mode", "wal"},
    Pragma{"PRAGMA wal_autocheckpoint = 0", "PRAGMA wal_autocheckpoint", "0"},
    Pragma{"PRAGMA cache_size = -4096", "PRAGMA cache_size", "-4096"},
};

template <std::size_t N>
Status apply(const SqliteConnection& connection, const std::array<Pragma, N>& pragmas) {
    for (const Pragma& pragma : pragmas) {
        LQ_CHECK(connection.execute(pragma.set));
        LQ_TRY(const std::string got, connection.value(pragma.get));
        if (got != pragma.expected) {
            return fail(Errc::StoreFailed,
                        "{} gave {}, expected {}: the store would not be durable", pragma.set, got,
                        pragma.expected);
        }
    }
    return {};
}

}  // namespace

Status configure(const SqliteConnection& connection, SqliteConnection::Mode mode) {
    // Of a new file only: a store keeps the size it was made with.
    if (mode == SqliteConnection::Mode::ReadWrite) {
        LQ_CHECK(connection.execute("PRAGMA page_size = 4096"));
        LQ_CHECK(connection.execute("PRAGMA auto_vacuum = INCREMENTAL"));
    }
    LQ_CHECK(mode == SqliteConnection::Mode::ReadWrite ? apply(connection, kWriter)
                                                       : apply(connection, kReader));
    return apply(connection, kCommon);
}

Result<std::int64_t> schema_version(const SqliteConnection& store) {
    LQ_TRY(const std::int64_t tables, store.number("SELECT count(*) FROM sqlite_schema"));
    LQ_TRY(const std::int64_t application, store.number("PRAGMA application_id"));
    LQ_TRY(const std::int64_t version, store.number("PRAGMA user_version"));
    if (tables == 0 && application == 0 && version == 0) return std::int64_t{0};
    if (application != kApplicationId || version < 1) {
        return fail(Errc::Corruption, "the file is not a store of Luqiao (application id {})",
                    application);
    }
    return version;
}

Status run_step(const SqliteConnection& writer, const SchemaStep& step) {
    const auto hash = [](sqlite3_context* context, int, sqlite3_value** values) {
        const auto text = [](sqlite3_value* value) {
            const auto* const bytes = static_cast<const char*>(sqlite3_value_blob(value));
            return std::string_view(bytes == nullptr ? "" : bytes,
                                    static_cast<std::size_t>(sqlite3_value_bytes(value)));
        };
        sqlite3_result_int64(
            context, static_cast<std::int64_t>(message_hash(text(values[0]), text(values[1]))));
    };
    LQ_CHECK(writer.define("luqiao_message_hash", 2, hash));
    return run_whole(writer, step.sql, step.to);
}

Status prepare_schema(const SqliteConnection& writer) {
    LQ_TRY(const std::int64_t version, schema_version(writer));
    const int known = sqlite_steps().back().to;
    if (version == 0) return run_whole(writer, sqlite_schema(), known);
    if (version > known) return newer_schema(version, known);
    if (version < known) return older_schema(version, known);
    return {};
}

Status check_integrity(const SqliteConnection& writer) {
    LQ_TRY(const std::string found, writer.value("PRAGMA quick_check(1)"));
    if (found != "ok") return fail(Errc::Corruption, "the store is damaged: {}", found);
    return {};
}

Status write_back(const SqliteConnection& writer) {
    LQ_TRY(const std::int64_t busy, writer.number("PRAGMA wal_checkpoint(TRUNCATE)"));
    if (busy != 0) return fail(Errc::StoreBusy, "the WAL is being read and cannot be written back");
    return {};
}

Result<std::int64_t> count_boot(const SqliteConnection& writer) {
    LQ_CHECK(
        writer.execute("INSERT INTO meta VALUES ('boots', '1') "
                       "ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1"));
    return writer.number("SELECT value FROM meta WHERE name = 'boots'");
}

}  // namespace luqiao::broker
