"""The clock that leases are timed by: this process's own, which never jumps.

A lease begins when its record is read. By the record's time, which is its producer's, a worker
whose clock is behind would look dead as soon as it begins, and one ahead would never.
"""

from __future__ import annotations

import time


def now_ms() -> int:
    """Milliseconds since some moment before this process began."""
    return time.monotonic_ns() // 1_000_000
