-- Bars rolled up to longer ones, by buckets in UTC, weeks from Monday: bars_5m, bars_15m, bars_1h,
-- bars_1d and bars_1w, each of the series whose own bars are shorter. Volumes are added one after the
-- other, in the order of time.
--
-- Bars of a series rise, and a correction is of its newest one, so that bars before the newest never
-- change. They are rolled up a moment later (refresh_rollups); a read adds what is not yet, and so
-- is never behind the bars.

-- Finished buckets; ts: their begin. Each width has a table of its own, which its view names: only so
-- does PostgreSQL find the newest ones by the key's index, without reading the others.
CREATE TABLE rollups (
    series_id bigint NOT NULL,
    ts        timestamptz NOT NULL,
    open      double precision NOT NULL,
    high      double precision NOT NULL,
    low       double precision NOT NULL,
    close     double precision NOT NULL,
    volume    double precision NOT NULL,
    width_s   int    NOT NULL,
    PRIMARY KEY (series_id, ts, width_s)
) PARTITION BY LIST (width_s);

-- The bucket that is under way, of the bars before `until`; null where there were none.
CREATE TABLE rollup_heads (
    series_id bigint NOT NULL,
    width_s   int    NOT NULL,
    until     timestamptz NOT NULL,
    ts        timestamptz,
    open      double precision,
    high      double precision,
    low       double precision,
    close     double precision,
    volume    double precision,
    PRIMARY KEY (series_id, width_s)
) WITH (fillfactor = 50);

DO $$
DECLARE
    -- The buckets of `series` from the one that is under way on, of its bars before `before`.
    buckets CONSTANT text := $sql$
        SELECT piece.bucket AS ts,
               (array_agg(piece.open ORDER BY piece.ts))[1] AS open,
               max(piece.high) AS high,
               min(piece.low) AS low,
               (array_agg(piece.close ORDER BY piece.ts))[count(*)] AS close,
               sum(piece.volume ORDER BY piece.ts) AS volume
        FROM (
            SELECT h.ts AS bucket, h.ts, h.open, h.high, h.low, h.close, h.volume
            FROM rollup_heads h
            WHERE h.series_id = series AND h.width_s = width AND h.ts IS NOT NULL
            UNION ALL
            SELECT date_bin(make_interval(secs => width), b.ts, '0001-01-01 00:00:00+00'),  -- a Monday
                   b.ts, b.open, b.high, b.low, b.close, b.volume
            FROM bars b
            WHERE b.series_id = series AND b.ts < before
              AND b.ts >= coalesce((SELECT h.until FROM rollup_heads h
                                    WHERE h.series_id = series AND h.width_s = width), '-infinity')
        ) AS piece
        GROUP BY piece.bucket
    $sql$;
    made record;
BEGIN
    -- Its text is read where it is called, so that it goes with the tables that are there then.
    EXECUTE format(
        'CREATE FUNCTION unrolled(series bigint, width int, before timestamptz)
         RETURNS TABLE (ts timestamptz, open double precision, high double precision,
                        low double precision, close double precision, volume double precision)
         LANGUAGE sql STABLE AS %L', buckets
    );
    FOR made IN SELECT * FROM (VALUES ('5m', 300), ('15m', 900), ('1h', 3600),
                                      ('1d', 86400), ('1w', 604800)) AS v (name, width_s)
    LOOP
        EXECUTE format(
            'CREATE TABLE rollups_%s PARTITION OF rollups FOR VALUES IN (%s)',
            made.name, made.width_s
        );
        -- Of tables alone, no function: they are moved to another schema together.
        EXECUTE format(
            'CREATE VIEW bars_%1$s AS
             SELECT series_id, ts, open, high, low, close, volume FROM rollups_%1$s
             UNION ALL
             SELECT series, u.*
             FROM (SELECT series_id AS series, %2$s AS width, timestamptz ''infinity'' AS before
                   FROM series WHERE interval_s < %2$s) AS rest
             CROSS JOIN LATERAL (%3$s) AS u', made.name, made.width_s, buckets
        );
    END LOOP;
