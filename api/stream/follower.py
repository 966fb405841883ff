"""One client's place in the ring, and what is to be sent to it next.

A client that resumes brings a vector that another process, or this one before a restart,
made in another order. It is walked through the ring from the oldest event: what the vector
has is left out, and each event sent carries the client's own vector. Once the ring's vector
has come up to the client's in every partition, both are equal, and from there on the client
gets the bytes that everybody gets.
"""

from __future__ import annotations

from api.stream.events import sse_id, vector_of
from api.stream.filters import Filter
from api.stream.ring import Ring
from api.stream.vector import Vector

CHUNK_BYTES_MAX = 256 * 1024

Shared = dict[tuple[Filter, int], tuple[bytes, int]]
"""What clients with the same filter at the same place get: the bytes, and the place behind
them. Made anew at each tick."""


class Follower:
    """Starts at the end of the ring, or, with a vector, behind what that covers."""

    def __init__(self, ring: Ring, wanted: Filter, resume: Vector | None = None) -> None:
        self._ring = ring
        self._filter = wanted
        self._own: Vector | None = None
        self.number = ring.end
        if resume is not None:
            self._join(resume)

    def _join(self, resume: Vector) -> None:
        """Stand before the first event that `resume` lacks."""
        self.number, before = self._ring.first, self._ring.floor
        id_line: bytes | None = None
        for event, line in self._ring.since(self.number):
            if event.offset >= resume[event.partition]:
                break
            self.number += 1
            id_line = line
        if id_line is not None:
            before = vector_of(id_line)
        self._ahead = {p for p, offset in resume.offsets.items() if offset > before[p]}
        if self._ahead:
            self._own = before.copy()
            for partition in self._ahead:
                self._own.advance(partition, resume[partition])

    @property
    def behind(self) -> bool:
        """Whether the ring holds events that this client was not yet given."""
        return self.number < self._ring.end

    @property
    def lost(self) -> bool:
        """Whether events that it lacks have left the ring."""
        return self.number < self._ring.first

    @property
    def id_line(self) -> bytes:
        """The id of a client that was given all; resuming there misses and repeats nothing."""
        return sse_id((self._own or self._ring.vector).text)

    def take(self, shared: Shared) -> bytes:
        """The next bytes, about CHUNK_BYTES_MAX at most, empty when nothing passes the filter."""
        if self._own is not None:
            return self._take_own(self._own)
        key = (self._filter, self.number)
        if key not in shared:
            shared[key] = self._collect()
        data, self.number = shared[key]
        return data

    def _collect(self) -> tuple[bytes, int]:
        pieces: list[bytes] = []
        number, size = self.number, 0
        for event, id_line in self._ring.since(self.number):
            number += 1
            if self._filter.matches(event):
                pieces += (id_line, event.body)
                size += len(event.value)
                if size >= CHUNK_BYTES_MAX:
                    break
        return b"".join(pieces), number

    def _take_own(self, own: Vector) -> bytes:
        pieces: list[bytes] = []
        size = 0
        for event, _ in self._ring.since(self.number):
            self.number += 1
            had = event.offset < own[event.partition]
            if not had:
                own.advance(event.partition, event.offset + 1)
            if event.offset + 1 >= own[event.partition]:
                self._ahead.discard(event.partition)
            if not had and self._filter.matches(event):
                pieces += (sse_id(own.text), event.body)
                size += len(event.value)
            if not self._ahead:
                self._own = None
                break
            if size >= CHUNK_BYTES_MAX:
                break
        return b"".join(pieces)
