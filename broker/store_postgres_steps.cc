// What the tables of a PostgreSQL store are, and how an older store becomes a newer one.
#include "broker/store_postgres.h"

#include <array>

namespace luqiao::broker {
namespace {

/// Instants are milliseconds since 1970, ids uuid. Every row of a case begins with the case's id,
/// so that all of a case lies on one shard; the two tables that make a key and a number unique
/// begin with what they make unique, since a shard can only promise that about its own rows. What
/// is wide (application, bodies) stands apart from what changes often: an update copies its whole
/// row. What a sender chose freely is bytea, since text holds neither NUL nor broken UTF-8.
/// `counts` has a row per slot, so that nodes do not wait for one another. Bodies lie in a
/// partition per month: ids begin with their time, so that all bodies of a case are in the month of
/// its arrival (store_postgres_age.cc makes and drops them).
constexpr const char* kPgSchema = R"sql(
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
    state   text NOT NULL,
    decided_at bigint,
    aged_at    bigint
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS cases_decided ON luqiao.cases (decided_at, case_id)
    WHERE decided_at IS NOT NULL AND aged_at IS NULL;
CREATE INDEX IF NOT EXISTS cases_aged ON luqiao.cases (decided_at, case_id)
    WHERE aged_at IS NOT NULL;
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
CREATE INDEX IF NOT EXISTS messages_at ON luqiao.messages (at);

CREATE TABLE IF NOT EXISTS luqiao.bodies (
    case_id     uuid NOT NULL,
    delivery_id uuid NOT NULL,
    body        bytea NOT NULL,
    bundle      text NOT NULL,
    PRIMARY KEY (case_id, delivery_id)
) PARTITION BY RANGE (case_id);
CREATE TABLE IF NOT EXISTS luqiao.bodies_rest PARTITION OF luqiao.bodies DEFAULT;
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
    bundle      text,
    sm3         text,
    PRIMARY KEY (case_id, id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02,
        autovacuum_vacuum_cost_delay = 0);
CREATE INDEX IF NOT EXISTS deliveries_due ON luqiao.deliveries (party, due_at)
    WHERE state IN (1, 3);
CREATE INDEX IF NOT EXISTS deliveries_leased ON luqiao.deliveries (lease_until) WHERE state = 2;
CREATE INDEX IF NOT EXISTS deliveries_id ON luqiao.deliveries (id);
CREATE INDEX IF NOT EXISTS deliveries_failed
    ON luqiao.deliveries (state, party, map, cause, due_at, id) WHERE state IN (3, 6, 7, 8);
CREATE INDEX IF NOT EXISTS deliveries_arrived ON luqiao.deliveries (party, due_at, id)
    WHERE state IN (4, 5);

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
INSERT INTO luqiao.meta VALUES ('schema_version', '6') ON CONFLICT DO NOTHING;
COMMIT;
)sql";

/// Version 1 could not be asked for deliveries of unknown outcome.
constexpr const char* kPgFromVersion1 = R"sql(
DROP INDEX luqiao.deliveries_failed;
CREATE INDEX deliveries_failed
    ON luqiao.deliveries (state, party, map, cause, due_at, id) WHERE state IN (3, 6, 7);
)sql";

/// Version 2 could not be asked what a party took, or sent, in a time. What had arrived before has
/// the time it was due at last.
constexpr const char* kPgFromVersion2 = R"sql(
DROP INDEX luqiao.messages_nonce;
CREATE INDEX messages_at ON luqiao.messages (at);
CREATE INDEX deliveries_arrived ON luqiao.deliveries (party, due_at, id) WHERE state IN (4, 5);
)sql";

/// Version 3 kept everything for ever. What was decided before was so at its last event at the
/// latest.
constexpr const char* kPgFromVersion3 = R"sql(
ALTER TABLE luqiao.cases ADD COLUMN decided_at bigint, ADD COLUMN aged_at bigint;
UPDATE luqiao.cases AS c SET decided_at = coalesce(
    (SELECT max(at) FROM luqiao.timeline AS t WHERE t.case_id = c.case_id), c.created)
    WHERE decided;
CREATE INDEX cases_decided ON luqiao.cases (decided_at, case_id)
    WHERE decided_at IS NOT NULL AND aged_at IS NULL;
CREATE INDEX cases_aged ON luqiao.cases (decided_at, case_id) WHERE aged_at IS NOT NULL;
ALTER TABLE luqiao.deliveries ADD COLUMN bundle text, ADD COLUMN sm3 text;
)sql";

/// Version 4 had all bodies in one table, of which a row that goes gives no disk back. It becomes
/// the partition of this month and everything before: what the rest holds is gone through, under a
/// lock, whenever a month gets its partition.
constexpr const char* kPgFromVersion4 = R"sql(
DECLARE
    month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
    name  text := 'bodies_' || to_char(month, 'YYYYMM');
    ends  text := lpad(to_hex((extract(epoch FROM month + interval '1 month') * 1000)::bigint),
                       12, '0') || repeat('0', 20);
BEGIN
    EXECUTE format('ALTER TABLE luqiao.bodies RENAME TO %I', name);
    EXECUTE format('ALTER INDEX luqiao.bodies_pkey RENAME TO %I', name || '_pkey');
    CREATE TABLE luqiao.bodies (
        case_id     uuid NOT NULL,
        delivery_id uuid NOT NULL,
        body        bytea NOT NULL,
        bundle      text NOT NULL,
        PRIMARY KEY (case_id, delivery_id)
    ) PARTITION BY RANGE (case_id);
    CREATE TABLE luqiao.bodies_rest PARTITION OF luqiao.bodies DEFAULT;
    EXECUTE format('WITH later AS (DELETE FROM luqiao.%I WHERE case_id >= %L RETURNING case_id, '
                   'delivery_id, body, bundle) INSERT INTO luqiao.bodies SELECT * FROM later',
                   name, ends);
    EXECUTE format('ALTER TABLE luqiao.bodies ATTACH PARTITION luqiao.%I '
                   'FOR VALUES FROM (MINVALUE) TO (%L)', name, ends);
END;
)sql";

/// Version 5 could not be asked for shelved deliveries.
constexpr const char* kPgFromVersion5 = R"sql(
DROP INDEX luqiao.deliveries_failed;
CREATE INDEX deliveries_failed
    ON luqiao.deliveries (state, party, map, cause, due_at, id) WHERE state IN (3, 6, 7, 8);
)sql";

}  // namespace

const char* postgres_schema() {
    return kPgSchema;
}

std::span<const SchemaStep> postgres_steps() {
    static const std::array steps{
        SchemaStep{2,
                   {"列出结果未知的投递", "deliveries of unknown outcome can be listed"},
                   kPgFromVersion1,
                   {"deliveries"}},
        SchemaStep{
            3,
            {"按单位和时间查往来，用于对账", "what went to a party and came from it in a time"},
            kPgFromVersion2,
            {"messages", "deliveries"}},
        SchemaStep{4,
                   {"记下办结时间，按保存期限清除", "when cases were decided, so that they age"},
                   kPgFromVersion3,
                   {"cases"}},
        SchemaStep{5,
                   {"投递报文按月分区，清空即归还磁盘",
                    "bodies lie in months, which are dropped when nothing is left in them"},
                   kPgFromVersion4,
                   {"bodies"}},
        SchemaStep{6,
                   {"列出已搁置的投递", "shelved deliveries can be listed"},
                   kPgFromVersion5,
                   {"deliveries"}},
    };
    return steps;
}

}  // namespace luqiao::broker
