-- What a program of schema version 2 had otherwise: deliveries of unknown outcome.
DROP INDEX luqiao.deliveries_failed;
CREATE INDEX IF NOT EXISTS deliveries_failed
    ON luqiao.deliveries (state, party, map, cause, due_at, id) WHERE state IN (3, 6, 7);
UPDATE luqiao.meta SET value = '2' WHERE name = 'schema_version';
