-- How often the tables of a partition were made anew: whoever holds what earlier ones held loads again.
ALTER TABLE consumer_offsets ADD COLUMN generation bigint NOT NULL DEFAULT 0;
