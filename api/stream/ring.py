"""The newest events of the log, encoded once for all clients, in one process's order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from api.stream.events import StreamEvent, sse_id
from api.stream.vector import Partition, Vector

EVENTS_MAX = 16_384
BYTES_MAX = 64 * 1024 * 1024

Slot = tuple[StreamEvent, bytes]
"""An event and its `id:` line, that says how far this process had come with it."""


class Ring:
    """Events by sequence number: first ≤ number < end; the oldest make room for new ones.

    starts: the offsets from which this process reads the log.
    """

    def __init__(self, events_max: int = EVENTS_MAX, bytes_max: int = BYTES_MAX) -> None:
        self._slots: list[Slot | None] = [None] * events_max
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

    def append(self, event: StreamEvent) -> None:
        """Take an event in; its offset is above all of its partition before."""
        self.vector.advance(event.partition, event.offset + 1)
        if self.end - self.first == len(self._slots):
            self._drop()
        self._slots[self.end % len(self._slots)] = (event, sse_id(self.vector.text))
        self._bytes += len(event.body)
        self.end += 1
        while self._bytes > self._bytes_max and self.end - self.first > 1:
            self._drop()

    def _drop(self) -> None:
        index = self.first % len(self._slots)
        slot = self._slots[index]
        assert slot is not None
        event, _ = slot
        self._slots[index] = None
        self._bytes -= len(event.body)
        self.floor.advance(event.partition, event.offset + 1)
        self.first += 1

    def since(self, number: int) -> Iterator[Slot]:
        """The events from a sequence number on, oldest first."""
        assert self.first <= number <= self.end
        size = len(self._slots)
        for index in range(number, self.end):
            slot = self._slots[index % size]
            assert slot is not None
            yield slot

    def covers(self, had: Mapping[Partition, int], partitions: Iterable[Partition]) -> bool:
        """Whether all that a client lacks of these partitions is here.

        had: the offset, per partition, below which the client has everything.
        """
        return all(self.floor[partition] <= had.get(partition, 0) for partition in partitions)
