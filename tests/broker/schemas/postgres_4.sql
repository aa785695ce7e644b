-- What a program of schema version 4 had otherwise: when a case was decided and when it aged.
ALTER TABLE luqiao.cases ADD COLUMN decided_at bigint, ADD COLUMN aged_at bigint;
CREATE INDEX cases_decided ON luqiao.cases (decided_at, case_id)
    WHERE decided_at IS NOT NULL AND aged_at IS NULL;
CREATE INDEX cases_aged ON luqiao.cases (decided_at, case_id) WHERE aged_at IS NOT NULL;
ALTER TABLE luqiao.deliveries ADD COLUMN bundle text, ADD COLUMN sm3 text;
UPDATE luqiao.meta SET value = '4' WHERE name = 'schema_version';
