"""Shifts the wall clock that Python sees, of a process that has this folder on its PYTHONPATH.

By so many seconds as the file `$CHAOS_CLOCK/NAME` says, NAME being the worker's instance; it may
change at any time. What C code reads by itself is not shifted.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

FOLDER = os.environ.get("CHAOS_CLOCK")
LOOK_INTERVAL_S = 0.1


class Clock:
    """The system's clock, and how far it is off here."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ns = time.time_ns
        self._shift_ns = 0
        self._due_s = 0.0

    def time_ns(self) -> int:
        if time.monotonic() > self._due_s:
            self._due_s = time.monotonic() + LOOK_INTERVAL_S
            if self._path.exists():
                self._shift_ns = int(self._path.read_text() or 0) * 1_000_000_000
        return self._ns() + self._shift_ns

    def time(self) -> float:
        return self.time_ns() / 1e9


if FOLDER:
    clock = Clock(Path(FOLDER) / os.environ.get("PERIPHERAL_WORKER__INSTANCE_ID", "others"))
    time.time_ns = clock.time_ns
    time.time = clock.time
