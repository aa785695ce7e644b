-- What a program of schema version 5 had otherwise: bodies by month.
DO $$
DECLARE
    month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
    name  text := 'bodies_' || to_char(month, 'YYYYMM');
    ends  text := lpad(to_hex((extract(epoch FROM month + interval '1 month') * 1000)::bigint),
                       12, '0') || repeat('0', 20);
BEGIN
    EXECUTE format('ALTER TABLE luqiao.bodies RENAME TO %I', name);
    EXECUTE format('ALTER INDEX luqiao.bodies_pkey RENAME TO %I', name || '_pkey');
    CREATE TABLE luqiao.bodies (
        case_id     uuid NOT NULL,
        delivery_id uuid NOT NULL,
        body        bytea NOT NULL,
        bundle      text NOT NULL,
        PRIMARY KEY (case_id, delivery_id)
    ) PARTITION BY RANGE (case_id);
    CREATE TABLE luqiao.bodies_rest PARTITION OF luqiao.bodies DEFAULT;
    EXECUTE format('WITH later AS (DELETE FROM luqiao.%I WHERE case_id >= %L RETURNING case_id, '
                   'delivery_id, body, bundle) INSERT INTO luqiao.bodies SELECT * FROM later',
                   name, ends);
    EXECUTE format('ALTER TABLE luqiao.bodies ATTACH PARTITION luqiao.%I '
                   'FOR VALUES FROM (MINVALUE) TO (%L)', name, ends);
END; $$;
UPDATE luqiao.meta SET value = '5' WHERE name = 'schema_version';
