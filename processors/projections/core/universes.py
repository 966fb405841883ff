"""UniverseDefined → the row of `universes`: what is last defined from a time on."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from pydantic_core import to_json

from processors.projections.core.fold import RowFold
from processors.projections.core.times import utc
from schemas.events.base import Event
from schemas.events.universes import UniverseDefined


class UniverseRow(NamedTuple):
    """A definition; symbols and rule are JSON, one of them null. source_offset: of the record that
    first held these values."""

    universe: str
    effective_at: datetime
    feed: str
    interval: str
    symbols: str | None
    rule: str | None
    author: str
    source_offset: int


Key = tuple[str, datetime]


def key_of(event: Event) -> Key:
    """The key of the row that an event changes."""
    assert isinstance(event, UniverseDefined)
    return event.universe, utc(event.effective_ts)


def advance(row: UniverseRow | None, event: Event, offset: int) -> UniverseRow:
    """The row after an event at that offset; a repeat changes nothing."""
    assert isinstance(event, UniverseDefined)
    found = UniverseRow(
        universe=event.universe,
        effective_at=utc(event.effective_ts),
        feed=event.feed,
        interval=event.interval,
        symbols=None if event.symbols is None else to_json(event.symbols).decode(),
        rule=None if event.rule is None else to_json(event.rule).decode(),
        author=event.author,
        source_offset=offset,
    )
    return row if row is not None and row[:-1] == found[:-1] else found


FOLD = RowFold(UniverseRow._make, key_of, advance)
