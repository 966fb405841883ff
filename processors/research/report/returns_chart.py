"""The distribution of what closed trades returned, losses in one colour and gains in another."""

from __future__ import annotations

import numpy as np
from bokeh.models import BasicTicker, ColumnDataSource, NumeralTickFormatter
from bokeh.plotting import figure

from processors.research.report.bins import binned
from processors.research.report.chart import DOWN, UP, chart, hover
from processors.research.results import Trades

RETURNS = "returns"


def closed_returns(trades: Trades) -> np.ndarray:
    """Of the trades that ended, those that are numbers; fractions."""
    made = trades.return_[trades.closed]
    return made[np.isfinite(made)]


def returns_charts(trades: Trades) -> dict[str, figure]:
    """The histogram by its element's id; none without closed trades."""
    made = closed_returns(trades)
    if not len(made):
        return {}
    bins = binned(made)
    source = ColumnDataSource(
        {
            "left": bins.left,
            "right": bins.right,
            "count": bins.count.astype(np.float64),
            "color": np.where(bins.left >= 0.0, UP, DOWN).tolist(),
        }
    )
    histogram = chart(None, 260)
    bars = histogram.quad(
        left="left", right="right", top="count", bottom=0, source=source, color="color", alpha=0.85
    )
    histogram.y_range.start = 0  # type: ignore[attr-defined]
    tooltips = [("Return", "@left{0.[00]%} to @right{0.[00]%}"), ("Trades", "@count{0,0}")]
    histogram.add_tools(hover(tooltips, renderers=[bars]))
    histogram.xaxis.formatter = NumeralTickFormatter(format="0.[0]%")
    histogram.yaxis.formatter = NumeralTickFormatter(format="0,0")
    histogram.yaxis.ticker = BasicTicker(min_interval=1)
    return {RETURNS: histogram}
