"""Waits until the database holds all that follows from the bars on the log, and says when it did.

Done is: every consumer of bars has committed their end, and the database stands at the ends of
bars, indicators and signals. Commits come late, once a checkpoint, so the time taken is that of
the last change in the database, seen within POLL_INTERVAL_S.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient

from streams.catalog import BARS, INDICATORS, SIGNALS, Topic
from streams.reader import partitions_of
from streams.settings import Settings

POLL_INTERVAL_S = 0.025
RESULTS = (BARS, INDICATORS, SIGNALS)
SIGNALS_ON_LOG = "signals on the log"

Stand = Mapping[str, int]
"""Records that are where they shall end, in the database as a rule, by topic."""

ReadStand = Callable[["Progress"], Awaitable[Stand]]


async def stand_by_offsets(progress: Progress) -> Stand:
    """As our projections keep it."""
    cursor = await progress.database.execute(
        "SELECT topic, sum(next_offset)::bigint FROM consumer_offsets"
        " WHERE topic = ANY(%s) GROUP BY topic",
        ([topic.name for topic in RESULTS],),
    )
    return dict(await cursor.fetchall())


async def stand_by_rows(progress: Progress) -> Stand:
    """As a database without offsets shows it."""
    cursor = await progress.database.execute(
        "SELECT (SELECT count(*) FROM bars), (SELECT count(*) FROM indicators),"
        " (SELECT count(*) FROM signals)"
    )
    row = await cursor.fetchone()
    assert row is not None
    return {topic.name: count for topic, count in zip(RESULTS, row, strict=True)}


async def stand_by_log(progress: Progress) -> Stand:
    """As the log has it: for a path that ends there."""
    return {topic.name: await progress.end(topic) for topic in RESULTS}


async def signals_on_log(progress: Progress) -> Stand:
    """How far signals are on the log."""
    return {SIGNALS_ON_LOG: await progress.end(SIGNALS)}


@dataclass
class Progress:
    """A look at log and database from outside. groups: the consumer groups that read bars; reads:
    what is watched, each by itself, for a broker that is busy may be slow to answer."""

    settings: Settings
    groups: Sequence[str]
    reads: Sequence[ReadStand]
    stand: dict[str, int] = field(default_factory=dict)
    reached_s: dict[str, float] = field(default_factory=dict)
    """When the stand of each topic changed last, by `time.monotonic`."""

    async def __aenter__(self) -> Progress:
        servers = self.settings.bootstrap_servers
        self.database = await psycopg.AsyncConnection.connect(
            self.settings.database_url, autocommit=True
        )
        self._consumer: Any = AIOKafkaConsumer(bootstrap_servers=servers)
        self._admin: Any = AIOKafkaAdminClient(bootstrap_servers=servers)
        await self._consumer.start()
        await self._admin.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._admin.close()
        await self._consumer.stop()
        await self.database.close()

    async def settle(self, published: Callable[[], bool], limit_s: float) -> None:
        """Watch until all is done; `reached_s` then says when. Raises TimeoutError."""
        self.stand.clear()
        self.reached_s.clear()
        async with asyncio.timeout(limit_s), asyncio.TaskGroup() as group:
            watching = [group.create_task(self._watch(read)) for read in self.reads]
            # Neither log nor database says by itself that it has all.
            while not (published() and await self._is_done()):  # noqa: ASYNC110
                await asyncio.sleep(POLL_INTERVAL_S)
            for task in watching:
                task.cancel()

    async def _watch(self, read: ReadStand) -> None:
        while True:
            for name, count in (await read(self)).items():
                if count != self.stand.get(name):
                    self.stand[name], self.reached_s[name] = count, time.monotonic()
            await asyncio.sleep(POLL_INTERVAL_S)

    async def end(self, topic: Topic) -> int:
        """Records on the log of a topic that never lost any."""
        return sum((await self._ends(topic)).values())

    async def _is_done(self) -> bool:
        bars = await self._ends(BARS)
        if self.stand.get(BARS.name, 0) < sum(bars.values()):
            return False
        for topic in (INDICATORS, SIGNALS):
            if self.stand.get(topic.name, 0) < await self.end(topic):
                return False
        for group in self.groups:
            committed = await self._admin.list_consumer_group_offsets(group)
            for tp, end in bars.items():
                # Stock Faust commits the offset of the last record, not the one behind it.
                if end and (tp not in committed or committed[tp].offset < end - 1):
                    return False
        # The last signal may have come between the two looks.
        return self.stand.get(SIGNALS.name, 0) >= await self.end(SIGNALS)

    async def _ends(self, topic: Topic) -> dict[Any, int]:
        partitions = partitions_of(topic.name, self.settings.kafka.partitions)
        ends: dict[Any, int] = await self._consumer.end_offsets(partitions)
        return ends
