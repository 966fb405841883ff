"""The requests of one partition, as far as they are needed, and from where on to read them. Pure.

Requests and results come on two topics, without an order between them. What has ended is forgotten
in the order in which it was asked for: so there is a low offset of requests below which all have
ended, and one of results below which nothing is about a request above the other. Both hold for
ever, whoever says so and however late: an owner that begins there knows all that is open, and of
nothing that has ended that it is open.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from processors.research.core import Input, Request, fold, is_end
from schemas.events.research import CancelResearch, ResearchProgressed, ResearchStarted

REMEMBERED_MAX = 1_000
"""Requests that are known after they have ended, since somebody may send one twice."""


class Lows(NamedTuple):
    """Where an owner begins to read, by topic."""

    requests: int = 0
    results: int = 0


@dataclass(slots=True)
class _Entry:
    """answered: the offset of its first result; asked: how many of its requests are above the low
    offset, 0 for one that was met in the results alone: another topic's, or one yet to come."""

    state: Request = field(default_factory=Request)
    answered: int | None = None
    asked: int = 0


class Ledger:
    """remembered_max: of those that have ended, and of those that only the results speak of."""

    def __init__(self, remembered_max: int = REMEMBERED_MAX) -> None:
        self._max = remembered_max
        self._entries: dict[str, _Entry] = {}
        self._asked: deque[tuple[int, str]] = deque()
        """Offset and id of each request, ascending."""
        self._strange: dict[str, None] = {}
        """Met in the results alone, oldest first."""

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[str]:
        """The ids of all that are known."""
        return iter(self._entries)

    def state(self, request_id: str) -> Request:
        """Of a request; one that nobody has heard of is fresh."""
        entry = self._entries.get(request_id)
        return Request() if entry is None else entry.state

    def read(self, request_id: str, event: Input, at_ms: int, offset: int) -> Request:
        """The request after an event of either topic, at that offset of it."""
        entry = self._entry(request_id)
        entry.state = fold(entry.state, event, at_ms)
        if is_answer(event):
            entry.answered = offset if entry.answered is None else entry.answered
        elif not isinstance(event, CancelResearch):
            entry.asked += 1
            self._asked.append((offset, request_id))
            self._strange.pop(request_id, None)
        self._forget()
        return entry.state

    def note(self, request_id: str, event: Input, at_ms: int) -> Request:
        """The request after what this process knows ahead of the log, or beside it."""
        entry = self._entry(request_id)
        entry.state = fold(entry.state, event, at_ms)
        return entry.state

    def lows(self, nexts: Lows) -> Lows:
        """Where an owner of the partition may begin. nexts: what is read next of both topics."""
        answered = (entry.answered for entry in self._entries.values())
        return Lows(
            self._asked[0][0] if self._asked else nexts.requests,
            min((offset for offset in answered if offset is not None), default=nexts.results),
        )

    def _entry(self, request_id: str) -> _Entry:
        entry = self._entries.get(request_id)
        if entry is None:
            entry = self._entries[request_id] = _Entry()
            self._strange[request_id] = None
        return entry

    def _forget(self) -> None:
        while len(self._asked) > self._max and self._entries[self._asked[0][1]].state.ended:
            _, request_id = self._asked.popleft()
            entry = self._entries[request_id]
            entry.asked -= 1
            if not entry.asked:
                del self._entries[request_id]
        while len(self._strange) > self._max:
            request_id = next(iter(self._strange))
            del self._strange[request_id], self._entries[request_id]


def is_answer(event: Input) -> bool:
    """Whether an event is of the results."""
    return is_end(event) or isinstance(event, ResearchStarted | ResearchProgressed)
