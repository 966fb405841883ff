"""A symbol's price with its trades: a line from each entry to its exit, in the colour of what
it made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, NumeralTickFormatter
from bokeh.plotting import figure
from numpy.typing import NDArray

from processors.research.report.chart import (
    DOWN,
    NEUTRAL,
    UP,
    chart,
    finite,
    hover,
    milliseconds,
    moment,
    time_range,
)
from processors.research.report.reasons import in_words
from processors.research.report.report import Report
from processors.research.report.thinning import POINTS_MAX, kept_rows
from schemas.columns import Ints

HEIGHT = 380
SYMBOLS_MAX = 20
TRADES_MAX = 2_000
POINTS_OF_ALL = 12_000
"""Of all symbols together: 4,000 of one, 600 each of twenty."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What fits on a page. symbols: indices of those with the most trades, rising. trades:
    rows of the latest trades in them."""

    symbols: NDArray[np.intp]
    trades: NDArray[np.intp]


def drawn(report: Report) -> Drawn:
    """Symbols without bars to draw are left out."""
    counts = np.bincount(report.trades.symbol, minlength=len(report.symbols))
    usable = [index for index, bars in enumerate(report.bars) if finite(bars.close)]
    most = sorted(usable, key=lambda index: (-counts[index], index))[:SYMBOLS_MAX]
    symbols = np.array(sorted(most), dtype=np.intp)
    trades = np.flatnonzero(np.isin(report.trades.symbol, symbols))[-TRADES_MAX:]
    return Drawn(symbols, trades)


def has_logs(report: Report, what: Drawn) -> bool:
    """Whether every price that is drawn has a logarithm; then there is a second chart of each."""
    return all(bool(np.all(report.bars[symbol].close > 0.0)) for symbol in what.symbols)


def price_charts(report: Report, symbol: int, what: Drawn) -> dict[str, figure]:
    """One symbol's chart and the same on a log scale, which move together, by the ids of their
    elements; symbol: index into the report's."""
    bars = report.bars[symbol]
    points = min(POINTS_MAX, POINTS_OF_ALL // len(what.symbols))
    rows = kept_rows(bars.close, points)
    prices = ColumnDataSource({"t": milliseconds(bars.ts[rows]), "close": bars.close[rows]})
    trades = what.trades[report.trades.symbol[what.trades] == symbol]
    marks = ColumnDataSource(_marks(report, trades))
    x_range, name = time_range(report.period), f"price-{symbol}"
    charts = {name: chart(x_range, HEIGHT)}
    if has_logs(report, what):
        charts[f"{name}-log"] = chart(x_range, HEIGHT, y_axis_type="log")
    for made in charts.values():
        made.line("t", "close", source=prices, color=NEUTRAL, line_width=1.2)
        made.yaxis.formatter = NumeralTickFormatter(format="0,0.[0000]")
        if len(trades):
            _mark(made, marks, report.curve.ts)
    return charts


def _marks(report: Report, rows: NDArray[np.intp]) -> dict[str, list[str] | np.ndarray]:
    trades = report.trades
    made, size, is_open = trades.pnl[rows], trades.size[rows], ~trades.closed[rows]
    colors = np.where(is_open, NEUTRAL, np.where(made > 0.0, UP, DOWN))
    return {
        "entry": milliseconds(trades.entry_ts[rows]),
        "exit": milliseconds(trades.exit_ts[rows]),
        "entry_price": trades.entry_price[rows],
        "exit_price": trades.exit_price[rows],
        "size": size,
        "pnl": made,
        "made": trades.return_[rows],
        "reason": in_words(trades.reason[rows]),
        "color": colors.tolist(),
        "marker": np.where(size > 0.0, "triangle", "inverted_triangle").tolist(),
        # Losses are hollow: a print without colours tells them too.
        "filled": np.where(made > 0.0, 0.95, 0.0),
    }


def _mark(made: figure, source: ColumnDataSource, ts: Ints) -> None:
    """Add what marks trades; ts: times that tell whether the clock matters."""
    made.segment(
        *("entry", "entry_price", "exit", "exit_price"),
        source=source,
        color="color",
        line_width=1.6,
        alpha=0.75,
    )
    look: Any = {"color": "color", "fill_alpha": "filled", "line_width": 1.5}
    entries = made.scatter("entry", "entry_price", source=source, size=10, marker="marker", **look)
    exits = made.scatter("exit", "exit_price", source=source, size=7, marker="square", **look)
    tooltips = [
        ("Entry", f"{moment('entry', ts)} at @entry_price{{0,0.00[00]}}"),
        ("Exit", f"{moment('exit', ts)} at @exit_price{{0,0.00[00]}}"),
        ("Size", "@size{0,0.[0000]}"),
        ("P&L", "@pnl{0,0.00} (@made{0.00%})"),
        ("Exit by", "@reason"),
    ]
    made.add_tools(hover(tooltips, renderers=[entries, exits]))
