"""Waits for the event that answers a write, as the process's one reader meets it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from schemas.events.base import Event

Wanted = Callable[[Event], bool]


class Answers:
    """Who waits for which event."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Future[Event], Wanted] = {}

    @contextmanager
    def expect(self, wanted: Wanted) -> Iterator[asyncio.Future[Event]]:
        """A future of the first event from now on that is wanted: enter before writing."""
        future: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._waiting[future] = wanted
        try:
            yield future
        finally:
            del self._waiting[future]

    def see(self, event: Event) -> None:
        """An event came."""
        for future, wanted in self._waiting.items():
            if not future.done() and wanted(event):
                future.set_result(event)


async def within(future: asyncio.Future[Event], wait_s: float) -> Event | None:
    """The event, or None when it has not come in time."""
    done, _ = await asyncio.wait([future], timeout=wait_s)
    return future.result() if done else None
