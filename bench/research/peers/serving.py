"""A peer's side of the bench: whenever it is told to, it runs once and says what came of it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

Columns = dict[str, Any]
"""ts (int64, UTC microseconds), open, high, low, close, volume (float64), all (n,)."""
Told = dict[str, float]
"""seconds, and then what the run came to."""
Prepared = TypeVar("Prepared")
WARM_UP_BARS = 2_000


def serve(prepare: Callable[[Columns], Prepared], run: Callable[[Prepared], Told]) -> None:
    """Answers each line on stdin with a line of JSON, until it ends.

    prepare: bars into what the peer takes, outside of the clock. The first run, over few bars, is
    for what is compiled or loaded at first use. What the peer prints goes to stderr.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with np.load(Path(sys.argv[1])) as file:
        columns = {name: file[name] for name in file.files}
    run(prepare({name: column[:WARM_UP_BARS] for name, column in columns.items()}))
    prepared = prepare(columns)
    print(json.dumps({"ready": 1}), file=answers, flush=True)
    for _ in sys.stdin:
        print(json.dumps(run(prepared)), file=answers, flush=True)


class Clock:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    def seconds(self) -> float:
        return time.perf_counter() - self._began
