"""Screens: a strategy over a universe at a time, and standing ones that run on each close."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.events.base import Event, Id, TimestampUs
from schemas.events.research import RunRequest
from schemas.events.strategies import Params
from schemas.events.universes import LISTED_MAX
from schemas.series import Feed, Interval, Symbol

TOP = 100
TOP_MAX = 1_000
GRACE_S_MAX = 7 * 86_400.0


class RunScreen(RunRequest):
    """It shall be said which symbols a strategy picks, by what was known at a time.

    The first request of an id counts.
    """

    universe: Id | None = None
    """Whose members at that time; or else `symbols`, with their feed and interval."""
    symbols: Annotated[tuple[Symbol, ...], Field(min_length=1, max_length=LISTED_MAX)] | None = None
    feed: Feed | None = None
    interval: Interval | None = None
    as_of_ts: TimestampUs | None = None
    """Bars that close later are not seen, UTC microseconds since 1970; null for all there are."""
    top: int | None = Field(default=None, ge=1, le=LISTED_MAX)
    """Only so many, the best."""

    @model_validator(mode="after")
    def check_symbols(self) -> Self:
        if (self.universe is None) == (self.symbols is None):
            raise ValueError("give either a universe or symbols")
        if {self.feed is None, self.interval is None} != {self.symbols is None}:
            raise ValueError("feed and interval come with symbols, and not with a universe")
        if self.symbols is not None and len(set(self.symbols)) != len(self.symbols):
            raise ValueError("a symbol is named twice")
        return self


class ScreenEvent(Event):
    """An event of one standing screen, keyed by its id."""

    screen_id: Id


class ScreenRegistered(ScreenEvent):
    """A strategy shall be run over a universe on each close of its bars, from now on.

    The first registration of an id counts. What is in force at a close is the universe's
    definition of that time.
    """

    universe: Id
    strategy_id: Id
    version: int = Field(ge=1)
    params: Params = Field(default_factory=dict)
    """Inputs by name; the strategy's defaults for those left out."""
    top: int = Field(default=TOP, ge=1, le=TOP_MAX)
    """How many are in at most: who falls behind these has left."""
    grace_s: float = Field(default=0.0, ge=0, le=GRACE_S_MAX)
    """For how long a close waits for bars that are due, in the bars' own time; more than that
    has passed once a bar of the feed closes later still."""
    begin_ts: TimestampUs | None = None
    """The first close that is said, UTC microseconds since 1970: past ones are made up for. Null
    for the newest that is complete."""
    author: Annotated[str, Field(max_length=120)]


class ScreenEnded(ScreenEvent):
    """Nobody wants to hear of it any more."""

    owned = False

    author: Annotated[str, Field(max_length=120)]


class ScreenRefused(ScreenEvent):
    """It can't be run, or no longer; it ends."""

    reason: str
    """Such as params, foreign_module or interrupted."""
    message: str
    """What is wrong and what to do, in a sentence or two."""


class ScreenMatch(BaseModel):
    """A symbol that is in."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    symbol: Symbol
    ts: TimestampUs
    """The open of the bar that says so, UTC microseconds since 1970: its last one."""
    score: float | None
    """Null where the strategy scores nothing."""
    signal: str
    """What it orders there: enter_long, enter_short, exit, order, cancel, or none."""
    alerts: tuple[str, ...]
    plots: dict[str, float | None]
    """By name; null where there is no value."""


class ScreenClosed(ScreenEvent):
    """What a standing screen picks at a close. Of events of one screen about one close the first
    counts; closes rise."""

    close_ts: TimestampUs
    """The bars that closed then, and earlier ones, are seen; UTC microseconds since 1970."""
    members: int = Field(ge=0)
    """Of the universe, then."""
    symbols: int = Field(ge=0)
    """Members that have bars."""
    matched: int = Field(ge=0)
    """How many of them the strategy picks, those beyond `top` included."""
    matches: tuple[ScreenMatch, ...]
    """Who is in, by rank."""
    entered: tuple[Symbol, ...]
    """Who is in and was not at the close before, by rank."""
    left: tuple[Symbol, ...]
    """Who was in at the close before and is not, by name."""
    missing: tuple[Symbol, ...]
    """Members whose bar was due at the close and was not there, by name; what is said of them is of
    an earlier bar. One that comes later counts from the next close on."""
    wasm_sha256: str
    receipt: str
    """SHA-256 over the module, the params, and each member's bars up to the close."""
