-- The length of a series' bars in seconds, by which it is known what they can be rolled up to.
ALTER TABLE series ADD COLUMN interval_s bigint NOT NULL GENERATED ALWAYS AS (
    left(interval, -1)::bigint
    * CASE right(interval, 1) WHEN 's' THEN 1 WHEN 'm' THEN 60 WHEN 'h' THEN 3600
                              WHEN 'd' THEN 86400 WHEN 'w' THEN 604800 END
) STORED;
