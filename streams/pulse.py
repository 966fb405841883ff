"""Ends a process that stood still (stopped, swapped out, asleep with its machine) for too long.

Its partitions have other owners by then, and it would go on with what it has fetched before the
broker tells it so. A thread beats: one of long work, which leaves it its turn, does not count.
"""

from __future__ import annotations

import threading
import time

from streams.crash import die

BEAT_INTERVAL_S = 0.5
CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""One that goes on while the machine sleeps."""


class Pulse:
    """limit_s: how long the process may stand still."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._beat_s = time.clock_gettime(CLOCK)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="pulse", daemon=True)

    def start(self) -> None:
        self._beat_s = time.clock_gettime(CLOCK)
        self._thread.start()

    def stop(self) -> None:
        """Beat no more; nothing is looked at any more either."""
        self._stopped.set()

    def check(self) -> None:
        """End the process if it has just stood still, before it does anything else."""
        still_s = time.clock_gettime(CLOCK) - self._beat_s
        if still_s > self._limit_s and not self._stopped.is_set():
            die(f"stood still for {still_s:.0f} s, longer than the session lasts")

    def _beat_on(self) -> None:
        while not self._stopped.wait(BEAT_INTERVAL_S):
            self.check()
            self._beat_s = time.clock_gettime(CLOCK)
