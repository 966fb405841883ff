"""A record of the log as an event of the stream: what filters ask for, and its bytes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from api.stream.vector import Partition, Vector
from schemas.events.base import Event, SeriesEvent
from schemas.events.market import BarClosed
from streams.bars import BarDecoder
from streams.catalog import BARS, BY_NAME, EVENT_TOPICS
from streams.codec import RecordError, decode, header
from streams.marks import Mark
from streams.records import Record


class Labels(msgspec.Struct, frozen=True, gc=False):
    """The fields of an event that filters and marks need, read without the rest."""

    feed: str | None = None
    symbol: str | None = None
    strategy_id: str | None = None
    conversation_id: str | None = None
    source_offset: int = -1
    seq: int = -1

    @property
    def mark(self) -> Mark:
        """Where a derived record stands in its partition; (-1, -1) for any other record."""
        return (self.source_offset, self.seq)


_labels = msgspec.json.Decoder(Labels).decode


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
    """Reads the records of every topic; remembers the keys of bars that it has checked.

    partitions: how many each topic has.
    """

    def __init__(self, partitions: int) -> None:
        self._bars = [BarDecoder(partition, partitions) for partition in range(partitions)]

    def read(self, record: Record) -> Found | None:
        """The event of a record; None for a record that is no event: the agents dead-letter it.

        What people and sources write is decoded in full, since anybody may write it; what our
        own agents derive from bars is only looked at, at a fifth of the cost.
        """
        try:
            if record.topic == BARS.name:
                return self._bar(record), None
            derived = DERIVED_FROM_BARS.get(record.topic)
            return decoded(record) if derived is None else (looked_at(record, derived), None)
        except (RecordError, msgspec.MsgspecError):
            return None

    def _bar(self, record: Record) -> StreamEvent:
        bar = self._bars[record.partition].read(record)
        labels = Labels(feed=bar.feed, symbol=bar.symbol)
        return streamed(BarClosed.__name__, labels, record)


def decoded(record: Record) -> Found | None:
    """The event of a record that anybody may have written. Raises RecordError."""
    event = decode(record.value, record.headers, BY_NAME[record.topic].events)
    if isinstance(event, SeriesEvent) and record.key != event.series.key.encode():
        return None
    return streamed(type(event).__name__, _labels(record.value or b""), record), event


def looked_at(record: Record, kinds: Mapping[bytes, str]) -> StreamEvent:
    """The event of a record that an agent of ours derived from bars.

    kinds: names of the topic's events by `ce_type`. Raises RecordError, MsgspecError.
    """
    kind = kinds.get(header(record.headers, "ce_type") or b"")
    if record.value is None or kind is None:
        raise RecordError("malformed", f"no event of {record.topic}")
    return streamed(kind, _labels(record.value), record)


def streamed(kind: str, labels: Labels, record: Record) -> StreamEvent:
    """A record as an event of the stream."""
    assert record.value is not None
    return StreamEvent(kind, labels, (record.topic, record.partition), record.offset, record.value)


DERIVED_FROM_BARS: Mapping[str, Mapping[bytes, str]] = {
    topic.name: {event.event_type().encode(): event.__name__ for event in topic.events}
    for topic in EVENT_TOPICS
    if topic.derived_from == BARS.name
}
"""The topics of which every event is derived from bars, by agents of ours: names of their events
by `ce_type`."""


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


def sse_comment(text: str) -> bytes:
    """A comment: clients ignore it, and the connection shows that it lives."""
    return b": %s\n\n" % text.encode()
