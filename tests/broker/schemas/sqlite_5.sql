-- Deliveries of unknown outcome.
DROP INDEX deliveries_failed;
CREATE INDEX deliveries_failed ON deliveries (state, party, map, cause, due_at, id)
    WHERE state IN (3, 6, 7);
