"""The SQL of every read: fixed text, composed by what is asked for; values go as parameters.

Pages are cut by key, never by OFFSET. One row more than the page is read to know whether
there is another. PostgreSQL builds the JSON, so that no row passes through Python.
"""

from __future__ import annotations

from api.reads.protocol import (
    BAR_COLUMNS,
    REFERENCE_COLUMNS,
    REFERENCE_KEYS,
    TABLE_COLUMNS,
    InstrumentFilter,
    ReferenceTable,
    SeriesTable,
    SignalFilter,
    Window,
)
from schemas.events.requests import Kind


def iso(column: str) -> str:
    """A timestamptz as RFC 3339 with `Z`; a fraction only where there is one."""
    return f"(to_json(({column}) AT TIME ZONE 'UTC') #>> '{{}}') || 'Z'"


def microseconds(column: str) -> str:
    return f"(extract(epoch FROM {column}) * 1000000)::bigint"


def page(fields: str, key: str, source: str, order: str, *, newest_last: bool = False) -> str:
    """A statement with one row: items as JSON in UTF-8, and the next page's key or null.

    newest_last: the rows come in descending order and are given in ascending order.
    """
    direction = "DESC" if newest_last else "ASC"
    return f"""
        SELECT convert_to(coalesce(
                   json_agg(item ORDER BY n {direction}) FILTER (WHERE n <= %(limit)s), '[]'
               )::text, 'UTF8'),
               CASE WHEN count(*) > %(limit)s
                    THEN max(key::text) FILTER (WHERE n = %(limit)s) END
        FROM (SELECT row_number() OVER () AS n, key, item
              FROM (SELECT json_build_array({key}) AS key,
                           (SELECT to_json(i) FROM (SELECT {fields}) AS i) AS item
                    FROM {source}
                    ORDER BY {order}
                    LIMIT %(limit)s + 1) AS rows) AS numbered
        """  # noqa: S608 -- composed of this module's own constants


def conditions(*pairs: tuple[bool, str]) -> str:
    """The conditions that apply, joined; true when none does."""
    return " AND ".join(text for applies, text in pairs if applies) or "true"


def between(window: Window, column: str) -> list[tuple[bool, str]]:
    return [
        (window.start is not None, f"{column} >= %(start)s"),
        (window.end is not None, f"{column} < %(end)s"),
    ]


# Those that no later record has replaced, and those that one has that was not known yet.
BARS_AS_OF = f"""
    SELECT series_id, ts, {", ".join(TABLE_COLUMNS["bars"])}, source_offset FROM bars
    UNION ALL
    SELECT series_id, ts, {", ".join(TABLE_COLUMNS["bars"])}, source_offset FROM superseded_bars
    WHERE until_offset >= %(cut)s
"""  # noqa: S608 -- as above


def series_source(table: SeriesTable, window: Window) -> tuple[str, str]:
    """FROM and ORDER BY of a part of one series."""
    after = "ts > %(after)s" if window.forward else "ts < %(after)s"
    where = conditions(
        (True, "series_id = %(series_id)s"),
        *between(window, "ts"),
        (window.after is not None, after),
        (window.cuts is not None, "source_offset < %(cut)s"),
    )
    source = f"({BARS_AS_OF}) AS bars" if table == "bars" and window.cuts is not None else table
    return f"{source} WHERE {where}", "ts" if window.forward else "ts DESC"


def series_page(table: SeriesTable, window: Window) -> str:
    source, order = series_source(table, window)
    fields = f"{iso('ts')} AS ts, {', '.join(TABLE_COLUMNS[table])}"
    return page(fields, microseconds("ts"), source, order, newest_last=not window.forward)


def series_rows(table: SeriesTable, window: Window) -> str:
    source, order = series_source(table, window)
    columns = ", ".join(TABLE_COLUMNS[table])
    return f"SELECT ts, {columns} FROM {source} ORDER BY {order} LIMIT %(limit)s + 1"  # noqa: S608 -- as above


