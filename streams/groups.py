"""How far each worker role has come, as it has told the broker at its last checkpoint."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient

from streams.catalog import BARS, EDITS, RESEARCH_BATCH, RESEARCH_REQUESTS, STANDING
from streams.settings import Settings

GROUP_PREFIX = "peripheral."
COMPUTE_ROLES = {
    "bars": BARS.name,
    "indicators": BARS.name,
    "evaluation": BARS.name,
    "compilation": EDITS.name,
    "research": RESEARCH_REQUESTS.name,
    "research-batch": RESEARCH_BATCH.name,
    "screens": STANDING.name,
}
"""The topic that each compute role consumes; the projections keep their offsets themselves."""


class GroupOffsets:
    """Asks for the committed offsets of the compute roles' consumer groups."""

    def __init__(self, settings: Settings) -> None:
        self._admin: Any = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)

    async def start(self) -> None:
        await self._admin.start()

    async def stop(self) -> None:
        await self._admin.close()

    async def committed(self) -> dict[tuple[str, str, int], int]:
        """By (role, topic, partition); what a role has not committed yet is missing."""
        ask = self._admin.list_consumer_group_offsets
        found = await asyncio.gather(*(ask(GROUP_PREFIX + role) for role in COMPUTE_ROLES))
        return {
            (role, tp.topic, tp.partition): offset.offset
            for role, offsets in zip(COMPUTE_ROLES, found, strict=True)
            for tp, offset in offsets.items()
            if offset.offset >= 0
        }
