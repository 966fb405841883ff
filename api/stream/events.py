"""A record of the log as an event of the stream: what filters ask for, and its bytes."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from api.stream.vector import Partition, Vector
from schemas.events.base import Event, SeriesEvent
from streams.catalog import BY_NAME, EVENT_TYPES, Topic
from streams.codec import RecordError, decode, header
from streams.marks import Mark
from streams.records import Record


class Labels(msgspec.Struct, frozen=True):
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


_labels = msgspec.json.Decoder(Labels)


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event. body: its SSE fields but for the id, with the blank line that ends it."""

    kind: str
    labels: Labels
    partition: Partition
    offset: int
    body: bytes


def read_event(record: Record) -> tuple[StreamEvent, Event | None] | None:
    """The event of a record, and its model where the record was decoded in full.

    What people and sources write is decoded in full, since anybody may write it; what our
    own agents derive from bars is only looked at, at a fifth of the cost. None for a
    record that is no event: the agents dead-letter it.
    """
    topic = BY_NAME[record.topic]
    if record.value is None:
        return None
    try:
        event = None if _is_plain(topic) else decode(record.value, record.headers, topic.events)
        labels = _labels.decode(record.value)
    except (RecordError, msgspec.MsgspecError):
        return None
    kind = type(event) if event is not None else _kind(record, topic)
    if kind is None or (isinstance(event, SeriesEvent) and record.key != event.series.key.encode()):
        return None
    body = sse_body(kind.__name__, record.value)
    partition = (record.topic, record.partition)
    return StreamEvent(kind.__name__, labels, partition, record.offset, body), event


def _is_plain(topic: Topic) -> bool:
    """Whether every event of the topic is derived from bars, by an agent of ours."""
    return topic.derived_from is not None and all(
        issubclass(event, SeriesEvent) for event in topic.events
    )


def _kind(record: Record, topic: Topic) -> type[Event] | None:
    found = EVENT_TYPES.get((header(record.headers, "ce_type") or b"").decode(errors="replace"))
    return found if found in topic.events else None


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
