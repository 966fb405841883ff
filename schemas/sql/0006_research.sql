-- Research requests and what became of them. The two are on different topics, without an order
-- between them, so each is a table of its own, and reads join them. Times are those of the records.

CREATE TABLE research_requests (
    request_id   text NOT NULL,
    -- interactive or batch: the topic. An id is taken once on each; the results name the id alone.
    queue        text NOT NULL,
    author       text NOT NULL,
    strategy_id  text,
    version      bigint,
    source       text,
    feed         text NOT NULL,
    symbols      json NOT NULL,
    interval     text NOT NULL,
    begin_ts     timestamptz,
    end_ts       timestamptz,
    params       json NOT NULL,
    rules        json NOT NULL,
    risk_free    double precision NOT NULL,
    equity       boolean NOT NULL,
    page         boolean NOT NULL,
    requested_at timestamptz NOT NULL,
    cancel_at    timestamptz,
    PRIMARY KEY (request_id, queue)
);
CREATE INDEX research_requests_by_time ON research_requests (requested_at DESC, request_id, queue);

CREATE TABLE research_results (
    request_id    text PRIMARY KEY,
    -- running, completed, failed or cancelled; the last three are final.
    state         text NOT NULL,
    attempt       bigint NOT NULL,
    done          bigint NOT NULL,
    total         bigint NOT NULL,
    started_at    timestamptz,
    updated_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    reason        text,
    message       text,
    diagnostics   json,
    summary       json,
    bars          bigint,
    wasm_sha256   text,
    report        text,
    report_sha256 text,
    report_bytes  bigint,
    page_sha256   text
);

-- Reports that are too large for the log, and pages, by the SHA-256 of their bytes. These are not a
-- fold of the log: whoever made them wrote them here before saying so there. A rebuilt database lacks
-- them, and the same request gives the same report again.
CREATE TABLE research_files (
    sha256  text PRIMARY KEY,
    content bytea NOT NULL
);
ALTER TABLE research_files ALTER COLUMN content SET STORAGE EXTERNAL;