def find_series(*, feed: bool, interval: bool, shorter: bool) -> str:
    where = conditions(
        (True, "symbol = %(symbol)s"),
        (feed, "feed = %(feed)s"),
        (interval, "interval = %(interval)s"),
        (shorter, "interval_s < %(shorter_than_s)s"),
    )
    return (
        f"SELECT feed, symbol, interval FROM series WHERE {where} "  # noqa: S608 -- as above
        "ORDER BY last_ts DESC, feed, interval LIMIT 1"
    )


REFERENCE_CURSORS: dict[ReferenceTable, str] = {
    "actions": "symbol, feed, ex_date - DATE '1970-01-01', type, number",
    "instruments": "symbol, feed",
}
BEHIND_CURSORS: dict[ReferenceTable, str] = {
    "actions": "%(k0)s, %(k1)s, %(day)s, %(k3)s, %(k4)s",
    "instruments": "%(k0)s, %(k1)s",
}


def reference_order(table: ReferenceTable) -> str:
    return ", ".join(REFERENCE_KEYS[table])


def reference_source(table: ReferenceTable, wanted: InstrumentFilter, window: Window) -> str:
    key = reference_order(table)
    where = conditions(
        (wanted.symbol is not None, "symbol = %(symbol)s"),
        (wanted.feed is not None, "feed = %(feed)s"),
        *between(window, "ex_date"),
        (window.after is not None, f"({key}) > ({BEHIND_CURSORS[table]})"),
    )
    return f"{table} WHERE {where}"


def reference_page(table: ReferenceTable, wanted: InstrumentFilter, window: Window) -> str:
    source = reference_source(table, wanted, window)
    fields = ", ".join(REFERENCE_COLUMNS[table])
    return page(fields, REFERENCE_CURSORS[table], source, reference_order(table))


def reference_rows(table: ReferenceTable, wanted: InstrumentFilter, window: Window) -> str:
    source = reference_source(table, wanted, window)
    columns, order = ", ".join(REFERENCE_COLUMNS[table]), reference_order(table)
    return f"SELECT {columns} FROM {source} ORDER BY {order} LIMIT %(limit)s + 1"  # noqa: S608 -- as above


SERIES_FIELDS = f"""
    feed, symbol, interval, {iso("last_ts")} AS last_ts,
    (SELECT to_json(b) FROM (SELECT {iso("ts")} AS ts, {", ".join(BAR_COLUMNS)} FROM bars
                             WHERE series_id = series.series_id AND ts = series.last_ts) AS b
    ) AS last_bar
"""  # noqa: S608 -- as above


def all_series(window: Window) -> str:
    where = conditions(
        (window.after is not None, "(symbol, feed, interval) > (%(k0)s, %(k1)s, %(k2)s)")
    )
    return page(
        SERIES_FIELDS,
        "symbol, feed, interval",
        f"series WHERE {where}",
        "symbol, feed, interval",
    )


def universes(window: Window) -> str:
    key = f"universe, {microseconds('effective_at')}"
    where = conditions((window.after is not None, f"({key}) > (%(k0)s, %(k1)s)"))
    fields = "universe AS name, feed, interval, symbols, rule"
    return page(
        f"{fields}, {iso('effective_at')} AS effective, author",
        key,
        f"universes WHERE {where}",
        "universe, effective_at",
    )


EVENT_FIELDS = f"""
    s.feed, s.symbol, s.interval, {iso("g.ts")} AS ts, g.deployment_id, g.strategy_id, g.version,
    g.source_offset, g.seq
"""
SIGNAL_FIELDS = f"""
    {EVENT_FIELDS}, g.action, g.price, g.size, g.score, g."limit", g.stop, g.exit_limit,
    g.exit_stop, g.exit_trail, g.sizing, g.at, g.tif, g.exits_from, g.plots, g.receipt
"""
ALERT_FIELDS = f"{EVENT_FIELDS}, g.alert, g.message"
TRAP_FIELDS = f"{EVENT_FIELDS}, g.reason, g.line, g.traps"


