"""An agent at work on a real log, without Faust."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Protocol, TypeVar

from streams.reader import LogReader, partitions_of
from streams.records import Record
from streams.settings import Settings


class Fed(Protocol):
    """What streams.batches.BatchAgent asks of an agent, as far as it is used here."""

    @property
    def topics(self) -> Sequence[str]: ...

    async def start(self) -> None: ...

    async def position(self, topic: str, partition: int, /) -> int: ...

    async def handle(self, topic: str, partition: int, records: Sequence[Record], /) -> None: ...

    async def stop(self) -> None: ...


Agent = TypeVar("Agent", bound=Fed)


@asynccontextmanager
async def running(settings: Settings, agent: Agent) -> AsyncIterator[Agent]:
    """The agent, fed as the binding to Faust feeds it."""
    await agent.start()
    count = settings.kafka.partitions
    tps = [tp for topic in agent.topics for tp in partitions_of(topic, count)]
    reader = LogReader(settings, {tp: await agent.position(*tp) for tp in tps})
    await reader.start()

    async def feed() -> None:
        while True:
            for tp, records in (await reader.batches()).items():
                await agent.handle(tp.topic, tp.partition, records)

    feeding = asyncio.create_task(feed())
    try:
        yield agent
    finally:
        feeding.cancel()
        with suppress(asyncio.CancelledError):
            await feeding
        await reader.stop()
        await agent.stop()
