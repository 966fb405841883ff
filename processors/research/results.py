"""What a backtest gives, as columns: the account over time, its fills, and the trades they make."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.fills import Reason
from schemas.columns import Floats, Ints


@dataclass(frozen=True, slots=True)
class Curve:
    """The account at n times, after all bars of that time; every array has shape (n,).

    ts: the opens of the bars, UTC microseconds, int64, rising. equity: cash and positions at
    the bars' closes. exposure: absolute value of the positions, 0.0 when flat. benchmark: what
    the same cash would have become in the benchmark, by default bought at the first close and
    held. In the account's currency, float64.
    """

    ts: Ints
    equity: Floats
    exposure: Floats
    benchmark: Floats

    def __len__(self) -> int:
        return len(self.ts)


@dataclass(frozen=True, slots=True)
class Fills:
    """n fills, in the order in which they came; every array has shape (n,).

    ts: the bar's open, UTC microseconds. symbol: index into the run's symbols. units: signed,
    negative when sold. price: paid or got, slippage included. slippage: of it, in the
    account's currency, ≥ 0 where it cost. fee: commission, ≥ 0. volume: of the bar, in units.
    reason: Reason.
    """

    ts: Ints
    symbol: Ints
    units: Floats
    price: Floats
    slippage: Floats
    fee: Floats
    volume: Floats
    reason: Ints

    def __len__(self) -> int:
        return len(self.ts)


ACCOUNT = -1
"""In the place of a symbol: the account's own."""


@dataclass(frozen=True, slots=True)
class Income:
    """m amounts in the account's currency that no fill brought, in the order in which they came;
    every array has shape (m,).

    ts: the bar's open, UTC microseconds. symbol: index of that whose dividends less borrow it
    is; ACCOUNT for the interest on what the account owes, which is negative.
    """

    ts: Ints
    symbol: Ints
    amount: Floats


@dataclass(frozen=True, slots=True)
class Refusals:
    """m bars of which orders were refused, for want of room or of a whole lot, in the order in
    which they came; int64 (m,) each.

    ts: the bar's open, UTC microseconds. symbol: index into the run's symbols. count: of orders.
    """

    ts: Ints
    symbol: Ints
    count: Ints

    def __len__(self) -> int:
        return len(self.ts)


@dataclass(frozen=True, slots=True)
class Trades:
    """n trades, each a position or a part of one from its entry to its exit, in the order of
    the exits; every array has shape (n,). A position that is closed in parts is a trade each.

    symbol: index into the run's symbols. size: units, negative when short. entry_ts, exit_ts:
    opens of the bars of the first fill and of the exit, UTC microseconds. entry_price: average.
    pnl: net of the fees, dividends and borrow of its units, in the account's currency.
    return_: pnl / (|size| × entry_price). fees: of entry and exit. mae, mfe: worst (≤ 0) and
    best (≥ 0) move of the price from entry to exit, of the entry price. bars_held: bars after
    the one of the entry, up to the exit's. reason: Reason of the exit; END while it is open.
    """

    symbol: Ints
    size: Floats
    entry_ts: Ints
    exit_ts: Ints
    entry_price: Floats
    exit_price: Floats
    pnl: Floats
    return_: Floats
    fees: Floats
    mae: Floats
    mfe: Floats
    bars_held: Ints
    reason: Ints

    def __len__(self) -> int:
        return len(self.size)

    @property
    def closed(self) -> NDArray[np.bool_]:
        """Which of them have ended."""
        return np.not_equal(self.reason, Reason.END)
