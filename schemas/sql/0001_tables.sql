-- The read model: a fold of the log that can be thrown away and rebuilt.
-- Times of bars are timestamptz (microseconds); ids of series derive from their key. JSON is kept
-- as it was written (json, not jsonb), so that a receipt's hash can be computed from its row.

CREATE TABLE consumer_offsets (
    projection  text   NOT NULL,
    topic       text   NOT NULL,
    partition   int    NOT NULL,
    next_offset bigint NOT NULL,
    -- Highest (source_offset, seq) seen of a derived topic; what is not above it is a repeat.
    mark_offset bigint NOT NULL DEFAULT -1,
    mark_seq    bigint NOT NULL DEFAULT -1,
    PRIMARY KEY (projection, topic, partition)
);

CREATE TABLE series (
    series_id bigint PRIMARY KEY,
    feed      text   NOT NULL,
    symbol    text   NOT NULL,
    interval  text   NOT NULL,
    partition int    NOT NULL,
    last_ts   timestamptz NOT NULL,
    UNIQUE (symbol, feed, interval)
);

CREATE TABLE bars (
    series_id     bigint NOT NULL,
    ts            timestamptz NOT NULL,
    open          double precision NOT NULL,
    high          double precision NOT NULL,
    low           double precision NOT NULL,
    close         double precision NOT NULL,
    volume        double precision NOT NULL,
    source_offset bigint NOT NULL,
    PRIMARY KEY (series_id, ts)
);

CREATE TABLE indicators (
    series_id        bigint NOT NULL,
    ts               timestamptz NOT NULL,
    sma_20           double precision,
    ema_12           double precision,
    ema_26           double precision,
    rsi_14           double precision,
    macd             double precision,
    macd_signal      double precision,
    macd_hist        double precision,
    bb_upper         double precision,
    bb_middle        double precision,
    bb_lower         double precision,
    atr_14           double precision,
    donchian_upper   double precision,
    donchian_middle  double precision,
    donchian_lower   double precision,
    library          text   NOT NULL,
    source_offset    bigint NOT NULL,
    PRIMARY KEY (series_id, ts)
);

CREATE TABLE corrections (
    series_id     bigint NOT NULL,
    source_offset bigint NOT NULL,
    seq           bigint NOT NULL,
    ts            timestamptz NOT NULL,
    new_values    json NOT NULL,
    old_values    json NOT NULL,
    PRIMARY KEY (series_id, source_offset, seq)
);

CREATE TABLE signals (
    series_id     bigint NOT NULL,
    source_offset bigint NOT NULL,
    seq           bigint NOT NULL,
    ts            timestamptz NOT NULL,
    deployment_id text   NOT NULL,
    strategy_id   text   NOT NULL,
    version       bigint NOT NULL,
    action        text   NOT NULL,
    price         double precision NOT NULL,
    size          double precision,
    score         double precision,
    plots         json NOT NULL,
    receipt       json NOT NULL,
    PRIMARY KEY (series_id, source_offset, seq)
);
CREATE INDEX signals_by_time ON signals (ts DESC, series_id, source_offset, seq);
CREATE INDEX signals_by_strategy ON signals (strategy_id, ts DESC, series_id, source_offset, seq);

CREATE TABLE strategies (
    strategy_id    text PRIMARY KEY,
    name           text NOT NULL,
    author         text NOT NULL,
    source         text NOT NULL,
    last_edit_id   text NOT NULL,
    deleted        boolean NOT NULL,
    edited_offset  bigint NOT NULL
);

-- One row an edit that was answered: a version, or the diagnostics of why there is none.
-- An edit is known by its offset on the edits topic: nothing keeps a client from using an id twice.
CREATE TABLE strategy_versions (
    strategy_id      text NOT NULL,
    source_offset    bigint NOT NULL,
    edit_id          text NOT NULL,
    version          bigint,
    name             text,
    author           text,
    source           text,
    source_sha256    text,
    wasm             bytea,
    wasm_sha256      text,
    language_version text,
    library_version  text,
    params           json,
    plots            json,
    state_bytes      bigint,
    diagnostics      json,
    PRIMARY KEY (strategy_id, source_offset),
    UNIQUE (strategy_id, version)
);
CREATE INDEX strategy_versions_by_edit ON strategy_versions (strategy_id, edit_id);

-- Two strategies' events have no order between them, so an id is taken per strategy.
CREATE TABLE deployments (
    deployment_id text NOT NULL,
    strategy_id   text NOT NULL,
    version       bigint NOT NULL,
    params        json NOT NULL,
    series        json NOT NULL,
    author        text NOT NULL,
    active        boolean NOT NULL,
    PRIMARY KEY (deployment_id, strategy_id)
);

-- The epoch fence per partition: only records at or above it count, the first one wins.
CREATE TABLE partition_epochs (
    partition int PRIMARY KEY,
    epoch     bigint NOT NULL
);

CREATE TABLE activations (
    deployment_id    text NOT NULL,
    partition        int  NOT NULL,
    strategy_id      text NOT NULL,
    from_offset      bigint NOT NULL,
    until_offset     bigint,
    PRIMARY KEY (deployment_id, partition)
);

CREATE TABLE chat_turns (
    conversation_id text   NOT NULL,
    turn_id         text   NOT NULL,
    posted_offset   bigint NOT NULL,
    author          text   NOT NULL,
    text            text   NOT NULL,
    reply           text   NOT NULL,
    -- waiting, writing, completed or failed; the last two are final.
    reply_state     text   NOT NULL,
    attempt         bigint NOT NULL,
    model           text,
    reason          text,
    remedy          text,
    PRIMARY KEY (conversation_id, turn_id)
);
CREATE INDEX chat_turns_in_order ON chat_turns (conversation_id, posted_offset);
