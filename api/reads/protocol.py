"""What the routes ask of the view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, Protocol, get_args

from schemas.events.indicators import PANEL_COLUMNS
from schemas.events.requests import Kind
from schemas.events.universes import UniverseDefined
from schemas.series import ROLLUPS, Series
from streams.marks import NO_MARK, Mark
from streams.universes import Candidate, Listings

Key = tuple[str | int, ...]
"""The sort key of a page's last item; times as UTC microseconds, days as days since 1970."""

Rollup = Literal["bars_5m", "bars_15m", "bars_1h", "bars_1d", "bars_1w"]
SeriesTable = Literal["bars", "indicators"] | Rollup

ROLLUP_TABLES: dict[str, Rollup] = dict(zip(ROLLUPS, get_args(Rollup), strict=True))
"""By the length of their bars."""
BAR_COLUMNS = ("open", "high", "low", "close", "volume")
TABLE_COLUMNS: dict[SeriesTable, tuple[str, ...]] = {
    "bars": BAR_COLUMNS,
    "indicators": PANEL_COLUMNS,
    **dict.fromkeys(ROLLUP_TABLES.values(), BAR_COLUMNS),
}


ReferenceTable = Literal["actions", "instruments"]

REFERENCE_COLUMNS: dict[ReferenceTable, tuple[str, ...]] = {
    "actions": ("feed", "symbol", "ex_date", "type", "number", "ratio", "amount", "currency"),
    "instruments": (
        *("feed", "symbol", "tick_size", "lot", "currency", "sector", "calendar"),
        *("first_day", "last_day"),
    ),
}

REFERENCE_KEYS: dict[ReferenceTable, tuple[str, ...]] = {
    "actions": ("symbol", "feed", "ex_date", "type", "number"),
    "instruments": ("symbol", "feed"),
}
"""What the rows are sorted by."""
FIRST_DAY = date(1970, 1, 1)


def reference_key(table: ReferenceTable, row: Mapping[str, Any]) -> Key:
    """A row's sort key; days count from 1970."""
    values = [row[name] for name in REFERENCE_KEYS[table]]
    return tuple((v - FIRST_DAY).days if isinstance(v, date) else v for v in values)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ViewUnavailableError(RuntimeError):
    """The database is away."""


@dataclass(frozen=True, slots=True)
class Page:
    """items: a JSON array. next: the key behind which the next page begins, None at the end."""

    items: bytes
    next: Key | None


@dataclass(frozen=True, slots=True)
class Rows:
    """The same as columns per row: (ts, *TABLE_COLUMNS) of a series, oldest first, or
    REFERENCE_COLUMNS."""

    rows: Sequence[tuple[Any, ...]]
    next: Key | None


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list: start ≤ ts < end, at most `limit` items, behind `after`.

    cuts: for each partition of the bars, the offset below which a record counts, and with it what
    follows from it; None counts all.
    forward: pages go from old to new. Else from new to old, though within a page of a
    series the oldest item comes first all the same.
    """

    limit: int
    start: datetime | None = None
    end: datetime | None = None
    after: Key | None = None
    forward: bool = False
    cuts: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class InstrumentFilter:
    """None lets everything pass."""

    symbol: str | None = None
    feed: str | None = None


@dataclass(frozen=True, slots=True)
class SignalFilter:
    """None lets everything pass."""

    symbol: str | None = None
    feed: str | None = None
    interval: str | None = None
    strategy_id: str | None = None
    deployment_id: str | None = None


@dataclass(frozen=True, slots=True)
class NextOffset:
    """A projection has taken in all of the partition below `offset`. mark: the highest of a derived
    topic there."""

    projection: str
    topic: str
    partition: int
    offset: int
    mark: Mark = NO_MARK


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A whole report. sha256: of the content."""

    content: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Depth:
    """How many requests of a queue have no worker yet, and how many have one."""

    queue: str
    waiting: int
    running: int


