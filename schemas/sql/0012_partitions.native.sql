-- Bars and indicators in partitions by quarter of their time, in UTC: a query reads the quarters that
-- it asks for, and what is too old is dropped as a whole. Partitions are made as bars need them.

-- The quarters of a table, given by any day of each. Other transactions go on reading and writing
-- meanwhile: to attach a partition takes a lock that stands in the way of other DDL alone.
CREATE FUNCTION make_quarters(parent regclass, days date[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    place text;
    plain text;
    quarter timestamp;
    child text;
BEGIN
    SELECT nspname, relname INTO STRICT place, plain
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = parent;
    FOR quarter IN SELECT DISTINCT date_trunc('quarter', day::timestamp) FROM unnest(days) AS day LOOP
        child := format('%I.%I', place, plain || to_char(quarter, '_YYYY"q"Q'));
        CONTINUE WHEN to_regclass(child) IS NOT NULL;
        EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', parent);
        CONTINUE WHEN to_regclass(child) IS NOT NULL;  -- somebody else's, while we waited
        EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING ALL)', child, parent);
        EXECUTE format(
            'ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
            parent, child, to_char(quarter, 'YYYY-MM-DD 00:00:00+00'),
            to_char(quarter + interval '3 months', 'YYYY-MM-DD 00:00:00+00')
        );
    END LOOP;
END $$;

-- What is there moves: first the rows, then the keys, which is faster than row by row.
ALTER TABLE bars RENAME TO unpartitioned_bars;
ALTER TABLE indicators RENAME TO unpartitioned_indicators;
CREATE TABLE bars (LIKE unpartitioned_bars) PARTITION BY RANGE (ts);
CREATE TABLE indicators (LIKE unpartitioned_indicators) PARTITION BY RANGE (ts);
SELECT make_quarters(
    'bars', ARRAY(SELECT DISTINCT (date_trunc('quarter', ts, 'UTC') AT TIME ZONE 'UTC')::date
                  FROM unpartitioned_bars)
);
SELECT make_quarters(
    'indicators', ARRAY(SELECT DISTINCT (date_trunc('quarter', ts, 'UTC') AT TIME ZONE 'UTC')::date
                        FROM unpartitioned_indicators)
);
INSERT INTO bars SELECT * FROM unpartitioned_bars;
INSERT INTO indicators SELECT * FROM unpartitioned_indicators;
DROP TABLE unpartitioned_bars, unpartitioned_indicators;
SET LOCAL maintenance_work_mem = '256MB';
ALTER TABLE bars ADD PRIMARY KEY (series_id, ts);
ALTER TABLE indicators ADD PRIMARY KEY (series_id, ts);
