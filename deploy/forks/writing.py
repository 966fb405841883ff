"""Writes a fork: each record on its own topic, and into its tables behind what it shares."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition

from deploy.forks.topics import topic_of
from deploy.worlds.filling import Filler
from streams.catalog import Topic
from streams.codec import Outgoing
from streams.producer import Publisher


@dataclass(frozen=True, slots=True)
class ForkRecord:
    """A record of a fork as its tables take it. topic: the live one's name; offset: where it would
    lie there."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Writing:
    """ts_ms: the time of records that have none of their own."""

    def __init__(self, fork: str, publisher: Publisher, filler: Filler, ts_ms: int) -> None:
        self._fork = fork
        self._publisher = publisher
        self._filler = filler
        self.ts_ms = ts_ms

    async def write(self, topic: Topic, partition: int, records: Sequence[Outgoing]) -> None:
        """Returns once they are acknowledged, and in the tables."""
        if not records:
            return
        own = topic_of(self._fork, topic).name
        await asyncio.gather(*await self._publisher.publish_many(own, partition, records))
        tp = TopicPartition(topic.name, partition)
        begin = await self._filler.position(tp)
        await self._filler.handle(
            tp,
            [
                ForkRecord(
                    topic=topic.name,
                    partition=partition,
                    offset=begin + place,
                    timestamp=each.timestamp_ms if each.timestamp_ms is not None else self.ts_ms,
                    key=each.key,
                    value=each.value,
                    headers=each.headers,
                )
                for place, each in enumerate(records)
            ],
        )
