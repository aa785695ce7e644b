// What the tables of a SQLite store are, and how an older store becomes a newer one.
#include "broker/store_sqlite.h"

#include <array>

namespace luqiao::broker {
namespace {

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
CREATE TABLE cases (
    key     INTEGER PRIMARY KEY,
    id      BLOB NOT NULL CHECK (length(id) = 16),
    number  TEXT NOT NULL,
    version INTEGER NOT NULL,
    decided INTEGER NOT NULL,
    created INTEGER NOT NULL,
    wake_at INTEGER,
    state   TEXT NOT NULL,
    decided_at INTEGER,
    aged_at    INTEGER,
    facts      TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX cases_id ON cases (id);
CREATE UNIQUE INDEX cases_number ON cases (number);
CREATE INDEX cases_wake ON cases (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX cases_decided ON cases (decided_at) WHERE decided_at IS NOT NULL AND aged_at IS NULL;
CREATE INDEX cases_aged ON cases (decided_at) WHERE aged_at IS NOT NULL;

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
CREATE INDEX messages_at ON messages (at, party, nonce);
CREATE INDEX messages_case ON messages (case_key);

CREATE TABLE message_keys (
    hash    INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (hash, message)
) STRICT, WITHOUT ROWID;

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
    bundle      TEXT,
    sm3         TEXT,
    PRIMARY KEY (case_key, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (party, due_at) WHERE state IN (1, 3);
CREATE INDEX deliveries_leased ON deliveries (lease_until) WHERE state = 2;
CREATE INDEX deliveries_id ON deliveries (id);
CREATE INDEX deliveries_failed ON deliveries (state, party, map, cause, due_at, id)
    WHERE state IN (3, 6, 7, 8);
CREATE INDEX deliveries_arrived ON deliveries (party, due_at, id) WHERE state IN (4, 5);

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

CREATE TABLE case_terms (
    case_key INTEGER PRIMARY KEY,
    terms    TEXT NOT NULL
) STRICT;

CREATE TABLE recent (
    place    INTEGER PRIMARY KEY,
    messages BLOB NOT NULL,
    terms    BLOB NOT NULL
) STRICT;

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

)sql";

/// Version 1 did not know by which rules a body was made: those stay without.
constexpr const char* kFromVersion1 = R"sql(
ALTER TABLE bodies ADD COLUMN bundle TEXT NOT NULL DEFAULT '';
)sql";

/// Version 2 had no shelved deliveries (a CHECK changes with its table), and could not be asked for
/// failures, deliveries by id or cases by what is known of them.
constexpr const char* kFromVersion2 = R"sql(
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
)sql";

/// Version 3 could not be asked for the messages of a case.
constexpr const char* kFromVersion3 = R"sql(
CREATE INDEX messages_case ON messages (case_key);
)sql";

/// Version 4 could not be asked for deliveries of unknown outcome.
constexpr const char* kFromVersion4 = R"sql(
DROP INDEX deliveries_failed;
CREATE INDEX deliveries_failed ON deliveries (state, party, map, cause, due_at, id)
    WHERE state IN (3, 6, 7);
)sql";

/// Version 5 could not be asked what a party took, or sent, in a time. What had arrived before has
/// the time it was due at last.
constexpr const char* kFromVersion5 = R"sql(
DROP INDEX messages_nonce;
CREATE INDEX messages_at ON messages (at, party, nonce);
CREATE INDEX deliveries_arrived ON deliveries (party, due_at, id) WHERE state IN (4, 5);
)sql";

/// Version 6 had an index over the times of cases, which their keys follow.
constexpr const char* kFromVersion6 = R"sql(
DROP INDEX cases_created;
)sql";

/// Version 7 kept everything for ever. What was decided before was so at its last event at the
/// latest.
constexpr const char* kFromVersion7 = R"sql(
ALTER TABLE cases ADD COLUMN decided_at INTEGER;
ALTER TABLE cases ADD COLUMN aged_at INTEGER;
UPDATE cases SET decided_at = coalesce(
    (SELECT max(at) FROM timeline WHERE case_key = cases.key), created) WHERE decided <> 0;
CREATE INDEX cases_decided ON cases (decided_at) WHERE decided_at IS NOT NULL AND aged_at IS NULL;
CREATE INDEX cases_aged ON cases (decided_at) WHERE aged_at IS NOT NULL;
ALTER TABLE deliveries ADD COLUMN bundle TEXT;
ALTER TABLE deliveries ADD COLUMN sm3 TEXT;
CREATE INDEX terms_case ON terms (case_key);
)sql";

/// Version 8 wrote keys that fall anywhere straight into their indexes, and facts twice.
constexpr const char* kFromVersion8 = R"sql(
ALTER TABLE cases ADD COLUMN facts TEXT NOT NULL DEFAULT '';
CREATE TABLE message_keys (
    hash    INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (hash, message)
) STRICT, WITHOUT ROWID;
INSERT INTO message_keys SELECT luqiao_message_hash(party, dedup_key) AS hash, key FROM messages
    ORDER BY hash;
DROP INDEX messages_dedup;
CREATE TABLE case_terms (
    case_key INTEGER PRIMARY KEY,
    terms    TEXT NOT NULL
) STRICT;
INSERT INTO case_terms SELECT case_key, group_concat(printf('%016x', term), '')
    FROM terms INDEXED BY terms_case GROUP BY case_key;
DROP INDEX terms_case;
CREATE TABLE recent (
    place    INTEGER PRIMARY KEY,
    messages BLOB NOT NULL,
    terms    BLOB NOT NULL
) STRICT;
)sql";

/// Version 9 could not be asked for shelved deliveries.
constexpr const char* kFromVersion9 = R"sql(
DROP INDEX deliveries_failed;
CREATE INDEX deliveries_failed ON deliveries (state, party, map, cause, due_at, id)
    WHERE state IN (3, 6, 7, 8);
)sql";

}  // namespace

const char* sqlite_schema() {
    return kSchema;
}

std::span<const SchemaStep> sqlite_steps() {
    static const std::array steps{
        SchemaStep{2,
                   {"每份报文体记下生成它的规则", "each body says which rules made it"},
                   kFromVersion1,
                   {}},
        SchemaStep{3,
                   {"可搁置的投递；按失败、编号和条件查询",
                    "shelved deliveries; questions by failure, id and terms"},
                   kFromVersion2,
                   {"deliveries", "cases"}},
        SchemaStep{4,
                   {"按办件查来文", "the messages of a case can be found"},
                   kFromVersion3,
                   {"messages"}},
        SchemaStep{5,
                   {"列出结果未知的投递", "deliveries of unknown outcome can be listed"},
                   kFromVersion4,
                   {"deliveries"}},
        SchemaStep{
            6,
            {"按单位和时间查往来，用于对账", "what went to a party and came from it in a time"},
            kFromVersion5,
            {"messages", "deliveries"}},
        SchemaStep{7,
                   {"按时间查办件改用其键，少写一个索引", "cases by time are found by their keys"},
                   kFromVersion6,
                   {}},
        SchemaStep{8,
                   {"记下办结时间，按保存期限清除", "when cases were decided, so that they age"},
                   kFromVersion7,
                   {"cases"}},
        SchemaStep{9,
                   {"按哈希查重，落点随机的键攒够再入索引",
                    "dedup keys by their hashes; keys that fall anywhere wait for their index"},
                   kFromVersion8,
                   {"messages", "cases"}},
        SchemaStep{10,
                   {"列出已搁置的投递", "shelved deliveries can be listed"},
                   kFromVersion9,
                   {"deliveries"}},
    };
    return steps;
}

}  // namespace luqiao::broker
