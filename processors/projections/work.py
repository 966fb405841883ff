"""What every projection of a topic is: raw records in, one piece of work for a transaction out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from processors.projections.sink import Connection, Position
from schemas.events.base import DerivedEvent, Event
from streams.admission import admit
from streams.bars import Rejection
from streams.catalog import Topic
from streams.codec import RecordError
from streams.marks import NO_MARK, Mark
from streams.records import Record

Write = Callable[[Connection], Awaitable[None]]
"""Writes rows in the transaction it is given."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a batch means to the database.

    mark: the highest of a derived topic
    after it; rejections: records to be dead-lettered first.
    """

    write: Write
    rejections: Sequence[Rejection] = ()
    mark: Mark = NO_MARK


class Projection(Protocol):
    """One partition of one topic."""

    async def load(self, connection: Connection, position: Position) -> None:
        """Restore from the database what `prepare` relies on."""

    def prepare(self, records: Sequence[Record], mark: Mark) -> Work:
        """The work of records in offset order, none of them seen before."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """Events with their records, in order, and the records that are none."""

    events: list[tuple[Record, Event]]
    rejections: list[Rejection]
    mark: Mark


def admit_all(records: Sequence[Record], topic: Topic, partitions: int, mark: Mark) -> Admitted:
    """The events that count: repeats of a derived topic do not."""
    events: list[tuple[Record, Event]] = []
    rejections: list[Rejection] = []
    for record in records:
        try:
            event = admit(record, topic, partitions)
        except RecordError as error:
            rejections.append(Rejection(record, error.reason, error.message))
            continue
        if isinstance(event, DerivedEvent):
            found = (event.source_offset, event.seq)
            if found <= mark:
                continue
            mark = found
        events.append((record, event))
    return Admitted(events, rejections, mark)
