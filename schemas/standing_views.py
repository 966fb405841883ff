"""What the HTTP API takes and gives of standing screens. Times are RFC 3339 in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from schemas.events.base import Id
from schemas.events.screens import GRACE_S_MAX, TOP, TOP_MAX
from schemas.events.strategies import Params
from schemas.research_views import MatchView
from schemas.views import AUTHOR_DEFAULT, Author, Page, Place, View


class NewStanding(View):
    """A version to be run over a universe on each close of its bars."""

    id: Id | None = None
    strategy_id: Id
    version: int | None = Field(default=None, ge=1)
    """The newest when left out."""
    params: Params = Field(default_factory=dict)
    """Inputs by name; the version's defaults for those left out."""
    universe: Id
    top: int = Field(default=TOP, ge=1, le=TOP_MAX)
    """How many are in at most: who falls behind these has left."""
    grace_s: float = Field(default=0.0, ge=0, le=GRACE_S_MAX)
    """For how long a close waits for bars that are due, in the bars' own time; more than that has
    passed once a bar of the feed closes later still."""
    begin: datetime | None = None
    """The first close that is said: past ones are made up for. The newest when left out."""
    author: Author = AUTHOR_DEFAULT


class StandingPlaced(Place):
    """A standing screen, or its end, is on the log."""

    id: str


class StandingView(View):
    """A standing screen."""

    id: str
    strategy_id: str
    version: int
    params: Params
    universe: str
    top: int
    grace_s: float
    begin: datetime | None
    author: str
    registered_at: datetime
    state: Literal["active", "ended", "refused"]
    ended_at: datetime | None
    reason: str | None
    message: str | None
    """Why it was refused, and what to do."""
    last_close: datetime | None
    """The newest that is said."""


class StandingPage(Page):
    """Standing screens, by id."""

    standing: list[StandingView]


class CloseView(View):
    """What a standing screen picks at a close."""

    close: datetime
    members: int
    """Of the universe, then."""
    symbols: int
    """Members that have bars."""
    matched: int
    """How many of them are picked, those beyond `top` included."""
    matches: list[MatchView]
    entered: list[str]
    """Who is in and was not at the close before, by rank."""
    left: list[str]
    """Who was in at the close before and is not, by name."""
    missing: list[str]
    """Members whose bar was due at the close and was not there, by name."""
    wasm_sha256: str
    receipt: str
    """SHA-256 over the module, the params and the bars: that of a screen as of the close."""


class ClosesPage(Page):
    """Closes of a standing screen, newest first."""

    closes: list[CloseView]
