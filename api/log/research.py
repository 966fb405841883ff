"""Research that was asked for lately: what this process has read of it, ahead of the view."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from schemas.events.base import Event
from schemas.events.requests import KINDS, Kind
from schemas.events.research import (
    Queue,
    ResearchCancelled,
    ResearchCompleted,
    ResearchFailed,
    ResearchStarted,
    RunBacktest,
)
from schemas.events.screens import RunScreen
from schemas.research_views import State
from streams.catalog import RESEARCH_BATCH, RESEARCH_REQUESTS, RESEARCH_RESULTS

REQUESTS_MAX = 10_000
TOPICS = frozenset(t.name for t in (RESEARCH_REQUESTS, RESEARCH_BATCH, RESEARCH_RESULTS))
RANK: dict[State, int] = {"waiting": 0, "running": 1, "completed": 2, "failed": 2, "cancelled": 2}
"""A state is never followed by one of a lower rank; of the highest, the first one stays."""


@dataclass(slots=True)
class Known:
    """A request. queue, kind: None where only its results were read."""

    queue: Queue | None = None
    kind: Kind | None = None
    state: State = "waiting"

    @property
    def ended(self) -> bool:
        return RANK[self.state] == max(RANK.values())


class RecentResearch:
    """The newest requests by id; of older ones only the view knows."""

    def __init__(self, requests_max: int = REQUESTS_MAX) -> None:
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._max = requests_max

    def get(self, request_id: str) -> Known | None:
        return self._known.get(request_id)

    def apply(self, topic: str, event: Event) -> None:
        """Take one event of the topics in; others are ignored."""
        match event:
            case RunBacktest() | RunScreen():
                known = self._of(event.request_id)
                known.queue = known.queue or queue_of(topic)
                known.kind = known.kind or KINDS[type(event)]
            case ResearchStarted():
                self._move(event.request_id, "running")
            case ResearchCompleted():
                self._move(event.request_id, "completed")
            case ResearchFailed():
                self._move(event.request_id, "failed")
            case ResearchCancelled():
                self._move(event.request_id, "cancelled")

    def _of(self, request_id: str) -> Known:
        if request_id not in self._known and len(self._known) >= self._max:
            self._known.popitem(last=False)
        return self._known.setdefault(request_id, Known())

    def _move(self, request_id: str, state: State) -> None:
        known = self._of(request_id)
        if RANK[state] > RANK[known.state]:
            known.state = state


def queue_of(topic: str) -> Queue:
    """Which queue a topic of requests is."""
    return "batch" if topic == RESEARCH_BATCH.name else "interactive"
