"""Research as requests on the log: what is asked for, and what becomes of it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from schemas.diagnostics import Diagnostic
from schemas.events.base import Event, Id, TimestampUs
from schemas.events.fills import FillTerms
from schemas.events.strategies import SOURCE_BYTES_MAX, Params
from schemas.series import Feed, Interval, Symbol

Queue = Literal["interactive", "batch"]
QUEUES: tuple[Queue, ...] = ("interactive", "batch")
"""Each has a topic and workers of its own, so that long work never holds up a person who waits."""
SYMBOLS_MAX = 1_000
REPORT_INLINE_BYTES_MAX = 32 * 1024
"""A larger report is in the database, and the event names it by its hash."""


class ResearchEvent(Event):
    """An event of one request, keyed by its id."""

    request_id: Id


class RunRequest(ResearchEvent):
    """A strategy shall be run: a version of one, or a source."""

    author: Annotated[str, Field(max_length=120)]
    strategy_id: Id | None = None
    version: int | None = Field(default=None, ge=1)
    """Of the strategy; both or neither."""
    source: Annotated[str, Field(min_length=1, max_length=SOURCE_BYTES_MAX)] | None = None
    """In the strategy language, where no strategy is named."""
    params: Params = Field(default_factory=dict)
    """Inputs by name; the strategy's defaults for those left out."""

    @model_validator(mode="after")
    def check_strategy(self) -> Self:
        if (self.strategy_id is None) != (self.version is None):
            raise ValueError("strategy_id and version come together")
        if (self.strategy_id is None) == (self.source is None):
            raise ValueError("give either strategy_id and version, or source")
        return self


class RunBacktest(RunRequest):
    """A strategy shall be run over history; a version of one, or a source.

    The first request of an id counts.
    """

    feed: Feed
    symbols: Annotated[tuple[Symbol, ...], Field(min_length=1, max_length=SYMBOLS_MAX)]
    """All on one cash account."""
    interval: Interval
    begin_ts: TimestampUs | None = None
    """Bars before it warm up only; UTC microseconds since 1970."""
    end_ts: TimestampUs | None = None
    """Bars at or behind it are left out; UTC microseconds since 1970."""
    rules: FillTerms = FillTerms()
    risk_free: float = Field(default=0.0, ge=0, le=10)
    """By the year, a fraction."""
    equity: bool = True
    """Whether the report holds the account at each bar."""
    page: bool = False
    """Whether the report is made as a page of HTML too, which takes a second more."""

    @model_validator(mode="after")
    def check_bars(self) -> Self:
        if len(set(self.symbols)) != len(self.symbols):
            raise ValueError("a symbol is named twice")
        if self.begin_ts is not None and self.end_ts is not None and self.begin_ts >= self.end_ts:
            raise ValueError("the period ends before it begins")
        return self


class CancelResearch(ResearchEvent):
    """Nobody wants the result any more; on the topic of the request."""

    owned = False

    author: Annotated[str, Field(max_length=120)]


class ResearchStarted(ResearchEvent):
    """An attempt began. Of several records of one attempt the first says who has it."""

    attempt: int = Field(ge=1)
    worker: str
    """The process that has it; another one each time it starts."""
    lease_s: float = Field(gt=0)
    """Without a further record of the attempt for this long, it counts as dead."""


class ResearchProgressed(ResearchEvent):
    """How far an attempt is; it renews the lease."""

    attempt: int = Field(ge=1)
    done: int = Field(ge=0)
    total: int = Field(ge=0)
    """Bars of all symbols; 0 while they are being read."""


class ResearchCompleted(ResearchEvent):
    """A request has its result. The first event that ends a request counts, whoever wrote it."""

    attempt: int = Field(ge=1)
    summary: dict[str, int | float | None]
    """Statistics by name, their unit the name's last word; null where undefined."""
    bars: int = Field(ge=0)
    """Of all symbols, those that warm up included."""
    wasm_sha256: str
    report: str | None
    """The whole report, JSON in a text; null where it is larger than 32 KiB."""
    report_sha256: str
    """Of the report in UTF-8: its name in the database, where it is not inline."""
    report_bytes: int = Field(ge=0)
    page_sha256: str | None
    """The report as a page of HTML, in the database; null where nobody asked for it."""


class ResearchFailed(ResearchEvent):
    """A request has no result, and will have none."""

    attempt: int = Field(ge=0)
    reason: str
    """Such as no_bars, rejected, params, unknown_version, timeout, workers_lost, fault."""
    message: str
    """What is wrong and what to do, in a sentence or two."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """Why a source does not compile."""


class ResearchCancelled(ResearchEvent):
    """A request was ended before it had a result, as somebody asked."""

    attempt: int = Field(ge=0)
    """0 when none was made."""


ResearchEnd = ResearchCompleted | ResearchFailed | ResearchCancelled
ResearchResult = ResearchStarted | ResearchProgressed | ResearchEnd
