"""Bars that a trend-following strategy neither dies nor explodes on."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np

from bench.market import FIRST_TS
from schemas.columns import BarColumns
from schemas.series import interval_us

STEP_SIGMA, GAP_SIGMA, WICK_SIGMA = 0.001, 0.0002, 0.0003
TREND_BARS, TREND_SHARE = 40, 1.2
"""With these an SMA 10/30 cross earns what its fees of 0.1 % cost: of a walk without trends it
would lose all within some thousand trades, and the rest of the run would be no work for anyone."""


def trending(count: int, seed: int = 1, digits: int | None = None) -> BarColumns:
    """One-minute bars of a walk with short trends; the same for the same seed. digits: of the
    prices, all of them where None."""
    dice = np.random.default_rng(seed)
    pushes = np.cumsum(dice.normal(0.0, STEP_SIGMA, count + TREND_BARS))
    trend = (pushes[TREND_BARS:] - pushes[:-TREND_BARS]) / TREND_BARS
    steps = dice.normal(0.0, STEP_SIGMA, count) + TREND_SHARE * trend
    close = 100.0 * np.exp(np.cumsum(steps))
    gaps = np.exp(dice.normal(0.0, GAP_SIGMA, count))
    opened = np.append(100.0, close[:-1]) * gaps
    wick = np.abs(dice.normal(0.0, WICK_SIGMA, (2, count)))
    high = np.maximum(opened, close) * (1.0 + wick[0])
    low = np.minimum(opened, close) * (1.0 - wick[1])
    volume = dice.integers(10_000, 1_000_000, count).astype(np.float64)
    ts = FIRST_TS + np.arange(count, dtype=np.int64) * interval_us("1m")
    if digits is not None:
        opened, high, low, close = (np.round(price, digits) for price in (opened, high, low, close))
    return BarColumns(ts, opened, high, low, close, volume)


def write(bars: BarColumns, path: Path) -> None:
    """As the peers read them."""
    np.savez(path, **{field.name: getattr(bars, field.name) for field in fields(bars)})
