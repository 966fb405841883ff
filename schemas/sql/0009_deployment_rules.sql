-- How orders fill in a deployment's account: what differs from the defaults, as JSON. Rows that are
-- there were made of events without it, which then have all of them.
ALTER TABLE deployments ADD COLUMN rules json NOT NULL DEFAULT '{}';
ALTER TABLE deployments ALTER COLUMN rules DROP DEFAULT;
