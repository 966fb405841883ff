"""What the HTTP API takes and gives of universes. Times are RFC 3339 in UTC."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from schemas.events.base import Id
from schemas.events.universes import LISTED_MAX, UniverseRule
from schemas.series import Feed, Interval, Symbol
from schemas.views import AUTHOR_DEFAULT, Author, Page, Place, View


class NewUniverse(View):
    """What a universe is from a time on; a list or a rule."""

    name: Id
    feed: Feed = "sample"
    interval: Interval = "1d"
    """Of the bars that a rule looks at, and at whose closes standing screens run."""
    symbols: list[Symbol] | None = Field(default=None, min_length=1, max_length=LISTED_MAX)
    rule: UniverseRule | None = None
    effective: datetime | None = None
    """Now when left out. A list says nothing of the time before; a rule does where it is the
    universe's first definition."""
    author: Author = AUTHOR_DEFAULT


class UniversePlaced(Place):
    """A definition is on the log."""

    name: str
    effective: datetime


class UniverseView(View):
    """A definition of a universe."""

    name: str
    feed: str
    interval: str
    symbols: list[str] | None
    rule: UniverseRule | None
    effective: datetime
    author: str


class UniverseMembers(UniverseView):
    """The definition in force at a time, and who belongs to it then."""

    as_of: datetime
    """The close that is meant: bars that close later are not seen."""
    members: list[str]


class UniversesPage(Page):
    """All definitions, by name and time."""

    universes: list[UniverseView]
