-- Where TimescaleDB is usable, bars and indicators are hypertables of 90-day chunks.
SELECT create_hypertable('bars', by_range('ts', INTERVAL '90 days'), create_default_indexes => false);
SELECT create_hypertable('indicators', by_range('ts', INTERVAL '90 days'), create_default_indexes => false);
