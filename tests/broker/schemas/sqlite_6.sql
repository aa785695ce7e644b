-- What went to a party and came from it in a time.
DROP INDEX messages_nonce;
CREATE INDEX messages_at ON messages (at, party, nonce);
CREATE INDEX deliveries_arrived ON deliveries (party, due_at, id) WHERE state IN (4, 5);
