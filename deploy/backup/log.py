"""Reads the log for a backup, topic by topic, each up to its end as it is when its turn comes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from deploy.backup.admin import open_admin
from deploy.backup.files import Compressed, compressed
from deploy.backup.manifest import SavedPartition, SavedTopic
from deploy.backup.place import Place
from deploy.backup.records import fingerprint, pack
from deploy.errors import UserError
from streams.catalog import Topic
from streams.reader import partitions_of
from streams.settings import Settings
from streams.topics import (
    MESSAGE_BYTES_MAX,
    check_partitions,
    check_restored,
    own_configs,
    partition_counts,
)

Told = Callable[[str, int], None]
"""Called with a topic and how many of all records were done."""

RECORDS_AT_ONCE = 4096
# The broker answers a connection's requests in order, and nobody waits for records to come.
FETCH_WAIT_MS = 1
SILENCE_LIMIT_S = 60.0


@asynccontextmanager
async def open_reader(settings: Settings) -> AsyncIterator[Any]:
    """A consumer without a group, told what to read by who uses it."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap_servers,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        fetch_max_wait_ms=FETCH_WAIT_MS,
        max_partition_fetch_bytes=MESSAGE_BYTES_MAX,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def save_log(
    settings: Settings, topics: Sequence[Topic], place: Place, name: str, told: Told
) -> tuple[SavedTopic, ...]:
    """Write the records of the topics to files of `name`, in this order.

    Raises UnfinishedRestoreError, TopicMismatchError, TopicRefusedError and `UserError`.
    """
    saved = []
    done = 0
    count = settings.kafka.partitions
    async with open_admin(settings) as admin:
        counts = await partition_counts(admin)
        check_restored(counts)
        check_partitions(counts, count)
        missing = sorted(topic.name for topic in topics if topic.name not in counts)
        if missing:
            raise UserError(
                f"The broker at {settings.bootstrap_servers} lacks {len(missing)} of {len(topics)} "
                f"topics, or they have no leader now ({missing[0]} is one): see that it is the "
                "right broker and all of it runs; `peripheral topics` makes those that never were."
            )
        configs = await own_configs(admin, [topic.name for topic in topics])
    async with open_reader(settings) as consumer:
        # All at once: a client takes a tenth of a second for each change in what it reads.
        everything = [tp for topic in topics for tp in partitions_of(topic.name, count)]
        consumer.assign(everything)
        consumer.pause(*everything)
        for tp in everything:
            consumer.seek(tp, 0)  # it looks for a place of its own where it is told none
        for topic in topics:
            partitions = []
            for tp in partitions_of(topic.name, count):
                part = await _save(consumer, tp, topic.compacted, place, name)
                partitions.append(part)
                done += part.records
                told(topic.name, done)
            config = configs[topic.name]
            saved.append(SavedTopic(topic.name, topic.compacted, config, tuple(partitions)))
    return tuple(saved)


async def _save(
    consumer: Any, tp: TopicPartition, compacted: bool, place: Place, name: str
) -> SavedPartition:
    begin = (await consumer.beginning_offsets([tp]))[tp]
    end = (await consumer.end_offsets([tp]))[tp]
    if begin == end:
        return SavedPartition(tp.partition, end, end, 0, 0, None, None)
    consumer.seek(tp, begin)
    with compressed(place, name, path_of(tp)) as file:
        copied = _Copied(file)
        try:
            whole = await copied.up_to(consumer, tp, begin, end)
            # A compacted topic loses a record while it is read when a newer one of its key has
            # come, maybe behind the end. So it is read on until nothing was missing of a stretch:
            # the newer ones of all that was missing before lie in it, or before it.
            while compacted and not whole:
                start, end = end, (await consumer.end_offsets([tp]))[tp]
                whole = await copied.up_to(consumer, tp, start, end)
        except OffsetOutOfRangeError as error:
            raise UserError(
                f"Records of {tp.topic}/{tp.partition} were deleted while they were read: take "
                "the backup again."
            ) from error
    return copied.saved(tp.partition, end)


class _Copied:
    """What went into a file: how much, from where to where, and with how many gaps."""

    def __init__(self, file: Compressed) -> None:
        self._file = file
        self._first: int | None = None
        self._next = 0
        self._records = 0
        self._gaps = 0
        self._last: Any = None

    async def up_to(self, consumer: Any, tp: TopicPartition, start: int, end: int) -> bool:
        """Copy the records from `start`, where the consumer is, to `end`; whether none missed."""
        before = self._records
        consumer.resume(tp)
        heard_s = time.monotonic()
        while (position := await consumer.position(tp)) < end:
            fetched = await consumer.getmany(tp, timeout_ms=500, max_records=RECORDS_AT_ONCE)
            records = fetched.get(tp, [])
            if await consumer.position(tp) > position:
                heard_s = time.monotonic()
            elif time.monotonic() - heard_s > SILENCE_LIMIT_S:
                raise UserError(
                    f"The broker has sent nothing of {tp.topic}/{tp.partition} for "
                    f"{SILENCE_LIMIT_S:g} s: see that it runs, and begin again."
                )
            if records and records[-1].offset >= end:
                records = [record for record in records if record.offset < end]
                consumer.seek(tp, end)
            if records:
                self._count(records)
                self._file.write(pack(records))
        consumer.pause(tp)
        return self._records - before == end - start

    def _count(self, records: Sequence[Any]) -> None:
        if self._first is None:
            self._first = self._next = records[0].offset
        if records[-1].offset - self._next + 1 != len(records):
            for record in records:
                self._gaps += record.offset != self._next
                self._next = record.offset + 1
        self._next = records[-1].offset + 1
        self._records += len(records)
        self._last = records[-1]

    def saved(self, partition: int, end: int) -> SavedPartition:
        if self._first is None:
            return SavedPartition(partition, end, end, 0, 0, None, self._file.stored)
        gaps = self._gaps + (self._next != end)
        return SavedPartition(
            partition,
            self._first,
            end,
            self._records,
            gaps,
            fingerprint(self._last),
            self._file.stored,
        )


def path_of(tp: TopicPartition) -> str:
    """The file of a partition."""
    return f"log/{tp.topic}/{tp.partition}.zst"
