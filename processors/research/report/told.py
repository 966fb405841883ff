"""What the charts of a page show, told in sentences for who can't see them."""

from __future__ import annotations

import numpy as np

from processors.research.report.figures import amount, integer, percent, price
from processors.research.report.report import Report
from processors.research.report.returns_chart import closed_returns
from processors.research.report.times import short
from processors.research.results import Curve
from processors.research.statistics.drawdowns import drawdown_series
from schemas.columns import Ints


def day(ts: int | np.int64) -> str:
    """UTC microseconds as a date."""
    times: Ints = np.array([ts], dtype=np.int64)
    return short(times, days_only=True)[0]


def equity(curve: Curve) -> str:
    low, high = int(curve.equity.argmin()), int(curve.equity.argmax())
    told = (
        f"Line chart of equity from {day(curve.ts[0])} to {day(curve.ts[-1])}: first "
        f"{amount(curve.equity[0])}, last {amount(curve.equity[-1])}, lowest "
        f"{amount(curve.equity[low])} on {day(curve.ts[low])}, highest "
        f"{amount(curve.equity[high])} on {day(curve.ts[high])}."
    )
    if np.all(np.isfinite(curve.benchmark)):
        told += f" The benchmark ended at {amount(curve.benchmark[-1])}."
    return told


def drawdown(report: Report) -> str:
    """Of the chart under equity."""
    if not report.worst_drawdowns:
        return "Area chart of drawdown: equity never fell below its peak."
    worst = report.worst_drawdowns[0]
    last = drawdown_series(report.curve.equity, report.initial_cash)[-1]
    return (
        f"Area chart of drawdown: the deepest was {percent(worst.depth)} on "
        f"{day(worst.trough_ts)}; at the end it was {percent(last)}."
    )


def trades_on_price(report: Report, symbol: int) -> str:
    """Of one symbol's chart; symbol: index into the report's."""
    bars, trades = report.bars[symbol], report.trades
    made = trades.pnl[(trades.symbol == symbol) & trades.closed]
    return (
        f"Line chart of the price of {report.symbols[symbol]}, {price(bars.close[0])} at first and "
        f"{price(bars.close[-1])} at last, with the entries and exits of {integer(len(made))} "
        f"closed trades, {integer(int(np.count_nonzero(made > 0.0)))} of which won. "
        "The table of trades lists them."
    )


def returns(report: Report) -> str:
    made = closed_returns(report.trades)
    return (
        f"Histogram of the returns of {integer(len(made))} closed trades: worst "
        f"{percent(float(made.min()))}, median {percent(float(np.median(made)))}, best "
        f"{percent(float(made.max()))}."
    )
