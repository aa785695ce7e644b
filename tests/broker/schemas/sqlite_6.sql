-- The tables of a SQLite store of schema version 6, by the statements of its time.
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
CREATE INDEX messages_at ON messages (at, party, nonce);
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
    WHERE state IN (3, 6, 7);
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

-- One case as that program wrote it: a message, a delivery that waits and one that is dead.
INSERT INTO cases (key, id, number, version, decided, created, wake_at, state) VALUES
    (1, x'0199C5A27B1E7C3D8F00000000000001', 'FW20251009AAAA0001', 1, 0, 1759975200000, NULL,
     '{"v":1,"id":"0199c5a2-7b1e-7c3d-8f00-000000000001","number":"FW20251009AAAA0001","version":1,"service":"foreigner_work","service_version":1,"channel":"portal","bundle":"b1","accepted_at":1759975200000,"items":[],"deliveries":[]}');
INSERT INTO records (case_key, record) VALUES (1, '{"case":{"number":"FW20251009AAAA0001"}}');
INSERT INTO messages (key, id, case_key, party, format, dedup_key, sm3, nonce, bundle, at, body) VALUES
    (1, x'0199C5A27B1E7C3D8F00000000000002', 1, 'portal', 'portal.apply', 'k1', 'd1', 'n1', 'b1',
     1759975200000, x'7B7D');
INSERT INTO bodies (key, body) VALUES (1, x'414243'), (2, x'44454647');
INSERT INTO deliveries (case_key, id, party, map, state, due_at, attempts, cause, body_key) VALUES
    (1, x'0199C5A27B1E7C3D8F00000000000003', 'sti', 'sti.apply', 1, 1759975200000, 0, '', 1),
    (1, x'0199C5A27B1E7C3D8F00000000000004', 'psb', 'psb.residence_apply', 7, 1759975201000, 3,
     'E5003', 2);
INSERT INTO timeline (case_key, version, place, at, event, party, item, detail) VALUES
    (1, 1, 0, 1759975200000, 'case.accepted', 'portal', '', '');
INSERT INTO counts (name, count) VALUES
    ('cases', 1), ('messages', 1), ('deliveries.sti.pending', 1), ('deliveries.psb.dead', 1);

PRAGMA application_id = 1280393807;
PRAGMA user_version = 6;
