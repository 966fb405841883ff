"""A log in memory: records in the shape of a client's, by topic and partition."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from schemas.events.base import Event
from streams.catalog import Topic
from streams.codec import Headers, encode
from streams.producer import partition_of

PARTITIONS = 4


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A record as a client hands it over."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp: int = 0


@dataclass
class MemoryLog:
    """Partitions in memory; offsets count from 0 without holes."""

    topics: dict[str, dict[int, list[LogRecord]]] = field(
        default_factory=lambda: defaultdict(lambda: {p: [] for p in range(PARTITIONS)})
    )

    def append(
        self,
        topic: Topic,
        event: Event,
        key: str,
        partition: int | None = None,
        at_ms: int = 0,
    ) -> LogRecord:
        """Write an event to its key's partition, or to another one by mistake."""
        outgoing = encode(event, key=key, event_id="e", source="test", ts_us=0)
        right = partition_of(key.encode(), PARTITIONS) if partition is None else partition
        return self.raw(topic, right, outgoing.key, outgoing.value, outgoing.headers, at_ms)

    def raw(
        self,
        topic: Topic,
        partition: int,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = [],  # noqa: B006  # never changed
        at_ms: int = 0,
    ) -> LogRecord:
        records = self.topics[topic.name][partition]
        record = LogRecord(topic.name, partition, len(records), key, value, headers, at_ms)
        records.append(record)
        return record

    def names(self) -> list[tuple[str, int]]:
        """Every partition that has records."""
        return [
            (t, p) for t, parts in self.topics.items() for p, records in parts.items() if records
        ]
