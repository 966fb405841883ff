"""The tables as data, in the columns of their rows, and the statements that write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from psycopg import sql

from schemas.events.indicators import PANEL_COLUMNS


@dataclass(frozen=True)
class Table:
    """One table: columns with their SQL types, in the order of its row's fields, and its key."""

    name: str
    columns: Sequence[tuple[str, str]]
    key: Sequence[str]

    @cached_property
    def insert(self) -> bytes:
        """Insert columns of values, one array each; rows that are there stay."""
        return (self._insert() + sql.SQL(" ON CONFLICT DO NOTHING")).as_bytes()

    @cached_property
    def upsert(self) -> bytes:
        """Insert columns of values, one array each; rows that are there are replaced."""
        changes = sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
            for name, _ in self.columns
            if name not in self.key
        )
        clause = sql.SQL(" ON CONFLICT ({}) DO UPDATE SET {}")
        return (self._insert() + clause.format(identifiers(self.key), changes)).as_bytes()

    @cached_property
    def select(self) -> bytes:
        """The rows of keys, given as one array for each column of the key."""
        types = dict(self.columns)
        return (
            sql.SQL("SELECT {} FROM {} WHERE ({}) IN (SELECT * FROM unnest({}))")
            .format(
                self._names,
                sql.Identifier(self.name),
                identifiers(self.key),
                arrays([types[name] for name in self.key]),
            )
            .as_bytes()
        )

    @cached_property
    def copy(self) -> bytes:
        """Binary COPY of rows that are not there."""
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)")
        return statement.format(sql.Identifier(self.name), self._names).as_bytes()

    @cached_property
    def ordered(self) -> bytes:
        """All rows in the order of the key."""
        statement = sql.SQL("SELECT {} FROM {} ORDER BY {}")
        return statement.format(
            self._names, sql.Identifier(self.name), identifiers(self.key)
        ).as_bytes()

    @property
    def _names(self) -> sql.Composed:
        return identifiers([name for name, _ in self.columns])

    def _insert(self) -> sql.Composed:
        return sql.SQL("INSERT INTO {} ({}) SELECT * FROM unnest({})").format(
            sql.Identifier(self.name), self._names, arrays([kind for _, kind in self.columns])
        )


def identifiers(names: Sequence[str]) -> sql.Composed:
    """Names, quoted, with commas between."""
    return sql.SQL(", ").join(map(sql.Identifier, names))


def arrays(types: Sequence[str]) -> sql.Composed:
    """A placeholder for an array of each type."""
    return sql.SQL(", ").join(
        sql.SQL("{}::{}[]").format(sql.Placeholder(), sql.SQL(kind)) for kind in types
    )


def table(name_: str, /, *, key: str, **columns: str) -> Table:
    """A table from its key's columns, with spaces between, and each column's type."""
    return Table(name_, tuple(columns.items()), tuple(key.split()))


BIGINT, INT, TEXT, JSON, BYTEA = "bigint", "int", "text", "json", "bytea"
FLOAT, TIME, BOOLEAN, DAY = "double precision", "timestamptz", "boolean", "date"

EVENT_KEY = "series_id source_offset seq"
EVENT = {"series_id": BIGINT, "source_offset": BIGINT, "seq": BIGINT, "ts": TIME}
"""The columns that every table of derived events at bars begins with."""
DEPLOYED = {"deployment_id": TEXT, "strategy_id": TEXT, "version": BIGINT}
"""Behind them, where a deployment said it: which one, and by which version."""