def signals(wanted: SignalFilter, window: Window) -> str:
    return events("signals", SIGNAL_FIELDS, wanted, window)


def alerts(wanted: SignalFilter, window: Window) -> str:
    return events("alerts", ALERT_FIELDS, wanted, window)


def traps(wanted: SignalFilter, window: Window) -> str:
    return events("faults", TRAP_FIELDS, wanted, window, "NOT g.suspends")


def events(
    table: str, fields: str, wanted: SignalFilter, window: Window, which: str = "true"
) -> str:
    """Events of deployments at bars, newest first."""
    after = (
        "g.ts <= %(after)s AND (g.ts < %(after)s"
        " OR (g.series_id, g.source_offset, g.seq) > (%(k1)s, %(k2)s, %(k3)s))"
    )
    where = conditions(
        (True, which),
        *((value is not None, text) for value, text in _signal_conditions(wanted)),
        *between(window, "g.ts"),
        (window.after is not None, after),
        (window.cuts is not None, "g.source_offset < (%(cuts)s::bigint[])[s.partition + 1]"),
    )
    return page(
        fields,
        f"{microseconds('g.ts')}, g.series_id, g.source_offset, g.seq",
        f"{table} g JOIN series s USING (series_id) WHERE {where}",
        "g.ts DESC, g.series_id, g.source_offset, g.seq",
    )


def _signal_conditions(wanted: SignalFilter) -> list[tuple[str | None, str]]:
    return [
        (wanted.symbol, "s.symbol = %(symbol)s"),
        (wanted.feed, "s.feed = %(feed)s"),
        (wanted.interval, "s.interval = %(interval)s"),
        (wanted.strategy_id, "g.strategy_id = %(strategy_id)s"),
        (wanted.deployment_id, "g.deployment_id = %(deployment_id)s"),
    ]


STRATEGY_FIELDS = """
    s.strategy_id AS id, s.name, s.author, s.source, v.version, s.last_edit_id AS edit_id,
    CASE WHEN e.edit_id IS NULL THEN 'waiting'
         WHEN e.version IS NULL THEN 'rejected' ELSE 'compiled' END AS edit_state,
    e.diagnostics,
    (SELECT coalesce(json_agg(d.deployment_id ORDER BY d.deployment_id), '[]')
     FROM deployments d
     WHERE d.strategy_id = s.strategy_id AND d.active) AS active_deployments
"""
STRATEGY_SOURCE = """
    strategies s
    LEFT JOIN LATERAL (SELECT max(version) AS version FROM strategy_versions
                       WHERE strategy_id = s.strategy_id) v ON true
    LEFT JOIN strategy_versions e ON e.strategy_id = s.strategy_id AND e.edit_id = s.last_edit_id
"""


def strategies(window: Window, strategy_id: str | None) -> str:
    where = conditions(
        (True, "NOT s.deleted"),
        (strategy_id is not None, "s.strategy_id = %(strategy_id)s"),
        (window.after is not None, "s.strategy_id > %(k0)s"),
    )
    return page(
        STRATEGY_FIELDS, "s.strategy_id", f"{STRATEGY_SOURCE} WHERE {where}", "s.strategy_id"
    )


def versions(window: Window) -> str:
    where = conditions(
        (True, "strategy_id = %(strategy_id)s AND version IS NOT NULL"),
        (window.after is not None, "version < %(k0)s"),
    )
    return page(
        "strategy_id, version, edit_id, name, author, source, source_sha256, wasm_sha256,"
        " language_version, library_version, params, plots, alerts, state_bytes",
        "version",
        f"strategy_versions WHERE {where}",
        "version DESC",
    )


