-- The messages of a case.
CREATE INDEX messages_case ON messages (case_key);
