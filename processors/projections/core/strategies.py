"""StrategyEdited, StrategyDeleted → the row of `strategies`: a strategy as last written."""

from __future__ import annotations

from typing import NamedTuple

from processors.projections.core.fold import RowFold
from schemas.events.base import Event
from schemas.events.strategies import StrategyDeleted, StrategyEdited


class StrategyRow(NamedTuple):
    """A strategy; edited_offset: of the newest edit or deletion, on the edits topic."""

    strategy_id: str
    name: str
    author: str
    source: str
    last_edit_id: str
    deleted: bool
    edited_offset: int


Key = tuple[str]


def key_of(event: Event) -> Key:
    """The key of the row that an event changes."""
    assert isinstance(event, StrategyEdited | StrategyDeleted)
    return (event.strategy_id,)


def advance(row: StrategyRow | None, event: Event, offset: int) -> StrategyRow | None:
    """The row after an event at that offset; None while there is none."""
    if isinstance(event, StrategyEdited):
        return StrategyRow(
            strategy_id=event.strategy_id,
            name=event.name,
            author=event.author,
            source=event.source,
            last_edit_id=event.edit_id,
            deleted=False,
            edited_offset=offset,
        )
    assert isinstance(event, StrategyDeleted)
    if row is None:
        return None
    return row._replace(last_edit_id=event.edit_id, deleted=True, edited_offset=offset)


FOLD = RowFold(StrategyRow._make, key_of, advance)
