"""Whose request is next: authors take turns, each with what it asked for first. Pure."""

from __future__ import annotations

from collections import deque


class Turns:
    """Requests that wait for a worker. The order follows from that of the calls alone.

    An author who asks for a thousand holds another up by one at most; a step takes the same time
    however many wait.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[str]] = {}
        """By author, in the order of their turns; none without a request."""
        self._known: set[str] = set()

    def __len__(self) -> int:
        return len(self._known)

    def add(self, author: str, request_id: str) -> None:
        """Let a request wait; one that does already keeps its place."""
        if request_id not in self._known:
            self._known.add(request_id)
            self._waiting.setdefault(author, deque()).append(request_id)

    def take(self) -> str:
        """The next one, which waits no more; there must be one."""
        author = next(iter(self._waiting))
        mine = self._waiting.pop(author)
        request_id = mine.popleft()
        if mine:
            self._waiting[author] = mine
        self._known.discard(request_id)
        return request_id

    def clear(self) -> None:
        """Nobody waits."""
        self._waiting.clear()
        self._known.clear()