SERIES = table(
    "series",
    key="series_id",
    series_id=BIGINT,
    feed=TEXT,
    symbol=TEXT,
    interval=TEXT,
    partition=INT,
    last_ts=TIME,
)
BARS = table(
    "bars",
    key="series_id ts",
    series_id=BIGINT,
    ts=TIME,
    open=FLOAT,
    high=FLOAT,
    low=FLOAT,
    close=FLOAT,
    volume=FLOAT,
    source_offset=BIGINT,
)
SUPERSEDED_BARS = table(
    "superseded_bars",
    key="series_id ts source_offset",
    **dict(BARS.columns),
    until_offset=BIGINT,
)
INDICATORS = table(
    "indicators",
    key="series_id ts",
    series_id=BIGINT,
    ts=TIME,
    **dict.fromkeys(PANEL_COLUMNS, FLOAT),
    library=TEXT,
    source_offset=BIGINT,
)
CORRECTIONS = table(
    "corrections",
    key=EVENT_KEY,
    **EVENT,
    new_values=JSON,
    old_values=JSON,
)
ACTIONS = table(
    "actions",
    key="symbol feed ex_date type number",
    symbol=TEXT,
    feed=TEXT,
    ex_date=DAY,
    type=TEXT,
    number=BIGINT,
    ratio=FLOAT,
    amount=FLOAT,
    currency=TEXT,
    source_offset=BIGINT,
)
INSTRUMENTS = table(
    "instruments",
    key="symbol feed",
    symbol=TEXT,
    feed=TEXT,
    tick_size=FLOAT,
    lot=FLOAT,
    currency=TEXT,
    sector=TEXT,
    calendar=TEXT,
    first_day=DAY,
    last_day=DAY,
    source_offset=BIGINT,
)
LISTINGS = table(
    "listings",
    key="symbol feed source_offset",
    symbol=TEXT,
    feed=TEXT,
    source_offset=BIGINT,
    known_at=TIME,
    sector=TEXT,
    calendar=TEXT,
    first_day=DAY,
    last_day=DAY,
)
UNIVERSES = table(
    "universes",
    key="universe effective_at",
    universe=TEXT,
    effective_at=TIME,
    feed=TEXT,
    interval=TEXT,
    symbols=JSON,
    rule=JSON,
    author=TEXT,
    source_offset=BIGINT,
)
SIGNALS = table(
    "signals",
    key=EVENT_KEY,
    **EVENT,
    **DEPLOYED,
    action=TEXT,
    price=FLOAT,
    size=FLOAT,
    score=FLOAT,
    limit=FLOAT,
    stop=FLOAT,
    exit_limit=FLOAT,
    exit_stop=FLOAT,
    exit_trail=FLOAT,
    sizing=TEXT,
    at=TEXT,
    tif=TEXT,
    exits_from=TEXT,
    plots=JSON,
    receipt=JSON,
)
ALERTS = table(
    "alerts",
    key=EVENT_KEY,
    **EVENT,
    **DEPLOYED,
    alert=BIGINT,
    message=TEXT,
)
FAULTS = table(
    "faults",
    key=EVENT_KEY,
    **EVENT,
    **DEPLOYED,
    reason=TEXT,
    line=BIGINT,
    traps=BIGINT,
    suspends=BOOLEAN,
)
STRATEGIES = table(
    "strategies",
    key="strategy_id",
    strategy_id=TEXT,
    name=TEXT,
    author=TEXT,
    source=TEXT,
    last_edit_id=TEXT,
    deleted=BOOLEAN,
    edited_offset=BIGINT,
)
VERSIONS = table(
    "strategy_versions",
    key="strategy_id source_offset",
    strategy_id=TEXT,
    source_offset=BIGINT,
    edit_id=TEXT,
    version=BIGINT,
    name=TEXT,
    author=TEXT,
    source=TEXT,
    source_sha256=TEXT,
    wasm=BYTEA,
    wasm_sha256=TEXT,
    language_version=TEXT,
    library_version=TEXT,
    params=JSON,
    plots=JSON,
    alerts=JSON,
    state_bytes=BIGINT,
    diagnostics=JSON,
)
DEPLOYMENTS = table(
    "deployments",
    key="deployment_id strategy_id",
    deployment_id=TEXT,
    strategy_id=TEXT,
    version=BIGINT,
    params=JSON,
    series=JSON,
    author=TEXT,
    traps_max=BIGINT,
    rules=JSON,
    active=BOOLEAN,
    refusal_reason=TEXT,
    refusal_message=TEXT,
)
EPOCHS = table("partition_epochs", key="partition", partition=INT, epoch=BIGINT)
ACTIVATIONS = table(
    "activations",
    key="deployment_id partition",
    deployment_id=TEXT,
    partition=INT,
    strategy_id=TEXT,
    from_offset=BIGINT,
    until_offset=BIGINT,
)
CHAT_TURNS = table(
    "chat_turns",
    key="conversation_id turn_id",
    conversation_id=TEXT,
    turn_id=TEXT,
    posted_offset=BIGINT,
    author=TEXT,
    text=TEXT,
    reply=TEXT,
    reply_state=TEXT,
    attempt=BIGINT,
    model=TEXT,
    reason=TEXT,
    remedy=TEXT,
)
RESEARCH_REQUESTS = table(
    "research_requests",
    key="request_id queue",
    request_id=TEXT,
    queue=TEXT,
    author=TEXT,
    strategy_id=TEXT,
    version=BIGINT,
    source=TEXT,
    feed=TEXT,
    symbols=JSON,
    interval=TEXT,
    begin_ts=TIME,
    end_ts=TIME,
    params=JSON,
    rules=JSON,
    risk_free=FLOAT,
    equity=BOOLEAN,
    page=BOOLEAN,
    requested_at=TIME,
    cancel_at=TIME,
    kind=TEXT,
    universe=TEXT,
    as_of_ts=TIME,
    top=BIGINT,
)
RESEARCH_RESULTS = table(
    "research_results",
    key="request_id",
    request_id=TEXT,
    state=TEXT,
    attempt=BIGINT,
    done=BIGINT,
    total=BIGINT,
    started_at=TIME,
    updated_at=TIME,
    ended_at=TIME,
    reason=TEXT,
    message=TEXT,
    diagnostics=JSON,
    summary=JSON,
    bars=BIGINT,
    wasm_sha256=TEXT,
    report=TEXT,
    report_sha256=TEXT,
    report_bytes=BIGINT,
    page_sha256=TEXT,
)
STANDING_SCREENS = table(
    "standing_screens",
    key="screen_id",
    screen_id=TEXT,
    universe=TEXT,
    strategy_id=TEXT,
    version=BIGINT,
    params=JSON,
    top=BIGINT,
    grace_s=FLOAT,
    begin_ts=TIME,
    author=TEXT,
    registered_at=TIME,
    state=TEXT,
    ended_at=TIME,
    reason=TEXT,
    message=TEXT,
)
SCREEN_CLOSES = table(
    "screen_closes",
    key="screen_id close_at",
    screen_id=TEXT,
    close_at=TIME,
    members=BIGINT,
    symbols=BIGINT,
    matched=BIGINT,
    matches=JSON,
    entered=JSON,
    left=JSON,
    missing=JSON,
    wasm_sha256=TEXT,
    receipt=TEXT,
)
RESEARCH_TRIALS = table(
    "research_trials",
    key="strategy_id trial_sha256",
    strategy_id=TEXT,
    trial_sha256=TEXT,
    kind=TEXT,
    author=TEXT,
    wasm_sha256=TEXT,
    symbols=JSON,
    interval=TEXT,
    begin_ts=TIME,
    end_ts=TIME,
    params=JSON,
    sharpe=FLOAT,
    periods=BIGINT,
    periods_per_year=FLOAT,
    made_at=TIME,
)

TABLES = (
    SERIES,
    BARS,
    SUPERSEDED_BARS,
    INDICATORS,
    CORRECTIONS,
    ACTIONS,
    INSTRUMENTS,
    LISTINGS,
    UNIVERSES,
    SIGNALS,
    ALERTS,
    FAULTS,
    STRATEGIES,
    VERSIONS,
    DEPLOYMENTS,
    EPOCHS,
    ACTIVATIONS,
    CHAT_TURNS,
    RESEARCH_REQUESTS,
    RESEARCH_RESULTS,
    STANDING_SCREENS,
    SCREEN_CLOSES,
    RESEARCH_TRIALS,
)
"""Every table that is a fold of the log."""