OF_DEPLOYMENT = "f.deployment_id = d.deployment_id AND f.strategy_id = d.strategy_id"
DEPLOYMENT_FIELDS = f"""
    d.deployment_id AS id, d.strategy_id, d.version, d.params, d.series, d.author, d.traps_max,
    d.rules, d.active,
    CASE WHEN d.refusal_reason IS NOT NULL THEN 'refused'
         WHEN NOT d.active THEN 'ended'
         WHEN EXISTS (SELECT FROM faults f WHERE {OF_DEPLOYMENT} AND f.suspends) THEN 'suspended'
         ELSE 'active' END AS state,
    (SELECT count(*) FROM faults f WHERE {OF_DEPLOYMENT} AND NOT f.suspends) AS traps,
    (SELECT to_json(first)
     FROM (SELECT s.feed, s.symbol, s.interval, {iso("f.ts")} AS ts, f.reason, f.line, f.traps
           FROM faults f JOIN series s USING (series_id)
           WHERE {OF_DEPLOYMENT} AND f.suspends
           ORDER BY f.ts, f.series_id LIMIT 1) AS first) AS suspension,
    CASE WHEN d.refusal_reason IS NOT NULL
         THEN json_build_object('reason', d.refusal_reason, 'message', d.refusal_message)
         END AS refusal,
    (SELECT coalesce(json_agg(a ORDER BY a.partition), '[]')
     FROM (SELECT partition, from_offset, until_offset FROM activations
           WHERE deployment_id = d.deployment_id) AS a) AS activations
"""  # noqa: S608 -- as above


def deployments(window: Window, strategy_id: str | None, deployment_id: str | None) -> str:
    where = conditions(
        (strategy_id is not None, "d.strategy_id = %(strategy_id)s"),
        (deployment_id is not None, "d.deployment_id = %(deployment_id)s"),
        (window.after is not None, "d.deployment_id > %(k0)s"),
    )
    return page(
        DEPLOYMENT_FIELDS, "d.deployment_id", f"deployments d WHERE {where}", "d.deployment_id"
    )


def turns(window: Window) -> str:
    where = conditions(
        (True, "conversation_id = %(conversation_id)s"),
        (window.after is not None, "(posted_offset, turn_id) > (%(k0)s, %(k1)s)"),
    )
    return page(
        "turn_id AS id, author, text, reply, reply_state, attempt, model, reason, remedy",
        "posted_offset, turn_id",
        f"chat_turns WHERE {where}",
        "posted_offset, turn_id",
    )


REQUEST_FIELDS = f"""
    q.request_id AS id, q.queue, q.author, q.strategy_id, q.version, q.params,
    coalesce(r.state, 'waiting') AS state, coalesce(r.attempt, 0) AS attempt,
    coalesce(r.done, 0) AS done, coalesce(r.total, 0) AS total, r.summary, r.reason, r.message,
    r.wasm_sha256, r.report_sha256, r.report_bytes, {iso("q.requested_at")} AS requested_at,
    {iso("q.cancel_at")} AS cancel_at, {iso("r.started_at")} AS started_at,
    {iso("r.ended_at")} AS ended_at, q.feed, q.symbols, q.interval
"""
OF_KIND: dict[Kind, str] = {
    "backtest": f"""
        {REQUEST_FIELDS}, {iso("q.begin_ts")} AS "from", {iso("q.end_ts")} AS to, q.rules,
        q.risk_free, q.equity, q.page
    """,
    "screen": f"{REQUEST_FIELDS}, q.universe, {iso('q.as_of_ts')} AS as_of, q.top",
}
REQUEST_SOURCE = "research_requests q LEFT JOIN research_results r USING (request_id)"
REQUEST_KEY = f"{microseconds('q.requested_at')}, q.request_id, q.queue"
REQUEST_ORDER = "q.requested_at DESC, q.request_id, q.queue"


def requests(kind: Kind, window: Window, strategy_id: str | None) -> str:
    after = (
        "q.requested_at <= %(after)s AND (q.requested_at < %(after)s"
        " OR (q.request_id, q.queue) > (%(k1)s, %(k2)s))"
    )
    where = conditions(
        (True, "q.kind = %(kind)s"),
        (strategy_id is not None, "q.strategy_id = %(strategy_id)s"),
        (window.after is not None, after),
    )
    return page(OF_KIND[kind], REQUEST_KEY, f"{REQUEST_SOURCE} WHERE {where}", REQUEST_ORDER)