@dataclass(frozen=True, slots=True)
class TrialCounts:
    """Trials of a strategy, as schemas.research_views.TrialsView has them."""

    trials: int
    with_sharpe: int
    sharpe_variance: float | None
    t_variance: float | None
    best_sharpe: float | None
    first_at: datetime | None
    last_at: datetime | None


class Reads(Protocol):
    """Every method raises ViewUnavailableError when the database is away."""

    async def open(self) -> None:
        """Get ready; does not wait for the database."""

    async def close(self) -> None: ...

    async def find_series(
        self,
        symbol: str,
        feed: str | None,
        interval: str | None,
        shorter_than: str | None = None,
    ) -> Series | None:
        """Of the series that fit, the one with the newest bar. shorter_than: an interval."""

    async def series_page(self, table: SeriesTable, series: Series, window: Window) -> Page:
        """Bars or indicators of a series."""

    async def series_rows(self, table: SeriesTable, series: Series, window: Window) -> Rows:
        """The same page as rows."""

    async def reference_page(
        self, table: ReferenceTable, wanted: InstrumentFilter, window: Window
    ) -> Page:
        """Actions by symbol, feed and day, or instruments by symbol and feed."""

    async def reference_rows(
        self, table: ReferenceTable, wanted: InstrumentFilter, window: Window
    ) -> Rows:
        """The same page as rows."""

    async def universes(self, window: Window) -> Page:
        """All definitions of universes, by name and time."""

    async def universe_definitions(self, universe: str) -> list[UniverseDefined]:
        """Those of one, by time."""

    async def universe_candidates(
        self, definition: UniverseDefined, at_us: int
    ) -> tuple[list[Candidate], Listings]:
        """What decides who belongs to it at that time."""

    async def last_open(self, feed: str, interval: str) -> int | None:
        """The open of a feed's newest bar, UTC µs; None where it has none of that interval."""

    async def series(self, window: Window) -> Page:
        """All series with their newest bars, by symbol, feed and interval."""

    async def signals(self, wanted: SignalFilter, window: Window) -> Page:
        """Signals and orders, newest first."""

    async def alerts(self, wanted: SignalFilter, window: Window) -> Page:
        """Alerts, newest first."""

    async def traps(self, wanted: SignalFilter, window: Window) -> Page:
        """Traps, newest first."""

    async def strategies(self, window: Window, strategy_id: str | None = None) -> Page:
        """Strategies that aren't deleted, or the one, by id."""

    async def versions(self, strategy_id: str, window: Window) -> Page:
        """Versions of a strategy, newest first."""

    async def deployments(
        self, window: Window, strategy_id: str | None = None, deployment_id: str | None = None
    ) -> Page:
        """Deployments, by id."""

    async def turns(self, conversation_id: str, window: Window) -> Page:
        """Turns of a conversation, oldest first."""

    async def requests(self, kind: Kind, window: Window, strategy_id: str | None = None) -> Page:
        """Requests for research of a kind, newest first."""

    async def request(self, kind: Kind, request_id: str) -> Page:
        """The one of that id, with what may be long."""

    async def has_request(self, request_id: str) -> bool:
        """Whether there is one of that id, of whatever kind."""

    async def standing_screens(self, window: Window, screen_id: str | None = None) -> Page:
        """Standing screens, or the one, by id."""

    async def screen_closes(self, screen_id: str, window: Window) -> Page:
        """What one picked, newest close first."""

    async def report(self, request_id: str, *, page: bool) -> StoredReport | None:
        """The report of a completed request, or its page; None where it is not kept."""

    async def queue_depths(self) -> list[Depth]:
        """Of each queue of research."""

    async def trials(self, strategy_id: str, since: datetime | None) -> TrialCounts:
        """How many trials of a strategy were made, from a time on, and how far they differ."""

    async def next_offsets(self) -> list[NextOffset]:
        """How far every projection is."""
