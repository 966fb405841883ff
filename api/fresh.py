"""Reads that don't answer with what was before one's own write."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from api.reads.protocol import Page

WAIT_S = 1.0
INTERVAL_MIN_S = 0.004
INTERVAL_MAX_S = 0.03

Item = dict[str, Any]


async def settled(
    read: Callable[[], Awaitable[Page]], agrees: Callable[[Item | None], bool]
) -> Item | None:
    """The one item of a page, read again until it agrees with the log; after WAIT_S as it is."""
    item: Item | None = None

    async def met() -> bool:
        nonlocal item
        items = json.loads((await read()).items)
        item = items[0] if items else None
        return agrees(item)

    await until(met, WAIT_S)
    return item


async def until(met: Callable[[], Awaitable[bool]], limit_s: float) -> bool:
    """Whether it was met within the limit."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + limit_s
    interval_s = INTERVAL_MIN_S
    while not await met():
        if loop.time() > deadline_s:
            return False
        await asyncio.sleep(interval_s)
        interval_s = min(2 * interval_s, INTERVAL_MAX_S)
    return True
