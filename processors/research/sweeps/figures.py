"""Accounts in, those figures of them that are wanted out: what is not asked for is not computed.

The same as summary() gives, bit for bit. A whole summary takes longer than the run itself, and a
sweep of a thousand runs looks at four figures of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from processors.research.carried import steps_of
from processors.research.held import HeldFold
from processors.research.results import Curve
from processors.research.statistics import returns
from processors.research.statistics.drawdowns import drawdown_series
from processors.research.statistics.luck import Trials
from processors.research.statistics.periods import Periods, periods_of
from processors.research.statistics.summary import ORDER, Figures, known, of_trades, summary
from processors.research.sweeps.account import Account
from processors.research.sweeps.tape import Scene
from schemas.columns import Floats

OF_TRADES = (
    *("open_trades", "win_rate_pct", "profit_factor", "expectancy", "payoff_ratio"),
    *("kelly", "sqn", "avg_trade_pct", "best_trade_pct", "worst_trade_pct"),
    *("consecutive_wins", "consecutive_losses", "avg_trade_bars", "longest_trade_bars"),
    *("avg_trade_days", "longest_trade_days"),
)


class Reckoning:
    """What all runs of a scene have in common, and from it the figures of each.

    cash: the accounts' at first. risk_free: a year's rate, as a fraction.
    """

    def __init__(self, scene: Scene, cash: float, risk_free: float) -> None:
        self.scene, self.cash, self.risk_free = scene, cash, risk_free
        self.ts = scene.tape.rows.ts[scene.closes]
        self.periods: Periods = periods_of(self.ts)

    @cached_property
    def benchmark(self) -> Floats:
        """The cash held in the symbols instead, at the scene's closes."""
        tape, series = self.scene.tape, len(self.scene.markets.bars)
        part = slice(self.scene.first, self.scene.end)
        symbol, close = tape.symbol[part], tape.seen.close[part]
        worth = HeldFold(series, self.cash).add(symbol, close, steps_of(symbol, series))
        return worth[self.scene.closes - part.start]

    def returns(self, account: Account) -> Floats:
        """Of the periods, as fractions."""
        return self.periods.returns(account.equity, self.cash)

    def figures(self, account: Account, names: Iterable[str]) -> Figures:
        """Those of the summary with these names, in their order."""
        wanted = tuple(names)
        if all(name in _QUICK or name in OF_TRADES for name in wanted):
            traded = of_trades(account.trades) if set(OF_TRADES) & {*wanted} else {}
            return {
                name: known(_QUICK[name](self, account) if name in _QUICK else traded[name])
                for name in wanted
            }
        whole = self.summary(account)
        return {name: whole[name] for name in wanted}

    def summary(self, account: Account, trials: Trials | None = None) -> Figures:
        """All of them. trials: what was tried before this one was chosen."""
        curve = Curve(self.ts, account.equity, account.exposure, self.benchmark)
        return summary(
            curve,
            account.fills,
            account.trades,
            initial_cash=self.cash,
            risk_free=self.risk_free,
            trials=trials,
        )


def _sharpe(of: Reckoning, account: Account) -> float:
    return returns.sharpe(of.returns(account), of.periods.per_year, of.risk_free)


def _sortino(of: Reckoning, account: Account) -> float:
    return returns.sortino(of.returns(account), of.periods.per_year, of.risk_free)


def _annual_return(of: Reckoning, account: Account) -> float:
    return 100.0 * returns.annual_return(of.returns(account), of.periods.per_year)


def _max_drawdown(of: Reckoning, account: Account) -> float:
    return 100.0 * float(drawdown_series(account.equity, of.cash).min())


def _calmar(of: Reckoning, account: Account) -> float:
    return returns.calmar(_annual_return(of, account), _max_drawdown(of, account))


_QUICK: Mapping[str, Callable[[Reckoning, Account], float | int]] = {
    "sharpe": _sharpe,
    "sortino": _sortino,
    "calmar": _calmar,
    "annual_return_pct": _annual_return,
    "max_drawdown_pct": _max_drawdown,
    "equity_final": lambda _, account: float(account.equity[-1]),
    "return_pct": lambda of, account: 100.0 * (float(account.equity[-1]) / of.cash - 1.0),
    "trades": lambda _, account: account.closed_trades,
}

assert {*_QUICK, *OF_TRADES} <= {*ORDER}
