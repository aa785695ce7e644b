// The tables, and the settings without which "acknowledged" would not mean "durable".
#include "broker/store_sqlite.h"

#include <array>

namespace luqiao::broker {
namespace {

constexpr std::int64_t kApplicationId = 1280393807;  // "LQBO"
constexpr std::int64_t kSchemaVersion = 4;

// The numbers of DeliveryState stand in the file: they never change.
static_assert(static_cast<int>(DeliveryState::Queued) == 0);
static_assert(static_cast<int>(DeliveryState::Pending) == 1);
static_assert(static_cast<int>(DeliveryState::Leased) == 2);
static_assert(static_cast<int>(DeliveryState::Waiting) == 3);
static_assert(static_cast<int>(DeliveryState::Delivered) == 4);
static_assert(static_cast<int>(DeliveryState::Answered) == 5);
static_assert(static_cast<int>(DeliveryState::Unknown) == 6);
static_assert(static_cast<int>(DeliveryState::Dead) == 7);
static_assert(static_cast<int>(DeliveryState::Shelved) == 8);

/// Instants are milliseconds since 1970, ids 16 bytes. Every row of a case begins with the case's
/// key, a small number in the order of arrival, so that rows of one case lie together and new cases
/// are added at the end. What is wide (application, bodies) stands apart from what changes often.
/// An index is there only for a query that needs it.
constexpr const char* kSchema = R"sql(
BEGIN IMMEDIATE;

CREATE TABLE cases (
    key     INTEGER PRIMARY KEY,
    id      BLOB NOT NULL CHECK (length(id) = 16),
    number  TEXT NOT NULL,
    version INTEGER NOT NULL,
    decided INTEGER NOT NULL,
    created INTEGER NOT NULL,
    wake_at INTEGER,
    state   TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX cases_id ON cases (id);
CREATE UNIQUE INDEX cases_number ON cases (number);
CREATE INDEX cases_wake ON cases (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX cases_created ON cases (created);

CREATE TABLE records (
    case_key INTEGER PRIMARY KEY,
    record   TEXT NOT NULL
) STRICT;

CREATE TABLE messages (
    key       INTEGER PRIMARY KEY,
    id        BLOB NOT NULL CHECK (length(id) = 16),
    case_key  INTEGER NOT NULL,
    party     TEXT NOT NULL,
    format    TEXT NOT NULL,
    dedup_key TEXT NOT NULL,
    sm3       TEXT NOT NULL,
    nonce     TEXT NOT NULL,
    bundle    TEXT NOT NULL,
    at        INTEGER NOT NULL,
    body      BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX messages_dedup ON messages (party, dedup_key);
CREATE INDEX messages_nonce ON messages (at, party, nonce) WHERE nonce <> '';
CREATE INDEX messages_case ON messages (case_key);

CREATE TABLE bodies (
    key    INTEGER PRIMARY KEY,
    body   BLOB NOT NULL,
    bundle TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE deliveries (
    case_key    INTEGER NOT NULL,
    id          BLOB NOT NULL CHECK (length(id) = 16),
    party       TEXT NOT NULL,
    map         TEXT NOT NULL,
    state       INTEGER NOT NULL CHECK (state BETWEEN 0 AND 8),
    due_at      INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    cause       TEXT NOT NULL,
    body_key    INTEGER NOT NULL,
    lease_until INTEGER CHECK ((state = 2) = (lease_until IS NOT NULL)),
    lease_node  TEXT,
    lease_boot  INTEGER,
    PRIMARY KEY (case_key, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (party, due_at) WHERE state IN (1, 3);
CREATE INDEX deliveries_leased ON deliveries (lease_until) WHERE state = 2;
CREATE INDEX deliveries_id ON deliveries (id);
CREATE INDEX deliveries_failed ON deliveries (state, party, map, cause, due_at, id)
    WHERE state IN (3, 7);

CREATE TABLE timeline (
    case_key INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    event    TEXT NOT NULL,
    party    TEXT NOT NULL,
    item     TEXT NOT NULL,
    detail   TEXT NOT NULL,
    PRIMARY KEY (case_key, version, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE alerts (
    case_key INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    code     TEXT NOT NULL,
    item     TEXT NOT NULL,
    PRIMARY KEY (case_key, version, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    number  INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    outcome TEXT NOT NULL,
    subject TEXT NOT NULL,
    hash    TEXT NOT NULL
) STRICT;

CREATE TABLE terms (
    term     INTEGER NOT NULL,
    case_key INTEGER NOT NULL,
    PRIMARY KEY (term, case_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE documents (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE counts (
    name  TEXT PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA application_id = 1280393807;
PRAGMA user_version = 4;
COMMIT;
)sql";

/// Version 1 did not know by which rules a body was made: those stay without.
constexpr const char* kFromVersion1 = R"sql(
BEGIN IMMEDIATE;
ALTER TABLE bodies ADD COLUMN bundle TEXT NOT NULL DEFAULT '';
PRAGMA user_version = 2;
COMMIT;
)sql";

/// Version 2 had no shelved deliveries (a CHECK changes with its table), and could not be asked for
/// failures, deliveries by id or cases by what is known of them.
constexpr const char* kFromVersion2 = R"sql(
BEGIN IMMEDIATE;
ALTER TABLE deliveries RENAME TO deliveries_2;
DROP INDEX deliveries_due;
DROP INDEX deliveries_leased;
CREATE TABLE deliveries (
    case_key    INTEGER NOT NULL,
    id          BLOB NOT NULL CHECK (length(id) = 16),
    party       TEXT NOT NULL,
    map         TEXT NOT NULL,
    state       INTEGER NOT NULL CHECK (state BETWEEN 0 AND 8),
    due_at      INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    cause       TEXT NOT NULL,
    body_key    INTEGER NOT NULL,
    lease_until INTEGER CHECK ((state = 2) = (lease_until IS NOT NULL)),
    lease_node  TEXT,
    lease_boot  INTEGER,
    PRIMARY KEY (case_key, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (party, due_at) WHERE state IN (1, 3);
CREATE INDEX deliveries_leased ON deliveries (lease_until) WHERE state = 2;
INSERT INTO deliveries SELECT * FROM deliveries_2;
DROP TABLE deliveries_2;
CREATE INDEX cases_created ON cases (created);
CREATE INDEX deliveries_id ON deliveries (id);
CREATE INDEX deliveries_failed ON deliveries (state, party, map, cause, due_at, id)
    WHERE state IN (3, 7);
CREATE TABLE terms (
    term     INTEGER NOT NULL,
    case_key INTEGER NOT NULL,
    PRIMARY KEY (term, case_key)
) STRICT, WITHOUT ROWID;
CREATE TABLE documents (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 3;
COMMIT;
)sql";

/// Version 3 could not be asked for the messages of a case.
constexpr const char* kFromVersion3 = R"sql(
BEGIN IMMEDIATE;
CREATE INDEX messages_case ON messages (case_key);
PRAGMA user_version = 4;
COMMIT;
)sql";

Status run_whole(const SqliteConnection& writer, const char* script) {
    const Status done = writer.execute(script);
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
    Pragma{"PRAGMA journal_size_limit = 67108864", "PRAGMA journal_size_limit", "67108864"},
    Pragma{"PRAGMA cache_size = -65536", "PRAGMA cache_size", "-65536"},
};
constexpr std::array kReader{
    Pragma{"PRAGMA busy_timeout = 10000", "PRAGMA busy_timeout", "10000"},
    Pragma{"PRAGMA query_only = ON", "PRAGMA query_only", "1"},
    Pragma{"PRAGMA journal_mode", "PRAGMA journal_mode", "wal"},
    Pragma{"PRAGMA wal_autocheckpoint = 0", "PRAGMA wal_autocheckpoint", "0"},
    Pragma{"PRAGMA cache_size = -8192", "PRAGMA cache_size", "-8192"},
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
    LQ_CHECK(mode == SqliteConnection::Mode::ReadWrite ? apply(connection, kWriter)
                                                       : apply(connection, kReader));
    return apply(connection, kCommon);
}

Status prepare_schema(const SqliteConnection& writer) {
    LQ_TRY(const std::int64_t tables, writer.number("SELECT count(*) FROM sqlite_schema"));
    LQ_TRY(const std::int64_t application, writer.number("PRAGMA application_id"));
    LQ_TRY(const std::int64_t version, writer.number("PRAGMA user_version"));
    if (tables == 0 && application == 0 && version == 0) {
        return run_whole(writer, kSchema);
    }
    if (application != kApplicationId) {
        return fail(Errc::Corruption, "the file is not a store of Luqiao (application id {})",
                    application);
    }
    constexpr std::array kSteps{kFromVersion1, kFromVersion2, kFromVersion3};
    static_assert(kSteps.size() + 1 == kSchemaVersion);
    if (version < 1 || version > kSchemaVersion) {
        return fail(Errc::Corruption, "the store has schema version {}, this program reads {}",
                    version, kSchemaVersion);
    }
    for (auto from = static_cast<std::size_t>(version); from <= kSteps.size(); ++from) {
        LQ_CHECK(run_whole(writer, kSteps[from - 1]));
    }
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
