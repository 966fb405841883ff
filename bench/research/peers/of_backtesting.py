"""The SMA cross on backtesting.py: orders of a close fill at the next open, in whole units."""

from __future__ import annotations

import pandas as pd
from backtesting import Backtest, Strategy
from backtesting.lib import crossover

from bench.research.peers.serving import Clock, Columns, Told, serve

CASH = 1_000_000.0
PRICE_PART = 1e-6
"""Prices are given in millionths: it trades whole units alone, and a millionth of one is as good
as a fraction."""


def mean(values: pd.Series, length: int) -> pd.Series:
    """Of the last `length`."""
    return pd.Series(values).rolling(length).mean()


class Cross(Strategy):  # type: ignore[misc]  # the package has no types
    """All in while the fast average is above the slow one."""

    def init(self) -> None:
        """Before the first bar."""
        self.fast = self.I(mean, self.data.Close, 10)
        self.slow = self.I(mean, self.data.Close, 30)

    def next(self) -> None:
        """At each close."""
        if crossover(self.fast, self.slow):
            self.buy()
        elif crossover(self.slow, self.fast):
            self.position.close()


def prepare(columns: Columns) -> pd.DataFrame:
    """As it names them."""
    prices = {name.title(): columns[name] * PRICE_PART for name in ("open", "high", "low", "close")}
    index = pd.to_datetime(columns["ts"], unit="us")
    return pd.DataFrame({**prices, "Volume": columns["volume"]}, index=index)


def run(bars: pd.DataFrame) -> Told:
    """All in on entry, 0.1 % of each side's value."""
    clock = Clock()
    stats = Backtest(bars, Cross, cash=CASH, commission=0.001).run()
    return {
        "seconds": clock.seconds(),
        "trades": float(stats["# Trades"]),
        "equity_final": float(stats["Equity Final [$]"]),
        "max_drawdown_pct": float(stats["Max. Drawdown [%]"]),
        "win_rate_pct": float(stats["Win Rate [%]"]),
    }


if __name__ == "__main__":
    serve(prepare, run)
