-- Each body says which rules made it.
DROP TABLE bodies;
CREATE TABLE bodies (
    key    INTEGER PRIMARY KEY,
    body   BLOB NOT NULL,
    bundle TEXT NOT NULL DEFAULT ''
) STRICT;