def one_request(kind: Kind, more: str) -> str:
    return page(
        f"{OF_KIND[kind]}, q.source, r.diagnostics{more}",
        REQUEST_KEY,
        f"{REQUEST_SOURCE} WHERE q.request_id = %(request_id)s AND q.kind = %(kind)s",
        REQUEST_ORDER,
    )


REQUEST: dict[Kind, str] = {
    "backtest": one_request("backtest", ""),
    "screen": one_request("screen", ", r.report::json AS result"),
}
HAS_REQUEST = "SELECT true FROM research_requests WHERE request_id = %(request_id)s LIMIT 1"
STANDING_FIELDS = f"""
    s.screen_id AS id, s.strategy_id, s.version, s.params, s.universe, s.top, s.grace_s,
    {iso("s.begin_ts")} AS begin, s.author, {iso("s.registered_at")} AS registered_at, s.state,
    {iso("s.ended_at")} AS ended_at, s.reason, s.message,
    (SELECT {iso("max(close_at)")} FROM screen_closes WHERE screen_id = s.screen_id) AS last_close
"""  # noqa: S608 -- as above
CLOSE_FIELDS = f"""
    {iso("c.close_at")} AS close, c.members, c.symbols, c.matched,
    (SELECT coalesce(json_agg(json_build_object(
         'symbol', m -> 'symbol', 'rank', n,
         'ts', {iso("to_timestamp(0) + (m ->> 'ts')::bigint * interval '1 microsecond'")},
         'score', m -> 'score', 'signal', m -> 'signal', 'alerts', m -> 'alerts',
         'plots', m -> 'plots') ORDER BY n), '[]')
     FROM json_array_elements(c.matches) WITH ORDINALITY AS e(m, n)) AS matches,
    c.entered, c."left", c.missing, c.wasm_sha256, c.receipt
"""  # noqa: S608 -- as above


def standing_screens(window: Window, screen_id: str | None) -> str:
    where = conditions(
        (screen_id is not None, "s.screen_id = %(screen_id)s"),
        (window.after is not None, "s.screen_id > %(k0)s"),
    )
    return page(STANDING_FIELDS, "s.screen_id", f"standing_screens s WHERE {where}", "s.screen_id")


def screen_closes(window: Window) -> str:
    where = conditions(
        (True, "c.screen_id = %(screen_id)s"),
        *between(window, "c.close_at"),
        (window.after is not None, "c.close_at < %(after)s"),
    )
    return page(
        CLOSE_FIELDS,
        microseconds("c.close_at"),
        f"screen_closes c WHERE {where}",
        "c.close_at DESC",
    )


RESEARCH_REPORT = """
    SELECT coalesce(convert_to(r.report, 'UTF8'), f.content), r.report_sha256
    FROM research_results r LEFT JOIN research_files f ON f.sha256 = r.report_sha256
    WHERE r.request_id = %(request_id)s
"""
RESEARCH_PAGE = """
    SELECT f.content, f.sha256
    FROM research_results r JOIN research_files f ON f.sha256 = r.page_sha256
    WHERE r.request_id = %(request_id)s
"""
QUEUE_DEPTHS = """
    SELECT q.queue, count(*) FILTER (WHERE r.state IS NULL),
           count(*) FILTER (WHERE r.state = 'running')
    FROM research_requests q LEFT JOIN research_results r USING (request_id)
    WHERE r.state IS NULL OR r.state = 'running'
    GROUP BY q.queue
"""

TRIALS = """
    SELECT count(*), count(sharpe), var_samp(sharpe * sqrt(periods_per_year)),
           var_samp(sharpe * sqrt(periods)), max(sharpe * sqrt(periods_per_year)),
           min(made_at), max(made_at)
    FROM research_trials
    WHERE strategy_id = %(strategy_id)s
      AND (%(since)s::timestamptz IS NULL OR made_at >= %(since)s)
"""

NEXT_OFFSETS = """
    SELECT projection, topic, partition, next_offset, mark_offset, mark_seq FROM consumer_offsets
"""
