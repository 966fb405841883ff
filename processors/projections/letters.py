"""What becomes of records that cannot be used: letters on the log, or nothing where that was done.

A rebuild reads what live projections have read before it, and have dead-lettered already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from streams.bars import Rejection
from streams.catalog import BY_NAME
from streams.codec import ERASED, Outgoing, dead_letter
from streams.producer import Publisher
from streams.sealing import as_it_lies
from streams.settings import Settings


class Letters(Protocol):
    """Where a projector puts what it rejects."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def write(self, topic: str, partition: int, rejections: Sequence[Rejection]) -> None:
        """Returns once they are safe. Raises KafkaError while the broker is away."""


class DeadLetters:
    """Writes each to the dead letters of its topic."""

    def __init__(self, settings: Settings) -> None:
        self._publisher = Publisher(settings, "projections")

    async def start(self) -> None:
        """Connect to the broker."""
        await self._publisher.start()

    async def stop(self) -> None:
        await self._publisher.stop()

    async def write(self, topic: str, partition: int, rejections: Sequence[Rejection]) -> None:
        letters = [letter_of(each) for each in rejections if each.reason != ERASED]
        if letters:
            dlq = BY_NAME[topic].dlq
            await asyncio.gather(*await self._publisher.publish_many(dlq, partition, letters))


class NoLetters:
    """Passes over them."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def write(self, topic: str, partition: int, rejections: Sequence[Rejection]) -> None: ...


def letter_of(rejection: Rejection) -> Outgoing:
    """The dead letter of a record; of one that was sealed, as it lies on the log."""
    record = as_it_lies(rejection.record)
    return dead_letter(
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.value,
        record.headers,
        record.timestamp,
        reason=rejection.reason,
        message=rejection.message,
    )
