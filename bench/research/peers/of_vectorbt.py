"""The SMA cross on vectorbt: signals of a close fill at the next open, then `stats()`."""

from __future__ import annotations

import pandas as pd
import vectorbt as vbt

from bench.research.peers.serving import Clock, Columns, Told, serve

Series = tuple[pd.Series, pd.Series]


def prepare(columns: Columns) -> Series:
    """Open and close by time."""
    index = pd.to_datetime(columns["ts"], unit="us")
    return pd.Series(columns["open"], index=index), pd.Series(columns["close"], index=index)


def run(series: Series) -> Told:
    """All in on entry, 0.1 % of each side's value."""
    opens, closes = series
    clock = Clock()
    fast, slow = vbt.MA.run(closes, 10), vbt.MA.run(closes, 30)
    portfolio = vbt.Portfolio.from_signals(
        closes,
        entries=fast.ma_crossed_above(slow).vbt.signals.fshift(1),
        exits=fast.ma_crossed_below(slow).vbt.signals.fshift(1),
        price=opens,
        init_cash=1_000_000.0,
        fees=0.001,
        freq="1min",
    )
    backtest_s = clock.seconds()
    stats = portfolio.stats()
    return {
        "seconds": clock.seconds(),
        "backtest_s": backtest_s,
        "trades": float(stats["Total Closed Trades"]),
        "equity_final": float(stats["End Value"]),
        "max_drawdown_pct": -float(stats["Max Drawdown [%]"]),
        "win_rate_pct": float(stats["Win Rate [%]"]),
        "profit_factor": float(stats["Profit Factor"]),
        "figures": float(len(stats)),
    }


if __name__ == "__main__":
    serve(prepare, run)
