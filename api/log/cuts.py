"""Times → how far the log of bars was then."""

from __future__ import annotations

import asyncio

from aiokafka.errors import KafkaError

from api.log.tail import LogUnavailableError
from streams.catalog import BARS
from streams.reader import LogBounds, partitions_of
from streams.settings import Settings

ANSWER_LIMIT_S = 2.0


class Cuts:
    """Asks the broker, over a connection that is made when it is needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._partitions = partitions_of(BARS.name, settings.kafka.partitions)
        self._bounds: LogBounds | None = None
        self._connecting = asyncio.Lock()

    async def stop(self) -> None:
        """End the connection."""
        if self._bounds is not None:
            await self._bounds.stop()

    async def at(self, ts_ms: int) -> tuple[int, ...]:
        """For each partition of the bars, the offset below which its records were written before
        `ts_ms`, UTC milliseconds since 1970. Raises LogUnavailableError."""
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                bounds = await self._connected()
                found = await bounds.from_time(max(ts_ms, 0))
        except (KafkaError, OSError, TimeoutError) as error:
            raise LogUnavailableError("the broker can't be reached") from error
        return tuple(found[tp] for tp in self._partitions)

    async def _connected(self) -> LogBounds:
        async with self._connecting:
            if self._bounds is None:
                bounds = LogBounds(self._settings, self._partitions)
                await bounds.start()
                self._bounds = bounds
            return self._bounds
