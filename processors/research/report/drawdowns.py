"""How far an account stood below its highest so far, and its worst such stretches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from processors.research.results import Curve
from schemas.columns import Floats


@dataclass(frozen=True, slots=True)
class Drawdown:
    """From a peak through the lowest point until the peak is reached again.

    depth: ≤ 0, a fraction of the peak. Times: UTC microseconds; recovery_ts is None while the
    account is still below the peak at the end.
    """

    depth: float
    peak_ts: int
    trough_ts: int
    recovery_ts: int | None


def underwater(equity: Floats) -> Floats:
    """Equity below its running peak as a fraction of that peak, ≤ 0, shape (n,); 0.0 as long
    as the peak is not above zero."""
    peak = np.maximum.accumulate(equity)
    return np.divide(equity - peak, peak, out=np.zeros(len(equity)), where=peak > 0.0)


def worst_drawdowns(curve: Curve, count: int = 5) -> tuple[Drawdown, ...]:
    """The deepest, deepest first; of equal depth the earlier first."""
    depth = underwater(curve.equity)
    steps = np.diff((depth < 0.0).astype(np.int8), prepend=0, append=0)
    starts, stops = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    found = []
    for start, stop in zip(starts, stops, strict=True):
        trough = start + int(depth[start:stop].argmin())
        found.append(
            Drawdown(
                depth=float(depth[trough]),
                peak_ts=int(curve.ts[start - 1]),  # the first row is its own peak, never below
                trough_ts=int(curve.ts[trough]),
                recovery_ts=int(curve.ts[stop]) if stop < len(curve) else None,
            )
        )
    return tuple(sorted(found, key=lambda drawdown: drawdown.depth)[:count])
