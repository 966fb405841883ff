"""InstrumentListed → the row of `instruments`: by which rules it can be traded, as last listed; and
the row of `listings`, of the event by itself."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from processors.projections.core.fold import RowFold
from processors.projections.core.times import utc
from schemas.events.base import Event
from schemas.events.instruments import InstrumentListed


class InstrumentRow(NamedTuple):
    """An instrument; source_offset: of the record that first held these values."""

    symbol: str
    feed: str
    tick_size: float
    lot: float
    currency: str
    sector: str | None
    calendar: str
    first_day: date | None
    last_day: date | None
    source_offset: int


class ListingRow(NamedTuple):
    """What was said of an instrument; known_at: the record's time."""

    symbol: str
    feed: str
    source_offset: int
    known_at: datetime
    sector: str | None
    calendar: str
    first_day: date | None
    last_day: date | None


Key = tuple[str, str]


def key_of(event: Event) -> Key:
    """The key of the row that an event changes."""
    assert isinstance(event, InstrumentListed)
    return event.symbol, event.feed


def advance(row: InstrumentRow | None, event: Event, offset: int) -> InstrumentRow:
    """The row after an event at that offset; a repeat changes nothing."""
    assert isinstance(event, InstrumentListed)
    found = InstrumentRow(
        symbol=event.symbol,
        feed=event.feed,
        tick_size=event.tick_size,
        lot=event.lot,
        currency=event.currency,
        sector=event.sector,
        calendar=event.calendar,
        first_day=event.first_day,
        last_day=event.last_day,
        source_offset=offset,
    )
    return row if row is not None and row[:-1] == found[:-1] else found


def listing_row(event: Event, offset: int, at_ms: int) -> ListingRow:
    """The row of the event in a record at that offset, of that time."""
    assert isinstance(event, InstrumentListed)
    return ListingRow(
        symbol=event.symbol,
        feed=event.feed,
        source_offset=offset,
        known_at=utc(at_ms * 1000),
        sector=event.sector,
        calendar=event.calendar,
        first_day=event.first_day,
        last_day=event.last_day,
    )


FOLD = RowFold(InstrumentRow._make, key_of, advance)
