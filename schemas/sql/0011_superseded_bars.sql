-- What corrected bars were before, so that it can be asked what was known then: bars as of an offset are
-- those of `bars` below it, and those of here that were replaced at or behind it. A database that had
-- corrections before this file lacks them until it is rebuilt from the log.
CREATE TABLE superseded_bars (
    series_id     bigint NOT NULL,
    ts            timestamptz NOT NULL,
    open          double precision NOT NULL,
    high          double precision NOT NULL,
    low           double precision NOT NULL,
    close         double precision NOT NULL,
    volume        double precision NOT NULL,
    source_offset bigint NOT NULL,
    -- Of the record whose values replaced these.
    until_offset  bigint NOT NULL,
    PRIMARY KEY (series_id, ts, source_offset)
);
