"""Serves a client from Kafka until the ring holds all that it lacks.

The last record that the client has of each derived partition is read again for its mark,
so that the repeats behind it are told from what is new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition

from api.stream.events import EventReader, is_derived, sse_id
from api.stream.filters import Filter
from api.stream.ring import Ring
from api.stream.vector import Partition, Vector
from streams.marks import HighWaterMarks
from streams.reader import LogReader
from streams.records import Record
from streams.settings import Settings

BATCH_RECORDS_MAX = 500


class CatchUp:
    """One client's way from its vector up to the ring.

    partitions: those that hold events which can pass the filter; no others are read.
    """

    def __init__(
        self, settings: Settings, wanted: Filter, resume: Vector, partitions: Sequence[Partition]
    ) -> None:
        self.vector = resume.copy()
        self._filter = wanted
        self._marks = HighWaterMarks()
        self._events = EventReader(settings.kafka.partitions)
        self._had = {partition: resume[partition] for partition in partitions}
        starts = {TopicPartition(*p): _first_needed(p, offset) for p, offset in self._had.items()}
        self._reader = LogReader(settings, starts)

    @property
    def had(self) -> Mapping[Partition, int]:
        """Per partition, the offset below which the client has everything."""
        return self._had

    async def __aenter__(self) -> CatchUp:
        try:
            await self._reader.start()
        except BaseException:
            await self._reader.stop()
            raise
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._reader.stop()

    def meets(self, ring: Ring) -> bool:
        """Whether the ring holds all that is still lacking."""
        return ring.covers(self._had, self._had)

    async def read(self) -> bytes:
        """The next events as bytes; empty when none of those read passes the filter."""
        batches = await self._reader.batches(records_max=BATCH_RECORDS_MAX)
        data = b"".join(self.take(record) for records in batches.values() for record in records)
        for tp in batches:
            partition = (tp.topic, tp.partition)
            self._had[partition] = max(self._had[partition], await self._reader.position(tp))
        return data

    def take(self, record: Record) -> bytes:
        """What the client gets of one record, nothing of one that it had or doesn't want."""
        found = self._events.read(record)
        if found is None:
            return b""
        event, _ = found
        if is_derived(record.topic) and not self._marks.rises(*event.partition, event.labels.mark):
            return b""
        if event.offset < self.vector[event.partition]:
            return b""
        self.vector.advance(event.partition, event.offset + 1)
        return sse_id(self.vector.text) + event.body if self._filter.matches(event) else b""


def _first_needed(partition: Partition, next_offset: int) -> int:
    return max(0, next_offset - 1) if is_derived(partition[0]) else next_offset
