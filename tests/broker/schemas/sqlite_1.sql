-- The tables of a SQLite store of schema version 1, by the statements of its time. What the files
-- of the later versions have is what those programs made anew, otherwise, or not any more; run in
-- their order over empty tables they give the tables of each version.
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
CREATE TABLE bodies (
    key  INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE deliveries (
    case_key    INTEGER NOT NULL,
    id          BLOB NOT NULL CHECK (length(id) = 16),
    party       TEXT NOT NULL,
    map         TEXT NOT NULL,
    state       INTEGER NOT NULL CHECK (state BETWEEN 0 AND 7),
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
CREATE TABLE counts (
    name  TEXT PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
