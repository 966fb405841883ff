"""What the tables need beside the log's records: rollups of the bars, and an end of old ones.

Both are functions of the database, which a projection's worker calls from time to time. Any number
of workers may; what is cut off in the middle is as if it had not begun, and is done by the next.
"""

from __future__ import annotations

import asyncio
import logging
import time

import psycopg

from processors.projections.sink import Connection, Sink, reason_of
from streams.settings import Settings

logger = logging.getLogger(__name__)

PAUSE_S = 1.0
KEEP_INTERVAL_S = 3600.0
KEEP_RETRY_S = 60.0
"""Each try holds reads up for as long as it waits, a fifth of a second."""
SERIES_MAX = 50
"""Of a transaction: up to 200,000 bars, half a second."""

REFRESH = "SELECT refresh_rollups(%s)"
KEEP = "SELECT keep_bars(%s)"


class Upkeep:
    """Does both until it is cancelled; waits out what goes wrong."""

    def __init__(self, settings: Settings) -> None:
        self._sink = Sink(settings.database_url)
        self._keep_days = settings.database.keep_days

    async def run(self) -> None:
        """Roll up what is new, each second; drop what is old, each hour."""
        keep_at_s = time.monotonic()
        try:
            while True:
                try:
                    async with self._sink.session() as connection:
                        await refresh_rollups(connection)
                        if time.monotonic() >= keep_at_s:
                            keep_at_s = time.monotonic() + KEEP_RETRY_S
                            await keep_bars(connection, self._keep_days)
                            keep_at_s = time.monotonic() + KEEP_INTERVAL_S
                except psycopg.errors.LockNotAvailable:
                    logger.info("bars are being read: those that are too old are dropped later")
                except (psycopg.Error, OSError) as error:
                    logger.warning("upkeep of the tables is put off: %s", reason_of(error))
                await asyncio.sleep(PAUSE_S)
        finally:
            await self._sink.close()


async def refresh_rollups(connection: Connection) -> None:
    """Roll up until no series has much that isn't."""
    while True:
        cursor = await connection.execute(REFRESH, (SERIES_MAX,))
        found = await cursor.fetchone()
        assert found is not None
        if not found[0]:
            return


async def keep_bars(connection: Connection, days: int | None) -> list[str]:
    """Drop what ended so many days ago; None keeps all. Gives what was done, and logs it.

    Raises LockNotAvailable where a long read is in the way: try again later.
    """
    cursor = await connection.execute(KEEP, (days,))
    done = [str(row[0]) for row in await cursor.fetchall()]
    for each in done:
        logger.info("retention of %s days: %s", days, each)
    return done
