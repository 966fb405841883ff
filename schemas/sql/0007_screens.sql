-- Universes, screens as requests for research, and standing screens.

-- Of definitions of one universe from the same time on the latest counts. Either symbols or a rule.
CREATE TABLE universes (
    universe      text   NOT NULL,
    effective_at  timestamptz NOT NULL,
    feed          text   NOT NULL,
    interval      text   NOT NULL,
    symbols       json,
    rule          json,
    author        text   NOT NULL,
    source_offset bigint NOT NULL,
    PRIMARY KEY (universe, effective_at)
);

-- Each InstrumentListed by itself, with its record's time: what was known of an instrument, and when.
CREATE TABLE listings (
    symbol        text   NOT NULL,
    feed          text   NOT NULL,
    source_offset bigint NOT NULL,
    known_at      timestamptz NOT NULL,
    sector        text,
    calendar      text   NOT NULL,
    first_day     date,
    last_day      date,
    PRIMARY KEY (symbol, feed, source_offset)
);

-- A request is of a kind; what its kind does not ask for is null.
ALTER TABLE research_requests ADD COLUMN kind text NOT NULL DEFAULT 'backtest';
ALTER TABLE research_requests ALTER COLUMN kind DROP DEFAULT;
ALTER TABLE research_requests
    ADD COLUMN universe text,
    ADD COLUMN as_of_ts timestamptz,
    ADD COLUMN top bigint,
    ALTER COLUMN feed DROP NOT NULL,
    ALTER COLUMN symbols DROP NOT NULL,
    ALTER COLUMN interval DROP NOT NULL,
    ALTER COLUMN rules DROP NOT NULL,
    ALTER COLUMN risk_free DROP NOT NULL,
    ALTER COLUMN equity DROP NOT NULL,
    ALTER COLUMN page DROP NOT NULL;

CREATE TABLE standing_screens (
    screen_id     text PRIMARY KEY,
    universe      text   NOT NULL,
    strategy_id   text   NOT NULL,
    version       bigint NOT NULL,
    params        json   NOT NULL,
    top           bigint NOT NULL,
    grace_s       double precision NOT NULL,
    begin_ts      timestamptz,
    author        text   NOT NULL,
    registered_at timestamptz NOT NULL,
    -- active, ended or refused.
    state         text   NOT NULL,
    ended_at      timestamptz,
    reason        text,
    message       text
);

-- Of several records about one close of a screen the first counts.
CREATE TABLE screen_closes (
    screen_id   text   NOT NULL,
    close_at    timestamptz NOT NULL,
    members     bigint NOT NULL,
    symbols     bigint NOT NULL,
    matched     bigint NOT NULL,
    matches     json   NOT NULL,
    entered     json   NOT NULL,
    "left"      json   NOT NULL,
    missing     json   NOT NULL,
    wasm_sha256 text   NOT NULL,
    receipt     text   NOT NULL,
    PRIMARY KEY (screen_id, close_at)
);
