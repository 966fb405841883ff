-- Keeps bars, indicators and rollups for so many days, by policies; null: forever. Gives what it changed.
-- Chunks that are too old go at once: before, the policy's job dropped them when it came to run.
CREATE OR REPLACE FUNCTION keep_bars(days int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    kept text;
    known interval;
BEGIN
    FOREACH kept IN ARRAY ARRAY['bars', 'indicators', 'bars_5m', 'bars_15m', 'bars_1h', 'bars_1d',
                                'bars_1w']
    LOOP
        SELECT (j.config ->> 'drop_after')::interval INTO known
        FROM timescaledb_information.jobs j JOIN pg_class c ON c.oid = kept::regclass
        WHERE j.proc_name = 'policy_retention' AND j.hypertable_name = kept
          AND j.hypertable_schema = c.relnamespace::regnamespace::text;
        IF days IS NOT NULL THEN
            PERFORM drop_chunks(kept::regclass, older_than => make_interval(days => days));
        END IF;
        CONTINUE WHEN known IS NOT DISTINCT FROM make_interval(days => days)
                      OR known IS NULL AND days IS NULL;
        PERFORM remove_retention_policy(kept, if_exists => true);
        IF days IS NULL THEN
            RETURN NEXT format('%s is kept forever', kept);
        ELSE
            PERFORM add_retention_policy(kept, make_interval(days => days));
            RETURN NEXT format('%s is kept for %s days', kept, days);
        END IF;
    END LOOP;
    DELETE FROM superseded_bars WHERE ts < now() - make_interval(days => days);
END $$;
