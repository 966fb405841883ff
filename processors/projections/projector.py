"""Raw records of the log's partitions → rows, each batch in one transaction with its offset.

Knows nothing of Faust: `load` says where a partition goes on, `handle` takes records from there.
An outage of the database or the broker is waited out; a record that cannot be used, or that the
database refuses, goes to its topic's dead letters before the offset moves past it.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import psycopg
from aiokafka.errors import KafkaError

from processors.projections.erasures import Erasures, read_erasures
from processors.projections.letters import DeadLetters, Letters
from processors.projections.sink import (
    SESSIONS,
    Connection,
    Position,
    Sink,
    StalePosition,
    reason_of,
)
from processors.projections.topics import make_projection
from processors.projections.work import Projection, Write
from streams.bars import Rejection
from streams.catalog import BY_NAME
from streams.records import Record
from streams.settings import Settings

logger = logging.getLogger(__name__)

RETRY_DELAY_MIN_S = 0.1
RETRY_DELAY_MAX_S = 5.0
ERASURES_AGE_MAX_S = 2.0
REFUSED = "refused_by_database"

OUTAGES = (psycopg.Error, KafkaError, OSError)
"""What is nobody's record's fault; what is, `handle` has dealt with before."""

Done = TypeVar("Done")


@dataclass(slots=True)
class Owned:
    """A partition as of its last commit."""

    projection: Projection
    position: Position


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of a partition in offset order. expected: its position when they were handed over."""

    topic: str
    partition: int
    records: Sequence[Record]
    expected: int

    @property
    def name(self) -> tuple[str, int]:
        return self.topic, self.partition


class Projector:
    """Projects partitions; of two on the same one, the stale one fails with StalePosition.

    letters: takes what cannot be used; None writes it to the dead letters of its topic.
    sessions: what its sessions at the database are called. patience_s: for so long an outage is
    waited out, and then raised.
    """

    def __init__(
        self,
        settings: Settings,
        letters: Letters | None = None,
        sessions: str = SESSIONS,
        patience_s: float = math.inf,
    ) -> None:
        self._partitions = settings.kafka.partitions
        self._sink = Sink(settings.database_url, sessions)
        self._letters = letters or DeadLetters(settings)
        self._settings = settings
        self._patience_s = patience_s
        self._erasures = Erasures()
        self._erasures_s = -math.inf
        self._owned: dict[tuple[str, int], Owned] = {}

    async def start(self) -> None:
        """Connect to the broker. Raises KafkaError while it is away."""
        await self._letters.start()
        await self._read_erasures()

    async def stop(self) -> None:
        """Close both connections."""
        await self._sink.close()
        await self._letters.stop()

    def release(self) -> None:
        """Forget all partitions: they may be somebody else's now."""
        self._owned.clear()

    async def position(self, topic: str, partition: int) -> int:
        """The offset at which the partition goes on; loaded when it is not known."""
        if (topic, partition) not in self._owned:
            return await self.load(topic, partition)
        return self._owned[topic, partition].position.next_offset

    async def load(self, topic: str, partition: int) -> int:
        """The offset at which the partition goes on, as the database has it."""
        owned = await self._patiently(lambda: self._load(topic, partition))
        self._owned[topic, partition] = owned
        return owned.position.next_offset

    async def handle(self, topic: str, partition: int, records: Sequence[Record]) -> int:
        """Project records in offset order; returns the offset behind them.

        Records below the partition's position are left out. Raises StalePosition when somebody
        else has moved it: load it and go on from there.
        """
        batch = Batch(topic, partition, records, await self.position(topic, partition))
        return await self._patiently(lambda: self._handle(batch))

    async def _patiently(self, work: Callable[[], Awaitable[Done]]) -> Done:
        """Do the work, again and again while the database or the broker is away."""
        delay_s = RETRY_DELAY_MIN_S
        since_s = time.monotonic()
        while True:
            try:
                return await work()
            except OUTAGES as error:
                if time.monotonic() - since_s > self._patience_s:
                    raise
                logger.warning("projecting again in %.1f s: %s", delay_s, reason_of(error))
            # What comes back may be a replica that lacks the newest commits of any partition.
            self._owned.clear()
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, RETRY_DELAY_MAX_S)

    async def _load(self, topic: str, partition: int) -> Owned:
        await self._read_erasures()
        position = await self._sink.load(topic, partition)
        projection = make_projection(BY_NAME[topic], partition, self._partitions)
        async with self._sink.session() as connection:
            await projection.load(connection, position)
        return Owned(projection, position)

    async def _read_erasures(self) -> None:
        """Whose records are passed over from here on: who erases has all partitions loaded anew."""
        if time.monotonic() - self._erasures_s > ERASURES_AGE_MAX_S:
            at_s = time.monotonic()
            self._erasures = await read_erasures(self._settings)
            self._erasures_s = at_s

    async def _handle(self, batch: Batch) -> int:
        owned = await self._take(batch)
        position = owned.position
        fresh = [record for record in batch.records if record.offset >= position.next_offset]
        if fresh:
            try:
                spared = self._erasures.spared(*batch.name, fresh)
                work = owned.projection.prepare(spared, position.mark)
                await self._letters.write(*batch.name, work.rejections)
                after = replace(position, next_offset=fresh[-1].offset + 1, mark=work.mark)
                await self._commit(batch, owned, after, work.write)
            except psycopg.DataError as error:
                return await self._isolate(replace(batch, records=fresh), error)
        self._owned[batch.name] = owned
        return owned.position.next_offset

    async def _take(self, batch: Batch) -> Owned:
        """The batch's partition, out of the books until it is committed: after any error its
        state may be ahead of the database, and is loaded again."""
        owned = self._owned.pop(batch.name, None) or await self._load(*batch.name)
        if owned.position.next_offset < batch.expected:
            # The database lost its newest commits: what they held must come again.
            raise StalePosition(*batch.name, batch.expected)
        return owned

    async def _commit(self, batch: Batch, owned: Owned, after: Position, write: Write) -> None:
        async with self._sink.advance(*batch.name, owned.position, after) as connection:
            await write(connection)
        owned.position = after

    async def _isolate(self, batch: Batch, error: psycopg.DataError) -> int:
        """Find the record whose values the database refuses (a NUL in a text, a number out of
        range) by halves, dead-letter it, and project the others."""
        records = batch.records
        if len(records) > 1:
            half = len(records) // 2
            expected = await self._handle(replace(batch, records=records[:half]))
            return await self._handle(replace(batch, records=records[half:], expected=expected))
        message = str(error).strip().splitlines()[0]
        await self._letters.write(*batch.name, [Rejection(records[0], REFUSED, message)])
        owned = await self._take(batch)
        if owned.position.next_offset <= records[0].offset:
            after = replace(owned.position, next_offset=records[0].offset + 1)
            await self._commit(batch, owned, after, write_nothing)
        self._owned[batch.name] = owned
        return owned.position.next_offset


async def write_nothing(_connection: Connection) -> None:
    """The rows of a record that has none."""
