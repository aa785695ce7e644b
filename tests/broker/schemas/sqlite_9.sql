-- Dedup keys by their hashes, facts of a case once, what waits for its index. 421944403868929316 is
-- the hash of the case's message: its party, a line feed, its dedup key.
ALTER TABLE cases ADD COLUMN facts TEXT NOT NULL DEFAULT '';
CREATE TABLE message_keys (
    hash    INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (hash, message)
) STRICT, WITHOUT ROWID;
INSERT INTO message_keys (hash, message) VALUES (421944403868929316, 1);
DROP INDEX messages_dedup;
CREATE TABLE case_terms (
    case_key INTEGER PRIMARY KEY,
    terms    TEXT NOT NULL
) STRICT;
DROP INDEX terms_case;
CREATE TABLE recent (
    place    INTEGER PRIMARY KEY,
    messages BLOB NOT NULL,
    terms    BLOB NOT NULL
) STRICT;
