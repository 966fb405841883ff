"""A report as one page that needs no network: figures and tables as HTML, charts by bokeh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.model import Model

from processors.research.report import told
from processors.research.report.account_chart import EQUITY_LOG, account_charts
from processors.research.report.embedding import embedded
from processors.research.report.figures import figure, integer, setting, title
from processors.research.report.page import page
from processors.research.report.price_chart import TRADES_MAX as MARKED_MAX
from processors.research.report.price_chart import Drawn, drawn, has_logs, price_charts
from processors.research.report.report import Figure, Report
from processors.research.report.returns_chart import returns_charts
from processors.research.report.rows import (
    TRADES_MAX,
    drawdown_rows,
    sense,
    trade_rows,
    year_rows,
)
from processors.research.report.times import short

HEADLINES = (
    *("equity_final", "return_pct", "buy_and_hold_return_pct", "annual_return_pct"),
    *("max_drawdown_pct", "sharpe", "win_rate_pct", "trades"),
)
COLOURED = ("return_pct", "annual_return_pct")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Pair:
    """A title, and a figure or a setting as text."""

    title: str
    figure: str
    sense: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    rows: list[Pair]


@dataclass(frozen=True, slots=True)
class Price:
    """A symbol's chart: the symbol's index, which its element's id has, and what it tells."""

    index: int
    symbol: str
    told: str


def as_html(report: Report) -> bytes:
    """The report as a page in UTF-8; the same report gives the same bytes.

    What a user gives is escaped wherever it stands, and never reaches bokeh. A usual result
    takes 1.6 to 1.7 MB, of which bokeh is 1.3 to 1.4.
    """
    account, returns, what = account_charts(report), returns_charts(report.trades), drawn(report)
    # A document a symbol: charts that aren't shown need not be drawn.
    prices = [price_charts(report, int(index), what) for index in what.symbols]
    documents: list[Mapping[str, Model]] = [account, returns, *prices]
    first, last = short(np.array(report.period), days_only=True)
    return page(
        embedded([roots for roots in documents if roots]),
        title=report.title,
        description=report.description,
        source_name=report.source_name,
        symbols=listed(report.symbols),
        interval=report.interval,
        first=first,
        last=last,
        headlines=[_statistic(name, report.summary[name]) for name in _headlines(report)],
        notes=report.notes,
        account=_account(report, account),
        years=year_rows(report.curve),
        months=MONTHS,
        drawdowns=drawdown_rows(report),
        prices=[
            Price(index, report.symbols[index], told.trades_on_price(report, index))
            for index in what.symbols
        ],
        prices_log=has_logs(report, what),
        prices_cut=_prices_cut(report, what),
        returns=told.returns(report) if returns else "",
        trades=trade_rows(report),
        trades_cut=_cut("trades", TRADES_MAX, len(report.trades)),
        groups=_groups(report),
    )


def _headlines(report: Report) -> list[str]:
    return [name for name in HEADLINES if name in report.summary]


def _statistic(name: str, value: Figure) -> Pair:
    return Pair(title(name), figure(name, value), sense(value) if name in COLOURED else "")


def _account(report: Report, charts: Mapping[str, Model]) -> Mapping[str, Any] | None:
    """What the page tells about the charts of the account; None without them."""
    if not charts:
        return None
    return {
        "log": EQUITY_LOG in charts,
        "benchmark": bool(np.all(np.isfinite(report.curve.benchmark))),
        "equity": told.equity(report.curve),
        "underwater": told.drawdown(report),
    }


def _groups(report: Report) -> list[Group]:
    """Statistics, settings and params, those that there are."""
    groups = [
        Group("All figures", [_statistic(*item) for item in report.summary.items()]),
        Group("Settings", [Pair(title(name), setting(v)) for name, v in report.settings.items()]),
        Group("Parameters", [Pair(name, setting(v)) for name, v in report.params.items()]),
    ]
    return [group for group in groups if group.rows]


def listed(symbols: tuple[str, ...], most: int = 12) -> str:
    """The symbols, and how many more there are."""
    more = len(symbols) - most
    return ", ".join(symbols[:most]) + (f" and {more} more" if more > 0 else "")


def _cut(what: str, most: int, count: int) -> str:
    """A sentence when a list is longer than is shown, else none."""
    if count <= most:
        return ""
    return f"The latest {integer(most)} of {integer(count)} {what}; JSON, CSV and Parquet have all."


def _prices_cut(report: Report, what: Drawn) -> str:
    missing = len(report.symbols) - len(what.symbols)
    symbols = f"{integer(missing)} symbols with fewer trades are not drawn. " if missing else ""
    trades = int(np.isin(report.trades.symbol, what.symbols).sum())
    return (symbols + _cut("trades are marked", MARKED_MAX, trades)).strip()
