-- Chunks of bars and indicators become columns once their time is long over: a series' newest bar alone
-- is ever corrected. Where one is all the same, the projection's session has no limit on what a
-- statement may turn back into rows.
ALTER TABLE bars SET (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'series_id',
    timescaledb.orderby = 'ts DESC'
);
ALTER TABLE indicators SET (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'series_id',
    timescaledb.orderby = 'ts DESC'
);
CALL add_columnstore_policy('bars', after => INTERVAL '30 days', if_not_exists => true);
CALL add_columnstore_policy('indicators', after => INTERVAL '30 days', if_not_exists => true);

-- Chunks make themselves; natively this makes partitions.
CREATE FUNCTION make_quarters(parent regclass, days date[]) RETURNS void
LANGUAGE sql BEGIN ATOMIC
END;
