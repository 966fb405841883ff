"""A record of the log as an event of the stream: what filters ask for, and its bytes."""

from __future__ import annotations

import msgspec
from sse_starlette.event import ServerSentEvent

from api.stream.derived import DERIVED, DerivedReader
from api.stream.vector import Partition, Vector
from schemas.events.base import Event
from schemas.events.market import BarClosed
from streams.admission import admit
from streams.bars import BarDecoder
from streams.catalog import BARS, BY_NAME
from streams.codec import RecordError
from streams.marks import Mark
from streams.records import Record


class Labels(msgspec.Struct, frozen=True, gc=False):
    """The fields of an event that filters and marks need."""

    feed: str | None = None
    symbol: str | None = None
    strategy_id: str | None = None
    conversation_id: str | None = None
    source_offset: int = -1
    seq: int = -1
    request_id: str | None = None
    screen_id: str | None = None

    @property
    def mark(self) -> Mark:
        """Where a derived record stands in its partition; (-1, -1) for any other record."""
        return (self.source_offset, self.seq)


def labels_of(event: Event) -> Labels:
    """The labels that an event has, of the model: its JSON may have a number as a string."""
    names = [name for name in Labels.__struct_fields__ if name in type(event).model_fields]
    return Labels(**{name: getattr(event, name) for name in names})


class StreamEvent(msgspec.Struct, frozen=True, gc=False):
    """One event. value: its JSON, as it lies on the log."""

    kind: str
    labels: Labels
    partition: Partition
    offset: int
    value: bytes

    @property
    def body(self) -> bytes:
        """Its SSE fields but for the id, with the blank line that ends it."""
        return sse_body(self.kind, self.value)


Found = tuple[StreamEvent, Event | None]
"""An event of the stream, and its model where the record was decoded in full."""


class EventReader:
    """Reads the records of every topic; remembers the keys of series that it has checked.

    partitions: how many each topic has.
    """

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._bars = [BarDecoder(partition, partitions) for partition in range(partitions)]
        self._derived = {topic: DerivedReader(topic, partitions) for topic in DERIVED}

    def read(self, record: Record) -> Found | None:
        """The event of a record; None for a record that is no event: the agents dead-letter it."""
        try:
            if record.topic == BARS.name:
                return self._bar(record), None
            quick = self._derived.get(record.topic)
            return (quick and self._looked_at(record, quick)) or self._admitted(record)
        except RecordError:
            return None

    def _bar(self, record: Record) -> StreamEvent:
        bar = self._bars[record.partition].read(record)
        labels = Labels(feed=bar.feed, symbol=bar.symbol)
        return streamed(BarClosed.__name__, labels, record)

    def _looked_at(self, record: Record, reader: DerivedReader) -> Found | None:
        """The event of the two topics that hold most of the log, at a fifth of the cost."""
        event = reader.read(record)
        if event is None:
            return None
        strategy_id = getattr(event, "strategy_id", None)
        labels = Labels(event.feed, event.symbol, strategy_id, None, event.source_offset, event.seq)
        return streamed(reader.kind, labels, record), None

    def _admitted(self, record: Record) -> Found:
        event = admit(record, BY_NAME[record.topic], self._partitions)
        return streamed(type(event).__name__, labels_of(event), record), event


def streamed(kind: str, labels: Labels, record: Record) -> StreamEvent:
    """A record as an event of the stream."""
    assert record.value is not None
    return StreamEvent(kind, labels, (record.topic, record.partition), record.offset, record.value)


def is_derived(topic: str) -> bool:
    """Whether the topic may hold repeats, told by their marks."""
    return BY_NAME[topic].derived_from is not None


def sse_body(kind: str, value: bytes) -> bytes:
    """`event:` and `data:` lines and the blank line that ends the event (HTML §9.2.6).

    JSON that its producer wrote over several lines becomes one data line each.
    """
    if b"\n" in value or b"\r" in value:
        value = b"\ndata: ".join(value.splitlines())
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), value)


def sse_id(text: str) -> bytes:
    """An `id:` line."""
    return b"id: %s\n" % text.encode()


def vector_of(id_line: bytes) -> Vector:
    """The vector that `sse_id` spelled."""
    return Vector.parse(id_line[len(b"id: ") : -1].decode())


def sse_greeting(retry_ms: int) -> bytes:
    """What follows the id of a stream's first block: clients shall reconnect after retry_ms."""
    return ServerSentEvent(comment="stream", retry=retry_ms, sep="\n").encode()


PING = ServerSentEvent(comment="ping", sep="\n").encode()
"""A comment: clients ignore it, and the connection shows that it lives."""
