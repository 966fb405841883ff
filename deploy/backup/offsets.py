"""How a partition is written anew so that each record has the offset that it had.

Consumes records in the order of their offsets, which may have gaps; produces steps. What retention
has deleted at the beginning is filled, and what filled it deleted. In the middle offsets are
missing where a transaction of a foreign producer ended: its marker took one. A marker is had again
by writing an earlier record in a transaction, and ending that at the gap; so a gap of n needs n
records before it that no other gap needs. Wider gaps can't be made again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

WINDOW = 512
"""Records that are held back, for gaps to come: so many others may have come, each in a transaction
of its own, while one was open."""


class Placed(Protocol):
    """Something with an offset."""

    @property
    def offset(self) -> int: ...


class GapError(ValueError):
    """Offsets are missing that can't be left out again."""

    def __init__(self, offset: int, width: int) -> None:
        super().__init__(f"{width} offsets are missing at {offset}")
        self.offset = offset
        self.width = width


@dataclass(slots=True)
class Write:
    """Write a record; `marker`: the transaction to write it in, by the marker's offset."""

    record: Placed
    marker: int | None = None


@dataclass(slots=True)
class Mark:
    """End the transactions of these markers, which lie at these offsets, in this order."""

    markers: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Filler:
    """Takes an offset before the first record, until that is written; it may carry a marker too."""

    offset: int


def with_fillers(records: Iterable[Placed], first: int) -> Iterator[Placed]:
    """The records behind as many fillers as may be of use; the first record lies at `first`."""
    yield from map(Filler, range(max(first - WINDOW, 0), first))
    yield from records


def steps(records: Iterable[Placed], end: int) -> Iterator[Write | Mark]:
    """What to do in order, from the first record on, up to the offset `end`. Raises GapError."""
    held: deque[Write | Mark] = deque()
    expected: int | None = None
    for record in records:
        if expected is not None and record.offset != expected:
            held.append(_mark(held, expected, record.offset))
        held.append(Write(record))
        expected = record.offset + 1
        if len(held) > WINDOW:
            yield held.popleft()
    if expected is not None and expected != end:
        held.append(_mark(held, expected, end))
    yield from held


def _mark(held: deque[Write | Mark], begin: int, end: int) -> Mark:
    """The end of as many transactions as offsets are missing; the records before it carry them."""
    free = [step for step in held if isinstance(step, Write) and step.marker is None]
    markers = list(range(begin, end))
    if end < begin or len(markers) > len(free):
        raise GapError(begin, end - begin)
    for step, marker in zip(free[-len(markers) :], markers, strict=True):
        step.marker = marker
    return Mark(markers)
