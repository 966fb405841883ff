-- Trials of strategies, each once, as the first record says it. Times are those of the bars, and made_at
-- that of the record. trial_sha256 is over what tells one trial from another: module, params, symbols,
-- interval and period.

CREATE TABLE research_trials (
    strategy_id      text NOT NULL,
    trial_sha256     text NOT NULL,
    kind             text NOT NULL,
    author           text NOT NULL,
    wasm_sha256      text NOT NULL,
    symbols          json NOT NULL,
    interval         text NOT NULL,
    begin_ts         timestamptz NOT NULL,
    end_ts           timestamptz NOT NULL,
    params           json NOT NULL,
    sharpe           double precision,
    periods          bigint NOT NULL,
    periods_per_year double precision NOT NULL,
    made_at          timestamptz NOT NULL,
    PRIMARY KEY (strategy_id, trial_sha256)
);
