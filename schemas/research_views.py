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
from schemas.events.trials import TRIALS_MAX, Sha256, Trial, TrialKind
from schemas.events.universes import LISTED_MAX
from schemas.series import Feed, Interval, Symbol
from schemas.views import AUTHOR_DEFAULT, Author, Page, Place, Source, View

WAIT_S_MAX = 30.0

State = Literal["waiting", "running", "completed", "failed", "cancelled"]
"""The last three are final."""
Summary = dict[str, int | float | None]


class NewRequest(View):
    """A strategy to be run: a version of one, or a source."""

    id: Id | None = None
    strategy_id: Id | None = None
    version: int | None = Field(default=None, ge=1)
    """The newest when left out."""
    source: Source | None = None
    """In the strategy language, where no strategy is named."""
    params: Params = Field(default_factory=dict)
    """Inputs by name; the strategy's defaults for those left out."""
    queue: Queue = "interactive"
    """Batch requests have workers of their own and may take an hour."""
    author: Author = AUTHOR_DEFAULT
    wait_s: float | None = Field(default=None, ge=0, le=WAIT_S_MAX)
    """How long to wait for the result; as all writes do when left out."""


class NewBacktest(NewRequest):
    """A strategy to be run over history: a version of one, or a source."""

    feed: Feed = "sample"
    symbols: list[Symbol] = Field(min_length=1, max_length=SYMBOLS_MAX)
    """All on one cash account."""
    interval: Interval = "1d"
    from_: datetime | None = Field(default=None, alias="from")
    """Bars before it warm up only."""
    to: datetime | None = None
    """Bars at or behind it are left out."""
    rules: FillTerms = FillTerms()
    """How orders fill, and what that costs."""
    risk_free: float = Field(default=0.0, ge=0, le=10)
    """By the year, a fraction."""
    equity: bool = True
    """Whether the report holds the account at each bar."""
    page: bool = False
    """Whether the report is made as a page of HTML too, which takes a second more."""


class NewScreen(NewRequest):
    """A strategy to be run over a universe, or over symbols, as of a time."""

    universe: Id | None = None
    symbols: list[Symbol] | None = Field(default=None, min_length=1, max_length=LISTED_MAX)
    """Where no universe is named, with their feed and interval."""
    feed: Feed | None = None
    """Of the symbols; sample when left out."""
    interval: Interval | None = None
    """Of the symbols; 1d when left out."""
    as_of: datetime | None = None
    """Bars that close later are not seen; the newest close when left out."""
    top: int | None = Field(default=None, ge=1, le=LISTED_MAX)
    """Only so many, the best."""


class RequestPlaced(Place):
    """A request is on the log, with its result when that came in time."""

    id: str
    state: State
    attempt: int
    summary: Summary | None
    """Figures by name; null where undefined."""
    reason: str | None
    message: str | None
    """Why it failed, and what to do."""
    diagnostics: list[Diagnostic]
    report: str | None
    """Where the whole report is."""


class BacktestPlaced(RequestPlaced):
    """A backtest is on the log, with its result when that came in time."""


class ScreenPlaced(RequestPlaced):
    """A screen is on the log, with its result when that came in time."""


class RequestView(View):
    """A request for research as it was asked, and what has become of it."""

    id: str
    queue: Queue
    author: str
    strategy_id: str | None
    version: int | None
    params: Params
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


class BacktestView(RequestView):
    """A backtest as it was asked for, and what has become of it."""

    feed: str
    symbols: list[str]
    interval: str
    from_: datetime | None = Field(alias="from")
    to: datetime | None
    rules: FillTerms
    risk_free: float
    equity: bool
    """Whether the report holds the account at each bar."""
    page: bool
    """Whether it is made as a page of HTML too."""


class BacktestDetail(BacktestView):
    """The same with what may be long."""

    source: str | None
    diagnostics: list[Diagnostic] | None


class BacktestsPage(Page):
    """Backtests, newest first."""

    backtests: list[BacktestView]


class ScreenView(RequestView):
    """A screen as it was asked for, and what has become of it."""

    universe: str | None
    symbols: list[str] | None
    feed: str | None
    interval: str | None
    """Of the symbols, both; null with a universe, which has its own."""
    as_of: datetime | None
    top: int | None


class MatchView(View):
    """A symbol that a strategy picks. ts: the open of its last bar."""

    symbol: str
    rank: int
    ts: datetime
    score: float | None
    signal: str
    """What it orders there, or none."""
    alerts: list[str]
    plots: dict[str, float | None]


class ScreenResult(View):
    """Which symbols are picked, the best first."""

    universe: str | None
    as_of: datetime | None
    """Bars that closed later were not seen."""
    matches: list[MatchView]
    matched: int
    """How many, those beyond `top` included."""
    symbols: int
    """How many were looked at."""
    stale: dict[str, datetime]
    """Those of them whose last bar is older than the newest of all, with its open."""
    receipt: str
    """SHA-256 over the module, the params and the bars: who has these can do it again."""


class ScreenDetail(ScreenView):
    """The same with what may be long."""

    source: str | None
    diagnostics: list[Diagnostic] | None
    result: ScreenResult | None
    """Null while there is none; where it is larger than 32 KiB it is the report alone."""


class ScreensPage(Page):
    """Screens, newest first."""

    screens: list[ScreenView]


class NewTrials(View):
    """Runs of a strategy over the same bars, to be counted."""

    strategy_id: Id
    """The strategy's id, or the name of its file: what is searched under one name is one search."""
    kind: TrialKind
    author: Author = AUTHOR_DEFAULT
    wasm_sha256: Sha256
    """Of the module that ran."""
    symbols: list[Symbol] = Field(min_length=1, max_length=SYMBOLS_MAX)
    """All on one cash account."""
    interval: Interval
    from_: datetime = Field(alias="from")
    """Open of the first bar that was traded."""
    to: datetime
    """Open of the last one."""
    periods: int = Field(ge=0)
    """How many returns the Sharpe ratios are of."""
    periods_per_year: float = Field(gt=0)
    trials: list[Trial] = Field(min_length=1, max_length=TRIALS_MAX)


class TrialsPlaced(Place):
    """Trials are on the log."""

    strategy_id: str


class TrialsView(View):
    """What was tried of a strategy, each trial counted once, whoever made it and however often."""

    strategy_id: str
    trials: int
    with_sharpe: int
    """Those of them that have a Sharpe ratio."""
    sharpe_variance: float | None
    """Of the annualised Sharpe ratios, for a sample; null for fewer than two."""
    t_variance: float | None
    """Of the Sharpe ratios of a period times the root of their periods, which does not depend on
    how long a trial was."""
    best_sharpe: float | None
    """Annualised."""
    first_at: datetime | None
    last_at: datetime | None
