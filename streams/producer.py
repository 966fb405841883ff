"""Writes to the log, idempotently: what is acknowledged is there once and in order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from streams.codec import Outgoing
from streams.settings import Settings
from streams.topics import MESSAGE_BYTES_MAX

BATCH_BYTES_MAX = 512 * 1024


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record lies on the log."""

    topic: str
    partition: int
    offset: int


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key: murmur2 as in Kafka's own clients (librdkafka's default differs)."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)


class Publisher:
    """One idempotent producer."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._settings = settings
        self._name = name
        self._producer: Any = None

    async def start(self) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.bootstrap_servers,
            client_id=self._name,
            acks="all",
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES_MAX,
            max_request_size=MESSAGE_BYTES_MAX,
        )
        try:
            await self._producer.start()
        except BaseException:
            await self._producer.stop()
            raise

    async def stop(self) -> None:
        """Send what is buffered and close."""
        await self._producer.stop()

    async def publish(
        self, topic: str, outgoing: Outgoing, partition: int | None = None
    ) -> Position:
        """Write one record, to its key's partition unless told otherwise; once acknowledged,
        where it is."""
        if partition is None:
            assert outgoing.key is not None, "a record without a key needs a partition"
            partition = partition_of(outgoing.key, self._settings.kafka.partitions)
        done = await self._producer.send_and_wait(
            topic,
            value=outgoing.value,
            key=outgoing.key,
            partition=partition,
            headers=outgoing.headers,
            timestamp_ms=outgoing.timestamp_ms,
        )
        return Position(topic, done.partition, done.offset)

    async def publish_many(
        self, topic: str, partition: int, records: Sequence[Outgoing]
    ) -> list[asyncio.Future[Any]]:
        """Write records to one partition, in order, in as few batches as their size allows.

        The futures, one a batch, are done once the broker has acknowledged the batch.
        """
        futures = []
        builder = self._producer.create_batch()
        for record in records:
            if self._append(builder, record):
                continue
            futures.append(await self._send(builder, topic, partition))
            builder = self._producer.create_batch()
            if not self._append(builder, record):
                futures.append(await self._send_large(topic, partition, record))
        if builder.record_count():
            futures.append(await self._send(builder, topic, partition))
        return futures

    @staticmethod
    def _append(builder: Any, record: Outgoing) -> bool:
        timestamp_ms = record.timestamp_ms
        return (
            builder.append(
                key=record.key,
                value=record.value,
                timestamp=timestamp_ms,
                headers=record.headers,
            )
            is not None
        )

    async def _send(self, builder: Any, topic: str, partition: int) -> asyncio.Future[Any]:
        builder.close()
        future: asyncio.Future[Any] = await self._producer.send_batch(
            builder, topic, partition=partition
        )
        return future

    async def _send_large(
        self, topic: str, partition: int, record: Outgoing
    ) -> asyncio.Future[Any]:
        """A record of its own request, larger than a batch may be."""
        future: asyncio.Future[Any] = await self._producer.send(
            topic,
            value=record.value,
            key=record.key,
            partition=partition,
            headers=record.headers,
            timestamp_ms=record.timestamp_ms,
        )
        return future
