-- How orders fill in a deployment's account: what differs from the defaults, as JSON. Null for those
-- from before there were rules, whose accounts have no limits and no costs.
ALTER TABLE deployments ADD COLUMN rules json;
