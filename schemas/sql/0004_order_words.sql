-- What an order's size counts, where in the next bar it fills, and how long it works.
-- Rows that are there were made of events without these fields, which then have these defaults.
ALTER TABLE signals
    ADD COLUMN sizing text NOT NULL DEFAULT 'units',
    ADD COLUMN at     text NOT NULL DEFAULT 'open',
    ADD COLUMN tif    text NOT NULL DEFAULT 'gtc';
