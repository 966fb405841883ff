"""A row as the fold of the events about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from schemas.events.base import Event

Row = TypeVar("Row", bound=tuple[Any, ...])


@dataclass(frozen=True, slots=True)
class RowFold(Generic[Row]):
    """make: a row from its columns; key_of: the key of the row that an event changes;
    advance: the row after an event at an offset, None while there is none; where the fold is
    timed, it is given the record's time in ms since 1970 instead of the offset."""

    make: Callable[[Iterable[Any]], Row]
    key_of: Callable[[Event], tuple[Any, ...]]
    advance: Callable[[Row | None, Event, int], Row | None]
    timed: bool = False
