"""What to do about an error that nobody foresaw: die at once.

State in memory may be half advanced, and an orderly shutdown would checkpoint it. The supervisor
starts the process again, and it goes on from what it had made durable.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Coroutine
from typing import Any, NoReturn, TypeVar

logger = logging.getLogger(__name__)

EXIT_CRASHED = 70

T = TypeVar("T")


def die(reason: str) -> NoReturn:
    """End the process now, without a checkpoint."""
    logger.critical("%s; the process ends without a checkpoint", reason)
    logging.shutdown()
    os._exit(EXIT_CRASHED)


async def or_die(work: Awaitable[T]) -> T:
    """The result of `work`; any error of it ends the process."""
    try:
        return await work
    except Exception:
        logger.exception("unforeseen")
        die("an error that nobody foresaw")


def background(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A task beside the agent whose errors end the process."""
    return asyncio.create_task(or_die(work))
