"""Where a deployment trapped on one partition, and from where on it is suspended for it.

The rule is a count since the activation, because only that follows from the set of the trapped
offsets alone: a fold that was restored from a checkpoint which was cut short sees some series again
and others not, so nothing may depend on the order in which it sees them. A run in a row, or a share
of the bars, would.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable


class TrapLog:
    """The first `limit` offsets at which the deployment trapped, with the key of their series."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._offsets: list[int] = []
        self._keys: dict[int, bytes] = {}

    @property
    def suspended_at(self) -> int | None:
        """The offset of the trap that was one too many: no bar behind it counts."""
        return self._offsets[-1] if len(self._offsets) == self._limit else None

    def add(self, key: bytes, offsets: Iterable[int]) -> None:
        """Take in traps, seen before or not; those behind the suspension are left out."""
        for offset in offsets:
            if offset not in self._keys:
                self._keys[offset] = key
                bisect.insort(self._offsets, offset)
        for offset in self._offsets[self._limit :]:
            del self._keys[offset]
        del self._offsets[self._limit :]

    def covers(self, offset: int) -> bool:
        """Whether the deployment is not yet suspended at the bar at that offset."""
        return self.suspended_at is None or offset <= self.suspended_at

    def count(self, offset: int) -> int:
        """How many traps there are up to that offset, that one included."""
        return bisect.bisect_right(self._offsets, offset)

    def by_key(self) -> dict[bytes, list[int]]:
        """The offsets, ascending, by the key of their series."""
        found: dict[bytes, list[int]] = {}
        for offset in self._offsets:
            found.setdefault(self._keys[offset], []).append(offset)
        return found
