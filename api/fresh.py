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
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + WAIT_S
    interval_s = INTERVAL_MIN_S
    while True:
        items = json.loads((await read()).items)
        item: Item | None = items[0] if items else None
        if agrees(item) or loop.time() > deadline_s:
            return item
        await asyncio.sleep(interval_s)
        interval_s = min(2 * interval_s, INTERVAL_MAX_S)
