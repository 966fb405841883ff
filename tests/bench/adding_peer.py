"""A peer for tests: it prints, adds up, and ends when a close is negative."""

from __future__ import annotations

import sys
from typing import Any

from bench.research.peers.serving import WARM_UP_BARS, Clock, Columns, Told, serve


def prepare(columns: Columns) -> Any:
    return columns["close"]


def run(closes: Any) -> Told:
    sys.stdout.write("a peer may say what it likes\n")
    clock = Clock()
    if (closes < 0.0).any():
        sys.exit("it does not take prices below 0")
    return {"seconds": clock.seconds(), "bars": float(len(closes)), "sum": float(closes.sum())}


if __name__ == "__main__":
    assert WARM_UP_BARS > 0
    serve(prepare, run)
