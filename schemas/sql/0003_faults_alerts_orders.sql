-- What goes wrong with deployments, what they alert of, and what their orders ask for.

-- Prices of the order, and of the exits that work while there is a position.
ALTER TABLE signals
    ADD COLUMN "limit"    double precision,
    ADD COLUMN stop       double precision,
    ADD COLUMN exit_limit double precision,
    ADD COLUMN exit_stop  double precision,
    ADD COLUMN exit_trail double precision;

CREATE TABLE alerts (
    series_id     bigint NOT NULL,
    source_offset bigint NOT NULL,
    seq           bigint NOT NULL,
    ts            timestamptz NOT NULL,
    deployment_id text   NOT NULL,
    strategy_id   text   NOT NULL,
    version       bigint NOT NULL,
    alert         bigint NOT NULL,
    message       text   NOT NULL,
    PRIMARY KEY (series_id, source_offset, seq)
);
CREATE INDEX alerts_by_time ON alerts (ts DESC, series_id, source_offset, seq);
CREATE INDEX alerts_by_strategy ON alerts (strategy_id, ts DESC, series_id, source_offset, seq);

-- A bar on which a deployment trapped; suspends: what followed from the last one that it may have.
CREATE TABLE faults (
    series_id     bigint NOT NULL,
    source_offset bigint NOT NULL,
    seq           bigint NOT NULL,
    ts            timestamptz NOT NULL,
    deployment_id text   NOT NULL,
    strategy_id   text   NOT NULL,
    version       bigint NOT NULL,
    reason        text   NOT NULL,
    line          bigint,
    traps         bigint NOT NULL,
    suspends      boolean NOT NULL,
    PRIMARY KEY (series_id, source_offset, seq)
);
CREATE INDEX faults_by_deployment
    ON faults (deployment_id, ts DESC, series_id, source_offset, seq);

-- Rows that are there were made of events without these fields, which then have their defaults.
ALTER TABLE deployments
    ADD COLUMN traps_max       bigint NOT NULL DEFAULT 20,
    ADD COLUMN refusal_reason  text,
    ADD COLUMN refusal_message text;
ALTER TABLE deployments ALTER COLUMN traps_max DROP DEFAULT;
ALTER TABLE strategy_versions ADD COLUMN alerts json;
UPDATE strategy_versions SET alerts = '[]' WHERE version IS NOT NULL;
