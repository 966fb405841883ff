"""Reads the log without a consumer group: all partitions, from where the caller says."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaTimeoutError

from streams.catalog import OWNED_TOPICS
from streams.keyring import keyring_of
from streams.records import Record
from streams.sealing import as_it_lies
from streams.settings import Settings
from streams.topics import MESSAGE_BYTES_MAX
from streams.unpacking import unpack_quickly

unpack_quickly()

SILENCE_MAX_S = 60.0
"""aiokafka itself would wait for a broker for ever."""

Batches = Mapping[TopicPartition, Sequence[Record]]


class LogCutShortError(RuntimeError):
    """A partition ends before an offset that was read from it already: it lost records, or its
    topic was deleted and made again. What comes next would be taken for what is known."""

    def __init__(self, topic: str, partition: int, end: int, known: int) -> None:
        super().__init__(
            f"{topic}/{partition} ends at offset {end}, and what was made of it stands at {known}:"
            " its broker lost records, or the topic was deleted and made again; restore it from a"
            " backup before anything goes on"
        )


class LogReader:
    """Follows partitions by itself; nothing is committed. What is sealed is opened.

    starts: the offset to begin at, per partition; END_OF_LOG begins behind the last record.
    """

    END_OF_LOG = -1

    def __init__(self, settings: Settings, starts: Mapping[TopicPartition, int]) -> None:
        self._starts = dict(starts)
        self._settings = settings
        self._consumer: Any = None

    async def start(self) -> None:
        """Raises LogCutShortError where a partition ends before its start."""
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.bootstrap_servers,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=500,
            max_partition_fetch_bytes=MESSAGE_BYTES_MAX,
        )
        try:
            await self._consumer.start()
            await self._seek()
        except BaseException:
            await self._consumer.stop()
            raise

    async def _seek(self) -> None:
        self._consumer.assign(list(self._starts))
        asked = [tp for tp, offset in self._starts.items() if offset != 0]
        ends = await self._consumer.end_offsets(asked) if asked else {}
        for tp, offset in self._starts.items():
            end = ends.get(tp, 0)
            if offset > end:
                raise LogCutShortError(tp.topic, tp.partition, end, offset)
            self._consumer.seek(tp, end if offset == self.END_OF_LOG else offset)

    async def stop(self) -> None:
        await self._consumer.stop()

    async def batches(self, timeout_s: float = 0.5, records_max: int | None = None) -> Batches:
        """What has come since the last call; waits up to timeout_s for the first record."""
        fetched: Batches = await self._consumer.getmany(
            timeout_ms=int(timeout_s * 1000), max_records=records_max
        )
        return {
            tp: await opened(self._settings, tp.topic, records) for tp, records in fetched.items()
        }

    async def ends(self) -> dict[TopicPartition, int]:
        """The offset behind the last record of each partition, now."""
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(list(self._starts))
        return ends

    async def begins(self) -> dict[TopicPartition, int]:
        """The first offset that is still there, per partition."""
        begins: dict[TopicPartition, int] = await self._consumer.beginning_offsets(
            list(self._starts)
        )
        return begins

    def pause(self, tp: TopicPartition) -> None:
        """Read no further of a partition."""
        self._consumer.pause(tp)

    async def position(self, tp: TopicPartition) -> int:
        """The offset that is read next."""
        position: int = await self._consumer.position(tp)
        return position

    async def to_end(self) -> AsyncIterator[Batches]:
        """All records up to the ends as they are now, then stop.

        Compacted or transactional gaps are no obstacle: the position tells, not the records.
        Raises KafkaTimeoutError where the broker goes away meanwhile, and stays away.
        """
        ends = await self.ends()
        heard_s, before = time.monotonic(), -1
        while True:
            positions = {tp: await self.position(tp) for tp in ends}
            if all(positions[tp] >= end for tp, end in ends.items()):
                return
            if (reached := sum(positions.values())) != before:
                heard_s, before = time.monotonic(), reached
            elif time.monotonic() - heard_s > SILENCE_MAX_S:
                raise KafkaTimeoutError(f"the broker gave nothing for {SILENCE_MAX_S:g} s")
            yield await self.batches()


async def opened(settings: Settings, topic: str, records: Sequence[Record]) -> Sequence[Record]:
    """Records of a topic, or of a fork's topic of that name, as they were before they were
    sealed."""
    if not topic.endswith(OWNED_TOPICS):
        return records
    return await keyring_of(settings).opened(records)


class LogBounds:
    """Asks where partitions begin and end, over a connection of its own.

    A broker answers a connection's requests in order, so a reader's own are held up by its
    waiting for new records, for half a second as a rule.
    """

    def __init__(self, settings: Settings, partitions: Sequence[TopicPartition]) -> None:
        self._partitions = list(partitions)
        self._consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=settings.bootstrap_servers, group_id=None, enable_auto_commit=False
        )

    async def start(self) -> None:
        try:
            await self._consumer.start()
        except BaseException:
            await self._consumer.stop()
            raise

    async def stop(self) -> None:
        await self._consumer.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def begins(self) -> dict[TopicPartition, int]:
        """The first offset that is still there, per partition."""
        begins: dict[TopicPartition, int] = await self._consumer.beginning_offsets(self._partitions)
        return begins

    async def ends(self) -> dict[TopicPartition, int]:
        """The offset behind the last record of each partition, now."""
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(self._partitions)
        return ends

    async def from_time(self, timestamp_ms: int) -> dict[TopicPartition, int]:
        """The first offset of a record that is no older, per partition; the end where none is."""
        ends = await self.ends()  # first: what comes meanwhile lies behind
        wanted = dict.fromkeys(self._partitions, max(timestamp_ms, 0))
        found = await self._consumer.offsets_for_times(wanted)
        return {tp: ends[tp] if found[tp] is None else found[tp].offset for tp in self._partitions}


class SpotReader:
    """Reads single records, wherever they lie, over one connection."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=settings.bootstrap_servers,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=10,  # at a partition's end a fetch would hold up the next one
            max_partition_fetch_bytes=64 * 1024,  # a larger batch comes all the same
        )

    async def start(self) -> None:
        await self._consumer.start()

    async def stop(self) -> None:
        await self._consumer.stop()

    async def at(self, tp: TopicPartition, offset: int) -> Record | None:
        """The record at an offset; None when there is none.

        Raises KafkaTimeoutError where the broker goes away meanwhile, and stays away.
        """
        begin = (await self._consumer.beginning_offsets([tp]))[tp]
        end = (await self._consumer.end_offsets([tp]))[tp]
        if not begin <= offset < end:
            return None
        self._consumer.assign([tp])
        self._consumer.seek(tp, offset)
        heard_s = time.monotonic()
        while await self._consumer.position(tp) <= offset:
            found = await self._consumer.getmany(tp, timeout_ms=500, max_records=1)
            for record in found.get(tp, ()):
                return await self.opened(record) if record.offset == offset else None
            if time.monotonic() - heard_s > SILENCE_MAX_S:
                raise KafkaTimeoutError(f"the broker gave nothing for {SILENCE_MAX_S:g} s")
        return None  # a transaction's marker

    async def opened(self, record: Record) -> Record:
        """A record, as it was before it was sealed."""
        (found,) = await keyring_of(self._settings).opened([record])
        return found

    async def owner_of(self, record: Record) -> str | None:
        """The person under whose key a record lies on the log; None for nobody."""
        await keyring_of(self._settings).opened([as_it_lies(record)])  # so that its key is known
        return keyring_of(self._settings).owner_of(as_it_lies(record))


