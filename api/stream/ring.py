"""The newest events of the log, encoded once for all clients, in one process's order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from api.stream.events import StreamEvent, sse_id
from api.stream.vector import Partition, Vector

EVENTS_MAX = 16_384
BYTES_MAX = 64 * 1024 * 1024

Slot = tuple[StreamEvent, bytes]
"""An event and its `id:` line, that says how far this process had come with it."""

UNSPELLED = b""


class Ring:
    """Events by sequence number: first ≤ number < end; the oldest make room for new ones.

    Lines are spelled when somebody reads: without clients, events cost next to nothing.
    """

    def __init__(self, events_max: int = EVENTS_MAX, bytes_max: int = BYTES_MAX) -> None:
        self._slots: list[Slot | None] = [None] * events_max
        self._spelled = Vector()
        self._spelled_first = 0
        self._spelled_end = 0
        """Events from the one to before the other have their lines; `_spelled` is how far the
        last of them had come."""
        self._bytes = 0
        self._bytes_max = bytes_max
        self.first = 0
        self.end = 0
        self.floor = Vector()
        """What a client must have had for the ring to hold all the rest."""
        self.vector = Vector()
        """How far the newest event has come."""

    def begin(self, starts: Mapping[Partition, int]) -> None:
        """Read on from `starts`: what lies below is not in the ring."""
        assert self.end == 0, "a ring begins once"
        self.floor = Vector(starts)
        self.vector = Vector(starts)
        self._spelled = Vector(starts)

    def append(self, event: StreamEvent) -> None:
        """Take an event in; its offset is above all of its partition before."""
        self.vector.advance(event.partition, event.offset + 1)
        if self.end - self.first == len(self._slots):
            self._drop()
        self._slots[self.end % len(self._slots)] = (event, UNSPELLED)
        self._bytes += len(event.value)
        self.end += 1
        while self._bytes > self._bytes_max and self.end - self.first > 1:
            self._drop()

    def forget(self) -> None:
        """Drop all events: who lacks some reads them on the log."""
        while self.first < self.end:
            self._drop()

    def _drop(self) -> None:
        index = self.first % len(self._slots)
        slot = self._slots[index]
        assert slot is not None
        event, _ = slot
        self._slots[index] = None
        self._bytes -= len(event.value)
        self.floor.advance(event.partition, event.offset + 1)
        self.first += 1

    def since(self, number: int) -> Iterator[Slot]:
        """The events from a sequence number on, oldest first."""
        assert self.first <= number <= self.end
        self._go_to(number)
        for index in range(number, self.end):
            while self._spelled_end <= index:
                self._spell_next()
            yield self._slot(index)

    def _go_to(self, number: int) -> None:
        """Have the lines from `number` on, or be ready to spell them."""
        if number < self._spelled_first or self._spelled_end < self.first:
            self._spelled = self.floor.copy()
            self._spelled_first = self._spelled_end = self.first
        if number > self._spelled_end:
            for index in range(self._spelled_end, number):
                event, _ = self._slot(index)
                self._spelled.advance(event.partition, event.offset + 1)
            self._spelled_first = self._spelled_end = number

    def _spell_next(self) -> None:
        event, _ = self._slot(self._spelled_end)
        self._spelled.advance(event.partition, event.offset + 1)
        line = sse_id(self._spelled.text)
        self._slots[self._spelled_end % len(self._slots)] = (event, line)
        self._spelled_end += 1

    def _slot(self, index: int) -> Slot:
        slot = self._slots[index % len(self._slots)]
        assert slot is not None
        return slot

    def covers(self, had: Mapping[Partition, int], partitions: Iterable[Partition]) -> bool:
        """Whether all that a client lacks of these partitions is here.

        had: the offset, per partition, below which the client has everything.
        """
        return all(self.floor[partition] <= had.get(partition, 0) for partition in partitions)
