"""When a crashed process is started again: soon, then ever later, and soon again once it held."""

from __future__ import annotations

from dataclasses import dataclass

DELAY_S_MIN = 0.5
DELAY_S_MAX = 30.0
HELD_S = 60.0


@dataclass(frozen=True)
class Backoff:
    """What is known of a process's crashes in a row; times are of one monotonic clock."""

    crashes: int = 0
    started_s: float = 0.0

    def started(self, now_s: float) -> Backoff:
        """The process was started."""
        return Backoff(self.crashes, now_s)

    def crashed(self, now_s: float) -> Backoff:
        """The process has ended; one that had held for `HELD_S` begins to count anew."""
        held = now_s - self.started_s >= HELD_S
        return Backoff(1 if held else self.crashes + 1, self.started_s)

    @property
    def delay_s(self) -> float:
        """How long to wait before the next start: 0.5 s, 1 s, 2 s … up to 30 s."""
        exponent = min(max(self.crashes - 1, 0), 10)  # beyond that the limit rules anyway
        return min(DELAY_S_MIN * 2.0**exponent, DELAY_S_MAX)
