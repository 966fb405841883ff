"""Ends a worker that Faust has left standing, so that its supervisor starts it again.

While partitions are assigned, the flow of records is suspended. Where the broker goes away in the
middle of that and stays away, Faust's recovery gives up after 90 s and nobody hears of it: the
process lives, has its partitions, and does nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from streams.crash import die

LIMIT_S = 120.0
LOOK_INTERVAL_S = 0.5


class Stall:
    """flows: whether records may flow now; limit_s: how long they may not."""

    def __init__(self, flows: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
        self._flows = flows
        self._limit_s = limit_s
        self._thread = threading.Thread(target=self._look_on, name="stall", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _look_on(self) -> None:
        flowed_s = time.monotonic()
        while True:
            time.sleep(LOOK_INTERVAL_S)
            if self._flows():
                flowed_s = time.monotonic()
            elif time.monotonic() - flowed_s > self._limit_s:
                die(f"for {self._limit_s:.0f} s partitions were assigned and no records flowed")
