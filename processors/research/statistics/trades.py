"""Closed trades and fills in, how good the trades were and what they cost out.

Everywhere: pnl is of n closed trades in the order of their exits, net, in the account's currency,
shape (n,). One that neither won nor lost counts as a trade, but as neither. What trades do not
tell is NaN: none of them, or no losses to compare with.

backtesting.py and quantstats differ here by what they look at: the first takes profit factor and
expectancy of the trades' returns, and their geometric mean as the average trade; the second takes
all of these of periods' returns, not of trades. vectorbt takes them of trades' pnl, as we do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processors.research.results import Fills, Trades
from processors.research.statistics.periods import DAY_US
from processors.research.statistics.returns import ratio
from schemas.columns import Floats, Ints

# Equal pnl differ by rounding of their own size: a deviation so small a part of the mean is none.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Closed:
    """The closed ones of trades; every array has shape (n,).

    pnl: the account's currency. returns: fractions of what was entered with. bars: held.
    days: from the bar of the entry to the exit's.
    """

    pnl: Floats
    returns: Floats
    bars: Ints
    days: Floats

    def __len__(self) -> int:
        return len(self.pnl)


def closed_trades(trades: Trades) -> Closed:
    """Without the trades that were open when the bars ended."""
    closed = trades.closed
    return Closed(
        pnl=trades.pnl[closed],
        returns=trades.return_[closed],
        bars=trades.bars_held[closed],
        days=(trades.exit_ts[closed] - trades.entry_ts[closed]) / DAY_US,
    )


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What the wins and losses of n trades add up to.

    gains, losses: sums of the winning and the losing pnl, both ≥ 0, in the account's currency.
    """

    count: int
    winners: int
    losers: int
    gains: float
    losses: float

    @property
    def win_rate(self) -> float:
        """Wins / trades, as backtesting.py and vectorbt; quantstats leaves out the zeros."""
        return ratio(self.winners, self.count)

    @property
    def profit_factor(self) -> float:
        """Gains / losses; NaN without losses, where vectorbt and quantstats say infinity."""
        return ratio(self.gains, self.losses)

    @property
    def expectancy(self) -> float:
        """Mean pnl of a trade; backtesting.py's is its mean return."""
        return ratio(self.gains - self.losses, self.count)

    @property
    def payoff_ratio(self) -> float:
        """Average win / average loss."""
        return ratio(ratio(self.gains, self.winners), ratio(self.losses, self.losers))

    @property
    def kelly(self) -> float:
        """Kelly's fraction: W - (1 - W) / payoff ratio, W the win rate (Kelly 1956).

        A fraction of the capital, negative where the trades lose. As backtesting.py.
        """
        return self.win_rate - ratio(1.0 - self.win_rate, self.payoff_ratio)


def outcomes_of(pnl: Floats) -> Outcomes:
    """The sums of the wins and of the losses."""
    return Outcomes(
        count=len(pnl),
        winners=int(np.count_nonzero(pnl > 0.0)),
        losers=int(np.count_nonzero(pnl < 0.0)),
        gains=float(np.maximum(pnl, 0.0).sum()),
        losses=-float(np.minimum(pnl, 0.0).sum()),
    )


def sqn(pnl: Floats) -> float:
    """System quality number: √n × mean / standard deviation (ddof 1) of pnl (Tharp 2008).

    As backtesting.py and vectorbt. Tharp caps n at 100, neither of them and we do not.
    """
    if len(pnl) < 2:
        return math.nan
    mean, spread = float(pnl.mean()), float(pnl.std(ddof=1))
    return ratio(math.sqrt(len(pnl)) * mean, spread if spread > ROUNDING * abs(mean) else 0.0)


def longest_run(held: NDArray[np.bool_]) -> int:
    """How often in a row it held at most: consecutive wins of pnl > 0, losses of pnl < 0."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], held, [False]))))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def largest(values: Floats | Ints) -> float:
    """The best return, the longest duration."""
    return float(values.max()) if len(values) else math.nan


def smallest(values: Floats | Ints) -> float:
    """The worst return."""
    return float(values.min()) if len(values) else math.nan


def fees_paid(fills: Fills) -> float:
    """Of all fills, of open trades as well; in the account's currency."""
    return float(fills.fee.sum())


def slippage_paid(fills: Fills) -> float:
    """Of all fills, of open trades as well; in the account's currency, already in the prices."""
    return float(fills.slippage.sum())
