"""Topics that nobody was assigned, since they were not there when the group's work was divided.

The member that divides looks for such topics from then on. One that was killed and came back under
its name gets the division of before, and does not: nobody would ever look.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from faust.types import TP

from streams.settings import Settings
from streams.topics import existing_topics


def lacking(assigned: Iterable[TP], topics: Iterable[str]) -> frozenset[str]:
    """Topics of which nothing is assigned here. Of all topics that a role reads a worker has
    partitions of the same numbers, but for one too many, which has none of any."""
    return frozenset(topics) - {tp.topic for tp in assigned}


class Overlooked:
    """Has the work divided again, once for each set of topics that turned up: a worker too many
    asks once, and in vain."""

    def __init__(self, app: Any, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._asked: frozenset[str] = frozenset()

    async def look(self, missing: frozenset[str]) -> bool:
        """Whether the group was asked to divide anew. missing: what this worker lacks.

        Raises KafkaError while the broker is away.
        """
        if missing == self._asked or not missing:
            self._asked &= missing
            return False
        if not missing <= await existing_topics(self._settings):
            return False
        self._asked = missing
        await self._app.consumer._thread.call_thread(self._rejoin)
        return True

    async def _rejoin(self) -> None:
        """In the consumer's own thread; Faust offers no other way."""
        self._app.consumer._thread._ensure_consumer()._coordinator.request_rejoin()
