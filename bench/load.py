"""Bars → the log at the broker's own pace: record batches are built first, then only sent."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from aiokafka import AIOKafkaProducer

from bench.market import Market
from streams.catalog import BARS
from streams.producer import BATCH_BYTES_MAX
from streams.settings import Settings
from streams.topics import MESSAGE_BYTES_MAX

BATCH_RECORDS = 1_000


class Load:
    """Record batches of bars, per partition, and the producer that sends them."""

    def __init__(self, settings: Settings) -> None:
        self._partitions = settings.kafka.partitions
        self._producer: Any = AIOKafkaProducer(
            bootstrap_servers=settings.bootstrap_servers,
            acks="all",
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES_MAX,
            max_request_size=MESSAGE_BYTES_MAX,
        )
        self._batches: dict[int, list[Any]] = {}

    async def __aenter__(self) -> Load:
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    def build(self, market: Market) -> None:
        """Encode the bars into batches, to be sent by the next `send`."""
        self._batches = {partition: [] for partition in range(self._partitions)}
        for partition, record in market.records(self._partitions):
            batches = self._batches[partition]
            if not batches or batches[-1].record_count() >= BATCH_RECORDS:
                batches.append(self._producer.create_batch())
            appended = batches[-1].append(
                key=record.key, value=record.value, timestamp=None, headers=record.headers
            )
            assert appended is not None, "a batch has room for its records"
        for batches in self._batches.values():
            for batch in batches:
                batch.close()

    async def send(self) -> float:
        """Send what was built; returns once it is acknowledged, with the time of the start."""
        began_s = time.monotonic()
        await asyncio.gather(*(self._send(*item) for item in self._batches.items()))
        return began_s

    async def _send(self, partition: int, batches: list[Any]) -> None:
        futures = [
            await self._producer.send_batch(batch, BARS.name, partition=partition)
            for batch in batches
        ]
        await asyncio.gather(*futures)
