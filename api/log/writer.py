"""Writes events of this process to the log, whether or not the broker was there at start."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time

from aiokafka.errors import KafkaError

from api.log.tail import LogUnavailableError
from schemas.events.base import Event
from streams.catalog import Topic
from streams.codec import encode
from streams.producer import Position, Publisher
from streams.settings import Settings

SOURCE = "/peripheral/api"
START_LIMIT_S = 3.0
PUBLISH_LIMIT_S = 5.0

log = logging.getLogger(__name__)


class Writer:
    """One idempotent producer, started by the first write that finds the broker."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._publisher: Publisher | None = None
        self._starting = asyncio.Lock()

    async def start(self) -> None:
        """Connect ahead of the first write; when the broker is away, that one will."""
        with contextlib.suppress(LogUnavailableError):
            await self._started()

    async def stop(self) -> None:
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            with contextlib.suppress(TimeoutError, KafkaError):
                async with asyncio.timeout(1):
                    await publisher.stop()

    async def _started(self) -> Publisher:
        async with self._starting:
            if self._publisher is None:
                publisher = Publisher(self._settings, "peripheral-api")
                try:
                    async with asyncio.timeout(START_LIMIT_S):
                        await publisher.start()
                except (TimeoutError, KafkaError, OSError) as error:
                    raise LogUnavailableError("the broker can't be reached") from error
                self._publisher = publisher
            return self._publisher

    async def publish(self, topic: Topic, event: Event, key: str, event_id: str) -> Position:
        """Where the event lies, once the broker has acknowledged it.

        Raises LogUnavailableError when that took too long; the producer goes on trying, so
        the event may still come to lie on the log.
        """
        publisher = await self._started()
        ts_us = time.time_ns() // 1000
        record = encode(event, key=key, event_id=event_id, source=SOURCE, ts_us=ts_us)
        try:
            async with asyncio.timeout(PUBLISH_LIMIT_S):
                return await publisher.publish(topic.name, record)
        except (TimeoutError, KafkaError) as error:
            raise LogUnavailableError(
                "the broker has not acknowledged the event in time; it may still be written, so "
                "look before you send it again"
            ) from error
