"""Waits until the tables have all that the log had of people a moment ago."""

from __future__ import annotations

from deploy.errors import UserError
from deploy.worlds.level import log_ends, records_behind
from deploy.worlds.world import SESSIONS
from processors.projections.sink import connect
from streams.catalog import ACTIVATIONS, OWNED_TOPICS, SIGNALS
from streams.settings import Settings

LIMIT_S = 120.0


async def wait_until_level(settings: Settings) -> None:
    """Raises `UserError` where they do not come to it."""
    ends = await log_ends(settings, (*OWNED_TOPICS, ACTIVATIONS.name, SIGNALS.name))
    connection = await connect(settings.database_url, SESSIONS)
    try:
        if await records_behind(settings, connection, ends, LIMIT_S):
            raise UserError(
                f"The tables have not come to the log's end within {LIMIT_S:g} s: start the "
                "role projections, and run the same command again."
            )
    finally:
        await connection.close()
