"""Writes a partition anew from a backup: contents, order and, unless it is compacted, offsets."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin.records_to_delete import RecordsToDelete

from deploy.backup.admin import open_admin
from deploy.backup.checking import read_chunks, read_records
from deploy.backup.log import open_reader
from deploy.backup.manifest import SavedPartition
from deploy.backup.offsets import WINDOW, Filler, Mark, steps, with_fillers
from deploy.backup.place import Place
from deploy.backup.records import Saved
from deploy.errors import UserError
from streams.settings import Settings

REQUEST_BYTES_MAX = 64 << 20
"""What was compressed may be larger than a topic takes, when it is not; see `while_restoring`."""
BATCH_BYTES = 512 << 10
BATCHES_PENDING_MAX = 8
MARK_LIMIT_S = 30.0
MARK_LOOK_S = 0.002
FILLERS_AT_ONCE = 10_000
RETRY_MS = 50
"""Each topic is new to the client, which asks again until it knows where it lies."""


class Rewriter:
    """Writes one partition at a time, and knows at which offset each record comes to lie."""

    def __init__(self, settings: Settings, admin: Any, producer: Any, reader: Any) -> None:
        self._settings = settings
        self._admin = admin
        self._producer = producer
        self._reader = reader
        self._builder: Any = None
        self._next = 0
        self._pending: deque[tuple[int, asyncio.Future[Any]]] = deque()
        self._spare: list[Any] = []
        self._open: dict[int, Any] = {}

    async def rewrite(
        self, tp: TopicPartition, saved: SavedPartition, place: Place, name: str, *, exact: bool
    ) -> None:
        """Fill an empty partition. exact: each record gets the offset that it had.

        Raises GapError, and `UserError` where others write as well.
        """
        self._next = 0
        if not exact:
            for chunk in read_chunks(place, name, saved):
                await self._write(tp, chunk)
        elif saved.gaps == 0:
            await self._fill(tp, saved.first)
            for chunk in read_chunks(place, name, saved):
                await self._write(tp, chunk)
        else:
            await self._rewrite_gaps(tp, saved, read_records(place, name, saved))
        await self._settled(tp)
        if exact and saved.first > 0:
            await self._admin.delete_records({tp: RecordsToDelete(saved.first)})

    async def _rewrite_gaps(
        self, tp: TopicPartition, saved: SavedPartition, records: Iterable[Saved]
    ) -> None:
        await self._fill(tp, max(saved.first - WINDOW, 0))
        for step in steps(with_fillers(records, saved.first), saved.end):
            if isinstance(step, Mark):
                for marker in step.markers:
                    await self._mark(tp, marker)
            elif step.marker is not None:
                await self._carry(tp, step.record, step.marker)
            else:
                await self._write(tp, [step.record])

    async def _fill(self, tp: TopicPartition, end: int) -> None:
        for start in range(0, end, FILLERS_AT_ONCE):
            await self._write(tp, [*map(Filler, range(start, min(start + FILLERS_AT_ONCE, end)))])

    async def _write(self, tp: TopicPartition, records: Sequence[Any]) -> None:
        """Write records one behind the other, in as few batches as their size allows."""
        for record in records:
            if self._builder is not None and self._builder.size() >= BATCH_BYTES:
                await self._send(tp)
            if self._builder is None:
                self._builder = self._producer.create_batch()
            _append(self._builder, record)

    async def _send(self, tp: TopicPartition) -> None:
        builder, self._builder = self._builder, None
        if builder is None:
            return
        builder.close()
        count = builder.record_count()
        future = await self._producer.send_batch(builder, tp.topic, partition=tp.partition)
        self._pending.append((self._next, future))
        self._next += count
        while len(self._pending) > BATCHES_PENDING_MAX:
            await self._acknowledged(tp)

    async def _acknowledged(self, tp: TopicPartition) -> None:
        wanted, future = self._pending.popleft()
        _check(tp, wanted, (await future).offset)

    async def _settled(self, tp: TopicPartition) -> None:
        await self._send(tp)
        while self._pending:
            await self._acknowledged(tp)

    async def _carry(self, tp: TopicPartition, record: Any, marker: int) -> None:
        """Write a record in a transaction that stays open."""
        await self._settled(tp)
        producer = self._spare.pop() if self._spare else await self._transactional()
        await producer.begin_transaction()
        builder = producer.create_batch()
        _append(builder, record)
        builder.close()
        future = await producer.send_batch(builder, tp.topic, partition=tp.partition)
        _check(tp, self._next, (await future).offset)
        self._next += 1
        self._open[marker] = producer

    async def _mark(self, tp: TopicPartition, marker: int) -> None:
        """End a transaction, and wait for its marker: the broker writes that a moment later."""
        await self._settled(tp)
        producer = self._open.pop(marker)
        await producer.commit_transaction()
        self._spare.append(producer)
        self._next += 1
        async with asyncio.timeout(MARK_LIMIT_S):
            while (end := (await self._reader.end_offsets([tp]))[tp]) < self._next:  # noqa: ASYNC110  # the broker tells nobody
                await asyncio.sleep(MARK_LOOK_S)
        _check(tp, self._next, end)

    async def _transactional(self) -> Any:
        producer = new_producer(self._settings, f"peripheral.restore.{uuid.uuid4().hex}")
        await producer.start()
        return producer

    async def close(self) -> None:
        """End the transactions' producers."""
        for producer in (*self._spare, *self._open.values()):
            await producer.stop()


def new_producer(settings: Settings, transactional_id: str | None = None) -> Any:
    """An idempotent producer, which sends nothing but the batches that it is given."""
    return AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap_servers,
        acks="all",
        enable_idempotence=True,
        transactional_id=transactional_id,
        max_batch_size=REQUEST_BYTES_MAX,
        max_request_size=REQUEST_BYTES_MAX,
        retry_backoff_ms=RETRY_MS,
    )


@asynccontextmanager
async def open_rewriter(settings: Settings) -> AsyncIterator[Rewriter]:
    """A rewriter with its connections."""
    producer = new_producer(settings)
    async with open_reader(settings) as reader, open_admin(settings) as admin:
        rewriter = Rewriter(settings, admin, producer, reader)
        try:
            await producer.start()
            yield rewriter
        finally:
            await rewriter.close()
            await producer.stop()


def _append(builder: Any, record: Any) -> None:
    if isinstance(record, Filler):
        taken = builder.append(timestamp=0, key=None, value=None, headers=[])
    else:
        taken = builder.append(
            timestamp=record.timestamp, key=record.key, value=record.value, headers=record.headers
        )
    assert taken is not None, "a batch has room for any record"


def _check(tp: TopicPartition, wanted: int, found: int) -> None:
    if found != wanted:
        raise UserError(
            f"A record of {tp.topic}/{tp.partition} came to lie at offset {found}, and not at "
            f"{wanted}: something else writes to the log. Stop all workers, feeds and APIs, and "
            "run the same restore again."
        )