def partitions_of(topic: str, count: int) -> list[TopicPartition]:
    """Every partition of a topic."""
    return [TopicPartition(topic, partition) for partition in range(count)]


async def read_partition(
    settings: Settings, topic: str, partition: int, start: int = 0
) -> list[Record]:
    """The records of a partition from `start` to its end, in order."""
    tp = TopicPartition(topic, partition)
    reader = LogReader(settings, {tp: start})
    await reader.start()
    try:
        records: list[Record] = []
        async for batches in reader.to_end():
            records.extend(batches.get(tp, ()))
        return records
    finally:
        await reader.stop()


async def first_offset(settings: Settings, topic: str, partition: int, start: int) -> int | None:
    """The offset of the first record at or behind `start`; None when there is none yet."""
    tp = TopicPartition(topic, partition)
    reader = LogReader(settings, {tp: start})
    await reader.start()
    try:
        async for batches in reader.to_end():
            for record in batches.get(tp, ()):
                return record.offset
        return None
    finally:
        await reader.stop()


async def read_topic(settings: Settings, topic: str) -> dict[int, list[Record]]:
    """All records of a topic: per partition, in order."""
    starts = dict.fromkeys(partitions_of(topic, settings.kafka.partitions), 0)
    reader = LogReader(settings, starts)
    await reader.start()
    found: dict[int, list[Record]] = {tp.partition: [] for tp in starts}
    try:
        async for batches in reader.to_end():
            for tp, records in batches.items():
                found[tp.partition].extend(records)
        return found
    finally:
        await reader.stop()
