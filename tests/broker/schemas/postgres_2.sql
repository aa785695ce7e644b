-- The tables of a PostgreSQL store of schema version 2, by the statements of its time.
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
    ON luqiao.deliveries (state, party, map, cause, due_at, id) WHERE state IN (3, 6, 7);
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
INSERT INTO luqiao.meta VALUES ('schema_version', '2') ON CONFLICT DO NOTHING;
COMMIT;

-- One case as that program wrote it: a message, a delivery that waits and one that is dead.
INSERT INTO luqiao.cases VALUES ('0199c5a2-7b1e-7c3d-8f00-000000000001', 'FW20251009AAAA0001', 1, false,
    1759975200000, NULL,
    '{"v":1,"id":"0199c5a2-7b1e-7c3d-8f00-000000000001","number":"FW20251009AAAA0001","version":1,"service":"foreigner_work","service_version":1,"channel":"portal","bundle":"b1","accepted_at":1759975200000,"items":[],"deliveries":[]}');
INSERT INTO luqiao.case_numbers VALUES ('FW20251009AAAA0001', '0199c5a2-7b1e-7c3d-8f00-000000000001');
INSERT INTO luqiao.records VALUES ('0199c5a2-7b1e-7c3d-8f00-000000000001',
    '{"case":{"number":"FW20251009AAAA0001"}}');
INSERT INTO luqiao.bodies VALUES
    ('0199c5a2-7b1e-7c3d-8f00-000000000001', '0199c5a2-7b1e-7c3d-8f00-000000000003', 'ABC', 'b1'),
    ('0199c5a2-7b1e-7c3d-8f00-000000000001', '0199c5a2-7b1e-7c3d-8f00-000000000004', 'DEFG', 'b1');
INSERT INTO luqiao.deliveries (case_id, id, version, place, party, map, state, due_at, attempts, cause) VALUES
    ('0199c5a2-7b1e-7c3d-8f00-000000000001', '0199c5a2-7b1e-7c3d-8f00-000000000003', 1, 0, 'sti',
     'sti.apply', 1, 1759975200000, 0, ''),
    ('0199c5a2-7b1e-7c3d-8f00-000000000001', '0199c5a2-7b1e-7c3d-8f00-000000000004', 1, 1, 'psb',
     'psb.residence_apply', 7, 1759975201000, 3, 'E5003');
