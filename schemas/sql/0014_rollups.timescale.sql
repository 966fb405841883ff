-- Bars rolled up to longer ones, by buckets in UTC, weeks from Monday: bars_5m, bars_15m, bars_1h,
-- bars_1d and bars_1w, each of the series whose own bars are shorter. Volumes are added one after the
-- other, in the order of time.
--
-- Behind the newest bucket that was rolled up, of whatever series, a read adds the bars themselves; a
-- change before it is seen once the policy has run.
DO $$
DECLARE
    made record;
BEGIN
    FOR made IN SELECT * FROM (VALUES ('5m', 300), ('15m', 900), ('1h', 3600),
                                      ('1d', 86400), ('1w', 604800)) AS v (name, width_s)
    LOOP
        EXECUTE format(
            'CREATE MATERIALIZED VIEW bars_%1$s
             WITH (timescaledb.continuous, timescaledb.materialized_only = false,
                   timescaledb.chunk_interval = ''90 days'') AS
             SELECT b.series_id, time_bucket(INTERVAL ''%2$s s'', b.ts) AS ts,
                    first(b.open, b.ts) AS open, max(b.high) AS high, min(b.low) AS low,
                    last(b.close, b.ts) AS close, sum(b.volume ORDER BY b.ts) AS volume
             FROM bars b JOIN series s ON s.series_id = b.series_id
             WHERE s.interval_s < %2$s
             GROUP BY b.series_id, time_bucket(INTERVAL ''%2$s s'', b.ts)
             WITH NO DATA', made.name, made.width_s
        );
        PERFORM add_continuous_aggregate_policy(
            'bars_' || made.name, start_offset => NULL,
            end_offset => make_interval(secs => made.width_s),
            schedule_interval => INTERVAL '1 minute', if_not_exists => true
        );
    END LOOP;
END $$;

-- The policies roll up; natively this does.
CREATE FUNCTION refresh_rollups(series_max int) RETURNS int LANGUAGE sql BEGIN ATOMIC
    SELECT 0;
END;

-- Keeps bars, indicators and rollups for so many days, by policies; null: forever. Gives what it changed.
CREATE FUNCTION keep_bars(days int) RETURNS SETOF text LANGUAGE plpgsql AS $$
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
