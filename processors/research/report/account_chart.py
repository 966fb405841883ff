"""The account over time: equity beside its benchmark, and how far it stood under water."""

from __future__ import annotations

import numpy as np
from bokeh.models import ColumnDataSource, NumeralTickFormatter, Range1d
from bokeh.models.annotations import Span
from bokeh.plotting import figure

from processors.research.report.chart import (
    DOWN,
    NEUTRAL,
    UP,
    chart,
    crossline,
    finite,
    hover,
    milliseconds,
    moment,
    time_range,
)
from processors.research.report.report import Report
from processors.research.report.thinning import POINTS_MAX, kept_rows
from processors.research.results import Curve
from processors.research.statistics.drawdowns import drawdown_series

EQUITY, EQUITY_LOG, UNDERWATER = "equity", "equity-log", "underwater"


def account_charts(report: Report) -> dict[str, figure]:
    """The charts, which move together, by the ids of their elements; none when the curve is
    empty, and none on a log scale when the account or its benchmark was not above zero."""
    curve = report.curve
    if not finite(curve.equity):
        return {}
    x_range, line = time_range(report.period), crossline()
    source, date = ColumnDataSource(_drawn(curve)), moment("t", curve.ts)
    charts = {EQUITY: _equity(source, chart(x_range, 340, line=line), date)}
    drawn = [column for name, column in source.data.items() if name != "t"]
    if min(float(np.min(column)) for column in drawn) > 0.0:
        log = chart(x_range, 340, y_axis_type="log", line=line)
        charts[EQUITY_LOG] = _equity(source, log, date)
    charts[UNDERWATER] = _underwater(report, x_range, line)
    return charts


def _drawn(curve: Curve) -> dict[str, np.ndarray]:
    """Columns of both lines at the same times, so that a tooltip tells of both."""
    if not finite(curve.benchmark):
        rows = kept_rows(curve.equity)
        return {"t": milliseconds(curve.ts[rows]), "equity": curve.equity[rows]}
    half = POINTS_MAX // 2
    rows = np.union1d(kept_rows(curve.equity, half), kept_rows(curve.benchmark, half))
    if len(curve) <= POINTS_MAX:
        rows = np.arange(len(curve))
    return {
        "t": milliseconds(curve.ts[rows]),
        "equity": curve.equity[rows],
        "benchmark": curve.benchmark[rows],
    }


def _equity(source: ColumnDataSource, made: figure, date: str) -> figure:
    tooltips = [("Date", date), ("Equity", "@equity{0,0.00}")]
    if "benchmark" in source.data:
        made.line("t", "benchmark", source=source, color=NEUTRAL, line_width=1.4)
        tooltips.append(("Benchmark", "@benchmark{0,0.00}"))
    line = made.line("t", "equity", source=source, color=UP, line_width=1.8)
    made.add_tools(hover(tooltips, renderers=[line], mode="vline"))
    made.yaxis.formatter = NumeralTickFormatter(format="0.[000]a")
    return made


def _underwater(report: Report, x_range: Range1d, line: Span) -> figure:
    curve = report.curve
    depth = drawdown_series(curve.equity, report.initial_cash)
    rows = kept_rows(depth)
    source = ColumnDataSource({"t": milliseconds(curve.ts[rows]), "depth": depth[rows]})
    made = chart(x_range, 170, line=line)
    made.varea("t", 0, "depth", source=source, color=DOWN, alpha=0.28)
    drawn = made.line("t", "depth", source=source, color=DOWN, line_width=1.2)
    tooltips = [("Date", moment("t", curve.ts)), ("Drawdown", "@depth{0.00%}")]
    made.add_tools(hover(tooltips, renderers=[drawn], mode="vline"))
    made.yaxis.formatter = NumeralTickFormatter(format="0.[00]%")
    return made
