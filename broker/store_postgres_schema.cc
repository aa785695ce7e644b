// The tables, and what a server must be before "acknowledged" means "durable".
#include "broker/store_postgres.h"

#include <array>
#include <cstdlib>

namespace luqiao::broker {
namespace {

constexpr std::int64_t kSchemaVersion = 1;

/// Instants are milliseconds since 1970, ids uuid. Every row of a case begins with the case's id,
/// so that all of a case lies on one shard; the two tables that make a key and a number unique
/// begin with what they make unique, since a shard can only promise that about its own rows. What
/// is wide (application, bodies) stands apart from what changes often: an update copies its whole
/// row. What a sender chose freely is bytea, since text holds neither NUL nor broken UTF-8.
/// `counts` has a row per slot, so that nodes do not wait for one another.
constexpr const char* kSchema = R"sql(
BEGIN;
SELECT pg_advisory_xact_lock(5425231942);
CREATE SCHEMA IF NOT EXISTS luqiao;

CREATE TABLE IF NOT EXISTS luqiao.meta (
    name  text PRIMARY KEY,
    value text NOT NULL
);
CREATE TABLE IF NOT EXISTS luqiao.cases (
    case_id uuid PRIMARY KEY,
    number  text NOT NULL,
    version bigint NOT NULL,
    decided boolean NOT NULL,
    created bigint NOT NULL,
    wake_at bigint,
    state   text NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS cases_wake ON luqiao.cases (wake_at, case_id) WHERE wake_at IS NOT NULL;

CREATE INDEX IF NOT EXISTS cases_created ON luqiao.cases (created, case_id);

CREATE TABLE IF NOT EXISTS luqiao.case_numbers (
    number  text COLLATE "C" PRIMARY KEY,
    case_id uuid NOT NULL
);
CREATE TABLE IF NOT EXISTS luqiao.message_keys (
    key_sm3    bytea NOT NULL CHECK (length(key_sm3) = 32),
    party      text COLLATE "C" NOT NULL,
    case_id    uuid NOT NULL,
    message_id uuid NOT NULL,
    PRIMARY KEY (key_sm3, party)
);
CREATE TABLE IF NOT EXISTS luqiao.records (
    case_id uuid PRIMARY KEY,
    record  text NOT NULL
);
CREATE TABLE IF NOT EXISTS luqiao.messages (
    case_id   uuid NOT NULL,
    id        uuid NOT NULL,
    party     text NOT NULL,
    format    text NOT NULL,
    dedup_key bytea NOT NULL,
    sm3       text NOT NULL,
    nonce     bytea NOT NULL,
    bundle    text NOT NULL,
    at        bigint NOT NULL,
    body      bytea NOT NULL,
    PRIMARY KEY (case_id, id)
);
CREATE INDEX IF NOT EXISTS messages_nonce ON luqiao.messages (at) WHERE nonce <> '';

CREATE TABLE IF NOT EXISTS luqiao.bodies (
    case_id     uuid NOT NULL,
    delivery_id uuid NOT NULL,
    body        bytea NOT NULL,
    bundle      text NOT NULL,
    PRIMARY KEY (case_id, delivery_id)
);
CREATE TABLE IF NOT EXISTS luqiao.deliveries (
    case_id     uuid NOT NULL,
    id          uuid NOT NULL,
    version     bigint NOT NULL,
    place       integer NOT NULL,
    party       text COLLATE "C" NOT NULL,
    map         text COLLATE "C" NOT NULL,
    state       integer NOT NULL CHECK (state BETWEEN 0 AND 8),
    due_at      bigint NOT NULL,
    attempts    bigint NOT NULL,
    cause       text COLLATE "C" NOT NULL,
    lease_until bigint CHECK ((state = 2) = (lease_until IS NOT NULL)),
    lease_node  text,
    lease_boot  bigint,
    PRIMARY KEY (case_id, id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02,
        autovacuum_vacuum_cost_delay = 0);
CREATE INDEX IF NOT EXISTS deliveries_due ON luqiao.deliveries (party, due_at)
    WHERE state IN (1, 3);
CREATE INDEX IF NOT EXISTS deliveries_leased ON luqiao.deliveries (lease_until) WHERE state = 2;
CREATE INDEX IF NOT EXISTS deliveries_id ON luqiao.deliveries (id);
CREATE INDEX IF NOT EXISTS deliveries_failed
    ON luqiao.deliveries (state, party, map, cause, due_at, id) WHERE state IN (3, 7);

CREATE TABLE IF NOT EXISTS luqiao.timeline (
    case_id uuid NOT NULL,
    version bigint NOT NULL,
    place   integer NOT NULL,
    at      bigint NOT NULL,
    event   text NOT NULL,
    party   text NOT NULL,
    item    text NOT NULL,
    detail  text NOT NULL,
    PRIMARY KEY (case_id, version, place)
);
CREATE TABLE IF NOT EXISTS luqiao.alerts (
    case_id uuid NOT NULL,
    version bigint NOT NULL,
    place   integer NOT NULL,
    code    text NOT NULL,
    item    text NOT NULL,
    PRIMARY KEY (case_id, version, place)
);
CREATE TABLE IF NOT EXISTS luqiao.terms (
    case_id uuid NOT NULL,
    term    bigint NOT NULL,
    created bigint NOT NULL,
    PRIMARY KEY (case_id, term)
);
CREATE INDEX IF NOT EXISTS terms_term ON luqiao.terms (term, created, case_id);
CREATE TABLE IF NOT EXISTS luqiao.documents (
    name  text COLLATE "C" PRIMARY KEY,
    value text NOT NULL
);
CREATE TABLE IF NOT EXISTS luqiao.audit (
    number  bigint PRIMARY KEY,
    at      bigint NOT NULL,
    actor   bytea NOT NULL,
    action  text NOT NULL,
    outcome text NOT NULL,
    subject bytea NOT NULL,
    hash    text NOT NULL
);
CREATE TABLE IF NOT EXISTS luqiao.audit_head (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    number bigint NOT NULL,
    hash   text NOT NULL
);
CREATE TABLE IF NOT EXISTS luqiao.counts (
    slot  integer NOT NULL,
    name  text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (slot, name)
) WITH (fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0);
INSERT INTO luqiao.audit_head (number, hash) VALUES (0, repeat('0', 64)) ON CONFLICT DO NOTHING;
INSERT INTO luqiao.meta VALUES ('schema_version', '1') ON CONFLICT DO NOTHING;
COMMIT;
)sql";

constexpr PgStatement kSettings{
    "settings",
    "SELECT current_setting('server_encoding'), current_setting('fsync'), "
    "current_setting('full_page_writes'), current_setting('synchronous_commit'), "
    "current_setting('synchronous_standby_names'), "
    "current_setting('server_version_num')::bigint >= 120000"};
constexpr PgStatement kHasTables{"has_tables", "SELECT to_regclass('luqiao.meta') IS NOT NULL"};
constexpr PgStatement kVersion{"schema_version",
                               "SELECT value FROM luqiao.meta WHERE name = 'schema_version'"};
constexpr PgStatement kBoot{
    "boot",
    "INSERT INTO luqiao.meta VALUES ('boots', '1') ON CONFLICT (name) "
    "DO UPDATE SET value = (luqiao.meta.value::bigint + 1)::text RETURNING value"};

constexpr PgStatement kBegin{"begin", "BEGIN"};
constexpr PgStatement kRollback{"rollback", "ROLLBACK"};
constexpr PgStatement kProbeInsert{
    "probe_insert",
    "INSERT INTO luqiao.meta SELECT name, value FROM unnest($1::text[], $2::text[]) AS "
    "u (name, value) ON CONFLICT DO NOTHING"};
constexpr PgStatement kProbeLock{
    "probe_lock",
    "SELECT value FROM luqiao.meta WHERE name = ANY ($1::text[]) FOR UPDATE SKIP LOCKED"};
constexpr PgStatement kProbeUnique{"probe_unique",
                                   "INSERT INTO luqiao.meta SELECT unnest($1::text[]), 'again'"};

PgArray probe_names() {
    PgArray names(PgType::Text);
    names.add("probe 1");
    names.add("probe 2");
    return names;
}

/// Products that speak PostgreSQL's protocol differ in what they do: try it and undo it.
Status probe(PgConnection& connection) {
    PgArray values = probe_names();
    const std::array calls{PgCall{&kBegin},
                           PgCall{&kProbeInsert, PgArgs::of(probe_names(), std::move(values))},
                           PgCall{&kProbeInsert, PgArgs::of(probe_names(), probe_names())},
                           PgCall{&kProbeLock, PgArgs::of(probe_names())}, PgCall{&kRollback}};
    LQ_TRY(const auto rows, connection.run(calls));
    if (rows[1].written() != 2 || rows[2].written() != 0 || rows[3].size() != 2) {
        return fail(Errc::StoreFailed,
                    "the database does not do ON CONFLICT or SKIP LOCKED as PostgreSQL does");
    }
    const std::array twice{PgCall{&kBegin}, PgCall{&kProbeUnique, PgArgs::of(probe_names())},
                           PgCall{&kProbeUnique, PgArgs::of(probe_names())}, PgCall{&kRollback}};
    const auto refused = connection.run(twice);
    if (refused || !connection.was_first_elsewhere()) {
        return fail(Errc::StoreFailed, "the database does not hold a unique constraint");
    }
    return {};
}

}  // namespace

Status check_server(PgConnection& connection, PostgresOptions::Durability durability) {
    LQ_TRY(const PgRows rows, connection.run(kSettings));
    struct Row {
        int column;
        const char* name;
        const char* expected;
    };
    for (const Row& row : {Row{0, "server_encoding", "UTF8"}, Row{1, "fsync", "on"},
                           Row{2, "full_page_writes", "on"}, Row{3, "synchronous_commit", "on"}}) {
        const std::string got = rows.text(0, row.column);
        if (got != row.expected) {
            return fail(Errc::StoreFailed,
                        "the database has {} = {}, expected {}: the store would not be durable",
                        row.name, got, row.expected);
        }
    }
    if (!rows.flag(0, 5)) return fail(Errc::StoreFailed, "the database is older than version 12");
    if (durability == PostgresOptions::Durability::Standby && rows.text(0, 4).empty()) {
        return fail(Errc::StoreFailed,
                    "the database has no synchronous_standby_names: what is acknowledged would be "
                    "lost with its machine; set them, or write durability = \"single\"");
    }
    return {};
}

Status prepare_schema(PgConnection& connection) {
    LQ_TRY(const PgRows tables, connection.run(kHasTables));
    if (!tables.flag(0, 0)) LQ_CHECK(connection.execute(kSchema));
    LQ_TRY(const PgRows rows, connection.run(kVersion));
    const std::string version = rows.size() == 1 ? rows.text(0, 0) : "none";
    if (version != std::to_string(kSchemaVersion)) {
        return fail(
            Errc::Corruption,
            "the store has schema version {}, this program reads {}: run the program it belongs to",
            version, kSchemaVersion);
    }
    return probe(connection);
}

Result<std::int64_t> count_boot(PgConnection& connection) {
    LQ_TRY(const PgRows rows, connection.run(kBoot));
    return std::strtoll(rows.text(0, 0).c_str(), nullptr, 10);
}

}  // namespace luqiao::broker
