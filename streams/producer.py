"""Writes to the log, idempotently: what is acknowledged is there once and in order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError
from aiokafka.partitioner import murmur2

from streams.catalog import KEYS, OWNED_TOPICS
from streams.codec import Outgoing
from streams.keyring import Keyring, keyring_of, new_key
from streams.reader import read_topic
from streams.settings import Settings
from streams.topics import MESSAGE_BYTES_MAX

BATCH_BYTES_MAX = 512 * 1024
CLOSE_LIMIT_S = 30.0


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
    """One idempotent producer, and after a failure another one: a batch that was given up leaves a
    hole in its partition's sequence, and the broker takes nothing behind one."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._settings = settings
        self._name = name
        self._producer: Any = None
        self._has_failed = False
        self._renewing = asyncio.Lock()
        self._retired: set[asyncio.Task[None]] = set()
        self._flying: set[asyncio.Future[Any]] = set()

    async def start(self) -> None:
        self._producer = await self._started()

    async def stop(self, limit_s: float = CLOSE_LIMIT_S) -> None:
        """Send what is buffered and close.

        Raises KafkaTimeoutError where the broker does not take it within limit_s: it is given up.
        """
        for task in self._retired:
            task.cancel()
        if self._producer is None:
            return
        try:
            await _close(self._producer, limit_s)
        except KafkaTimeoutError as given_up:
            for future in list(self._flying):
                future.set_exception(given_up)
            raise

    async def _started(self) -> Any:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.bootstrap_servers,
            client_id=self._name,
            acks="all",
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES_MAX,
            max_request_size=MESSAGE_BYTES_MAX,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return producer

    async def _sound(self) -> Any:
        """The producer; the next one where something of this one has failed."""
        if self._has_failed:
            async with self._renewing:
                if self._has_failed:
                    failed, self._producer = self._producer, await self._started()
                    self._has_failed = False
                    task = asyncio.create_task(_let_go(failed))
                    self._retired.add(task)
                    task.add_done_callback(self._retired.discard)
        return self._producer

    def _watched(self, future: asyncio.Future[Any]) -> asyncio.Future[Any]:
        self._flying.add(future)
        future.add_done_callback(self._note)
        return future

    def _note(self, done: asyncio.Future[Any]) -> None:
        self._flying.discard(done)
        if not done.cancelled() and done.exception() is not None:
            self._has_failed = True

    async def publish(
        self, topic: str, outgoing: Outgoing, partition: int | None = None
    ) -> Position:
        """Write one record, to its key's partition unless told otherwise; once acknowledged,
        where it is."""
        if partition is None:
            assert outgoing.key is not None, "a record without a key needs a partition"
            partition = partition_of(outgoing.key, self._settings.kafka.partitions)
        (outgoing,) = await self._sealed([outgoing])
        done = await (await self._send_alone(await self._sound(), topic, partition, outgoing))
        return Position(topic, done.partition, done.offset)

    async def publish_many(
        self, topic: str, partition: int, records: Sequence[Outgoing]
    ) -> list[asyncio.Future[Any]]:
        """Write records to one partition, in order, in as few batches as their size allows.

        The futures, one a batch, are done once the broker has acknowledged the batch.
        """
        records = await self._sealed(records)
        producer = await self._sound()
        futures = []
        builder = producer.create_batch()
        for record in records:
            if self._append(builder, record):
                continue
            futures.append(await self._send(producer, builder, topic, partition))
            builder = producer.create_batch()
            if not self._append(builder, record):
                futures.append(await self._send_alone(producer, topic, partition, record))
        if builder.record_count():
            futures.append(await self._send(producer, builder, topic, partition))
        return futures

    async def _sealed(self, records: Sequence[Outgoing]) -> Sequence[Outgoing]:
        """The records as they are written: what is somebody's is sealed under a key of theirs."""
        owners = {record.owner for record in records} - {None}
        if not owners:
            return records
        keyring = keyring_of(self._settings)
        while missing := keyring.unknown(owner for owner in owners if owner is not None):
            await self._issue(keyring, missing[0])
        return [keyring.sealed(record) for record in records]

    async def _issue(self, keyring: Keyring, owner: str) -> None:
        """Have a key of a person: the log's, or a new one."""
        await keyring.read()
        if keyring.unknown([owner]):
            if keyring.is_new:
                await self._require_unsealed()
            key = new_key(owner)
            partition = partition_of(owner.encode(), self._settings.kafka.partitions)
            await (await self._send_alone(await self._sound(), KEYS.name, partition, key))
            await keyring.read()

    async def _require_unsealed(self) -> None:
        """Raise KeysLostError where records are sealed, though there has never been a key: with a
        first one there, they would be taken for erased."""
        for topic in OWNED_TOPICS:
            await read_topic(self._settings, topic)

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

    async def _send(
        self, producer: Any, builder: Any, topic: str, partition: int
    ) -> asyncio.Future[Any]:
        builder.close()
        return self._watched(await producer.send_batch(builder, topic, partition=partition))

    async def _send_alone(
        self, producer: Any, topic: str, partition: int, record: Outgoing
    ) -> asyncio.Future[Any]:
        """A record in whatever batch it comes into; one larger than a batch has its own."""
        return self._watched(
            await producer.send(
                topic,
                value=record.value,
                key=record.key,
                partition=partition,
                headers=record.headers,
                timestamp_ms=record.timestamp_ms,
            )
        )


async def _let_go(producer: Any) -> None:
    """Close a producer; what it still has may fail."""
    with suppress(KafkaError):
        await _close(producer, CLOSE_LIMIT_S)


async def _close(producer: Any, limit_s: float) -> None:
    """Close a producer. Raises KafkaTimeoutError where it had to give up what it still had: for as
    long as the broker is away, aiokafka would wait."""
    try:
        await asyncio.wait_for(producer.stop(), limit_s)
    except TimeoutError:
        await producer._sender.close()
        await producer.client.close()
        raise KafkaTimeoutError(f"the broker took nothing for {limit_s:g} s") from None