END $$;

-- Rolls up to 4,096 bars of up to so many series, those that have 60 and more to roll up; gives how
-- many it found. One works at a time: another one finds none.
CREATE FUNCTION refresh_rollups(series_max int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    found int;
BEGIN
    IF NOT pg_try_advisory_xact_lock('rollups'::regclass::oid::bigint) THEN
        RETURN 0;
    END IF;
    WITH due AS MATERIALIZED (
        SELECT s.series_id, s.interval_s, h.until, least(s.last_ts, (
                   SELECT b.ts FROM bars b
                   WHERE b.series_id = s.series_id AND b.ts >= coalesce(h.until, '-infinity')
                   ORDER BY b.ts OFFSET 4096 LIMIT 1
               )) AS before
        FROM series s
        LEFT JOIN rollup_heads h ON h.series_id = s.series_id AND h.width_s = 604800
        WHERE s.interval_s < 604800
          AND (h.until IS NULL OR s.last_ts >= h.until + make_interval(secs => 60 * s.interval_s))
        ORDER BY h.until NULLS FIRST
        LIMIT series_max
    ), rolled AS MATERIALIZED (
        SELECT d.series_id, w.width_s, u.*,
               lead(u.ts) OVER (PARTITION BY d.series_id, w.width_s ORDER BY u.ts) AS next
        FROM due d
        JOIN (VALUES (300), (900), (3600), (86400), (604800)) AS w (width_s)
          ON d.interval_s < w.width_s
        CROSS JOIN LATERAL unrolled(d.series_id, w.width_s, d.before) AS u
    ), finished AS (
        INSERT INTO rollups
        SELECT series_id, ts, open, high, low, close, volume, width_s
        FROM rolled WHERE next IS NOT NULL
    ), begun AS (
        INSERT INTO rollup_heads
        SELECT d.series_id, w.width_s, d.before, r.ts, r.open, r.high, r.low, r.close, r.volume
        FROM due d
        JOIN (VALUES (300), (900), (3600), (86400), (604800)) AS w (width_s)
          ON d.interval_s < w.width_s
        LEFT JOIN rolled r
          ON r.series_id = d.series_id AND r.width_s = w.width_s AND r.next IS NULL
        ON CONFLICT (series_id, width_s) DO UPDATE
        SET (until, ts, open, high, low, close, volume)
            = (excluded.until, excluded.ts, excluded.open, excluded.high, excluded.low,
               excluded.close, excluded.volume)
    )
    SELECT count(*) INTO found FROM due;
    RETURN found;
END $$;

-- Drops the quarters of bars and indicators that ended so many days ago, and what they were rolled up
-- to; null: none. Gives the names of what it dropped. It gives up where a long read is in its way, so
-- that no other read waits behind it.
CREATE FUNCTION keep_bars(days int) RETURNS SETOF text LANGUAGE plpgsql
SET lock_timeout = '200ms' AS $$
DECLARE
    first_kept timestamptz := date_trunc('quarter', now() - make_interval(days => days), 'UTC');
    quarter text;
BEGIN
    FOR quarter IN
        SELECT c.oid::regclass::text
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent IN ('bars'::regclass, 'indicators'::regclass)
          AND substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''(.*)''\)')::timestamptz
              <= first_kept
        ORDER BY i.inhparent, c.relname
    LOOP
        EXECUTE 'DROP TABLE ' || quarter;
        RETURN NEXT quarter;
    END LOOP;
    DELETE FROM superseded_bars WHERE ts < first_kept;
    DELETE FROM rollups WHERE ts < first_kept;
    UPDATE rollup_heads
    SET (ts, open, high, low, close, volume) = (NULL, NULL, NULL, NULL, NULL, NULL)
    WHERE ts < first_kept;
END $$;
