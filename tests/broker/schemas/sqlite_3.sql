-- Shelved deliveries; questions by failure, id and terms.
DROP TABLE deliveries;
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
CREATE INDEX cases_created ON cases (created);
CREATE TABLE terms (
    term     INTEGER NOT NULL,
    case_key INTEGER NOT NULL,
    PRIMARY KEY (term, case_key)
) STRICT, WITHOUT ROWID;
CREATE TABLE documents (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
