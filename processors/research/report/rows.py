"""What the tables of a page show, as text: months, drawdowns, trades."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from processors.research.report.figures import amount, integer, percent, price, setting
from processors.research.report.months import Year, monthly_returns
from processors.research.report.reasons import in_words
from processors.research.report.report import Report
from processors.research.report.times import DAY_US, at_midnights, short
from processors.research.results import Curve
from processors.research.statistics.drawdowns import Drawdown

TRADES_MAX = 500
HEAT_MAX_PCT = 60.0
"""Of the colour, so that the words on it stay legible in both schemes."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A month: what it made, and how strongly in which colour; no heat, no colour."""

    text: str
    sense: str
    heat: str


@dataclass(frozen=True, slots=True)
class YearRow:
    year: int
    cells: tuple[Cell, ...]
    total: str


@dataclass(frozen=True, slots=True)
class DrawdownRow:
    depth: str
    peak: str
    trough: str
    recovery: str
    days: str


@dataclass(frozen=True, slots=True)
class TradeRow:
    symbol: str
    side: str
    size: str
    entry: str
    entry_price: str
    exit: str
    exit_price: str
    pnl: str
    made: str
    sense: str
    bars: str
    reason: str


def sense(value: float | None) -> str:
    """The class of a gain or a loss in page.css; none of what is neither."""
    if value is None or not value:
        return ""
    return "up" if value > 0.0 else "down"


def year_rows(curve: Curve) -> list[YearRow]:
    """Years falling. The colour is full at the size that nine of ten months stay below, so that
    one extraordinary month doesn't pale the others."""
    years = monthly_returns(curve)
    sizes = [abs(month) for year in years for month in year.months if month is not None]
    full = float(np.quantile(sizes, 0.9)) if sizes else 0.0
    return [_year_row(year, full) for year in reversed(years)]


def _year_row(year: Year, full: float) -> YearRow:
    return YearRow(
        year.year, tuple(_cell(month, full) for month in year.months), percent(year.total, 1)
    )


def _cell(made: float | None, full: float) -> Cell:
    if made is None:
        return Cell("", "", "")
    part = min(abs(made) / full, 1.0) if full > 0.0 else 0.0
    return Cell(
        percent(made, 1).rstrip("%"), sense(made), f"{part * HEAT_MAX_PCT:.0f}" if made else ""
    )


def drawdown_rows(report: Report) -> list[DrawdownRow]:
    """The worst; days from the peak to the recovery, or to the end when there was none."""
    return [_drawdown_row(found, report.period[1]) for found in report.worst_drawdowns]


def _drawdown_row(found: Drawdown, last_ts: int) -> DrawdownRow:
    end = last_ts if found.recovery_ts is None else found.recovery_ts
    peak, trough, recovery = short(np.array([found.peak_ts, found.trough_ts, end]), days_only=True)
    return DrawdownRow(
        depth=percent(found.depth),
        peak=peak,
        trough=trough,
        recovery="not yet" if found.recovery_ts is None else recovery,
        days=integer((end - found.peak_ts) // DAY_US),
    )


def trade_rows(report: Report) -> list[TradeRow]:
    """The latest TRADES_MAX by their exits, newest first."""
    trades = report.trades
    rows = np.arange(len(trades))[::-1][:TRADES_MAX]
    days_only = at_midnights(trades.entry_ts) and at_midnights(trades.exit_ts)
    entries = short(trades.entry_ts[rows], days_only=days_only)
    exits = short(trades.exit_ts[rows], days_only=days_only)
    reasons = in_words(trades.reason[rows])
    return [
        TradeRow(
            symbol=report.symbols[trades.symbol[row]],
            side="long" if trades.size[row] > 0.0 else "short",
            size=setting(abs(float(trades.size[row]))),
            entry=entry,
            entry_price=price(trades.entry_price[row]),
            exit=exit_ if trades.closed[row] else "open",
            exit_price=price(trades.exit_price[row]),
            pnl=amount(trades.pnl[row]),
            made=percent(trades.return_[row]),
            sense=sense(trades.pnl[row]),
            bars=integer(trades.bars_held[row]),
            reason=reason if trades.closed[row] else UNENDED,
        )
        for row, entry, exit_, reason in zip(rows, entries, exits, reasons, strict=True)
    ]


UNENDED = "–"
