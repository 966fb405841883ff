"""What the HTTP API takes and gives of research. Times are RFC 3339 in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from schemas.diagnostics import Diagnostic
from schemas.events.base import Id
from schemas.events.fills import FillTerms
from schemas.events.research import SYMBOLS_MAX, Queue
from schemas.events.strategies import Params
from schemas.series import Feed, Interval, Symbol
from schemas.views import AUTHOR_DEFAULT, Author, Page, Place, Source, View

WAIT_S_MAX = 30.0

State = Literal["waiting", "running", "completed", "failed", "cancelled"]
"""The last three are final."""
Summary = dict[str, int | float | None]


class NewBacktest(View):
    """A strategy to be run over history: a version of one, or a source."""

    id: Id | None = None
    strategy_id: Id | None = None
    version: int | None = Field(default=None, ge=1)
    """The newest when left out."""
    source: Source | None = None
    """In the strategy language, where no strategy is named."""
    feed: Feed = "sample"
    symbols: list[Symbol] = Field(min_length=1, max_length=SYMBOLS_MAX)
    """All on one cash account."""
    interval: Interval = "1d"
    from_: datetime | None = Field(default=None, alias="from")
    """Bars before it warm up only."""
    to: datetime | None = None
    """Bars at or behind it are left out."""
    params: Params = Field(default_factory=dict)
    """Inputs by name; the strategy's defaults for those left out."""
    rules: FillTerms = FillTerms()
    """How orders fill, and what that costs."""
    risk_free: float = Field(default=0.0, ge=0, le=10)
    """By the year, a fraction."""
    equity: bool = True
    """Whether the report holds the account at each bar."""
    page: bool = False
    """Whether the report is made as a page of HTML too, which takes a second more."""
    queue: Queue = "interactive"
    """Batch requests have workers of their own and may take an hour."""
    author: Author = AUTHOR_DEFAULT
    wait_s: float | None = Field(default=None, ge=0, le=WAIT_S_MAX)
    """How long to wait for the result; as all writes do when left out."""


class BacktestPlaced(Place):
    """A backtest is on the log, with its result when that came in time."""

    id: str
    state: State
    attempt: int
    summary: Summary | None
    """Statistics by name, their unit the name's last word; null where undefined."""
    reason: str | None
    message: str | None
    """Why it failed, and what to do."""
    diagnostics: list[Diagnostic]
    report: str | None
    """Where the whole report is."""


class BacktestView(View):
    """A backtest as it was asked for, and what has become of it."""

    id: str
    queue: Queue
    author: str
    strategy_id: str | None
    version: int | None
    feed: str
    symbols: list[str]
    interval: str
    from_: datetime | None = Field(alias="from")
    to: datetime | None
    params: Params
    rules: FillTerms
    risk_free: float
    equity: bool
    """Whether the report holds the account at each bar."""
    page: bool
    """Whether it is made as a page of HTML too."""
    state: State
    attempt: int
    done: int
    """Bars of all symbols; of a running attempt, so far."""
    total: int
    summary: Summary | None
    reason: str | None
    message: str | None
    wasm_sha256: str | None
    report_sha256: str | None
    report_bytes: int | None
    requested_at: datetime
    cancel_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


class BacktestDetail(BacktestView):
    """The same with what may be long."""

    source: str | None
    diagnostics: list[Diagnostic] | None


class BacktestsPage(Page):
    """Backtests, newest first."""

    backtests: list[BacktestView]
