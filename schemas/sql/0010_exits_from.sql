-- When the exit prices of an order begin to work. Rows that are there were made of events without
-- this field, which then has this default.
ALTER TABLE signals ADD COLUMN exits_from text NOT NULL DEFAULT 'fill';
