"""InstrumentListed → the row of `instruments`: by which rules it can be traded, as last listed."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from processors.projections.core.fold import RowFold
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


FOLD = RowFold(InstrumentRow._make, key_of, advance)
