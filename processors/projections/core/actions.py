"""SplitDeclared, DividendDeclared → the row of `actions`: what is last declared of a day."""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple

from processors.projections.core.fold import RowFold
from schemas.events.actions import Action, SplitDeclared
from schemas.events.base import Event


class ActionRow(NamedTuple):
    """A split, which has a ratio, or a dividend, which has an amount; source_offset: of the record
    that first held these values."""

    symbol: str
    feed: str
    ex_date: date
    type: Literal["split", "dividend"]
    number: int
    ratio: float | None
    amount: float | None
    currency: str | None
    source_offset: int


Key = tuple[str, str, date, str, int]


def row_of(event: Action, offset: int) -> ActionRow:
    """The row of an action by itself."""
    if isinstance(event, SplitDeclared):
        return ActionRow(
            *(event.symbol, event.feed, event.ex_date, "split", 1),
            *(event.ratio, None, None),
            offset,
        )
    return ActionRow(
        *(event.symbol, event.feed, event.ex_date, "dividend", event.number),
        *(None, event.amount, event.currency),
        offset,
    )


def key_of(event: Event) -> Key:
    """The key of the row that an event changes."""
    assert isinstance(event, Action)
    return row_of(event, 0)[:5]


def advance(row: ActionRow | None, event: Event, offset: int) -> ActionRow:
    """The row after an event at that offset; a repeat changes nothing."""
    assert isinstance(event, Action)
    found = row_of(event, offset)
    return row if row is not None and row[:-1] == found[:-1] else found


FOLD = RowFold(ActionRow._make, key_of, advance)
