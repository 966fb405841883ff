"""Curves, fills and trades for the tests of this folder; what is not given does not matter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from processors.research.results import Curve, Fills, Trades
from processors.research.statistics.periods import DAY_US
from sandbox.fills import Reason
from schemas.columns import Floats, Ints


def at(text: str) -> int:
    """A time in ISO 8601, taken as UTC, in microseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def days(count: int, start: str = "2024-01-01", step_us: int = DAY_US) -> Ints:
    """So many bars' opens; by default one a day from a Monday on."""
    return at(start) + np.arange(count, dtype=np.int64) * step_us


def curve_of(
    equity: Sequence[float],
    *,
    ts: Ints | None = None,
    exposure: Sequence[float] | None = None,
    benchmark: Sequence[float] | None = None,
) -> Curve:
    n = len(equity)
    return Curve(
        ts=days(n) if ts is None else ts,
        equity=np.array(equity, np.float64),
        exposure=np.zeros(n) if exposure is None else np.array(exposure, np.float64),
        benchmark=np.full(n, 100.0) if benchmark is None else np.array(benchmark, np.float64),
    )


def fills_of(
    units: Sequence[float],
    *,
    price: float = 1.0,
    volume: Sequence[float] | Floats | None = None,
    fee: float = 0.0,
    slippage: float = 0.0,
) -> Fills:
    n = len(units)
    return Fills(
        ts=days(n),
        symbol=np.zeros(n, np.int64),
        units=np.array(units, np.float64),
        price=np.full(n, price),
        slippage=np.full(n, slippage),
        fee=np.full(n, fee),
        volume=np.full(n, 1e6) if volume is None else np.array(volume, np.float64),
        reason=np.full(n, Reason.MARKET, np.int64),
    )


def trades_of(
    pnl: Sequence[float] | Floats,
    *,
    bars_held: Sequence[int] | None = None,
    open_last: int = 0,
    entered_with: float = 1_000.0,
) -> Trades:
    """Each entered with so much money, a bar a day; the last ones are still open."""
    n = len(pnl)
    held = np.ones(n, np.int64) if bars_held is None else np.array(bars_held, np.int64)
    reason = np.full(n, Reason.MARKET, np.int64)
    reason[n - open_last :] = Reason.END
    return Trades(
        symbol=np.zeros(n, np.int64),
        size=np.full(n, entered_with / 100.0),
        entry_ts=days(n),
        exit_ts=days(n) + held * DAY_US,
        entry_price=np.full(n, 100.0),
        exit_price=np.full(n, 100.0),
        pnl=np.array(pnl, np.float64),
        return_=np.array(pnl, np.float64) / entered_with,
        fees=np.zeros(n),
        mae=np.zeros(n),
        mfe=np.zeros(n),
        bars_held=held,
        reason=reason,
    )
