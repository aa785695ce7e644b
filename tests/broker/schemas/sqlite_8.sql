-- When cases were decided and gave up their bodies; terms by case.
ALTER TABLE cases ADD COLUMN decided_at INTEGER;
ALTER TABLE cases ADD COLUMN aged_at INTEGER;
CREATE INDEX cases_decided ON cases (decided_at) WHERE decided_at IS NOT NULL AND aged_at IS NULL;
CREATE INDEX cases_aged ON cases (decided_at) WHERE aged_at IS NOT NULL;
ALTER TABLE deliveries ADD COLUMN bundle TEXT;
ALTER TABLE deliveries ADD COLUMN sm3 TEXT;
CREATE INDEX terms_case ON terms (case_key);
