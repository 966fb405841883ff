"""What the page's tables show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from processors.research.report.rows import (
    TRADES_MAX,
    drawdown_rows,
    trade_rows,
    year_rows,
)
from processors.research.results import Trades
from processors.research.statistics.course import course_of
from tests.processors.research.report.crossing import crossed

REPORT = crossed()


def repeated(trades: Trades, times: int) -> Trades:
    names = Trades.__dataclass_fields__
    return Trades(**{name: np.tile(getattr(trades, name), times) for name in names})


def test_trades_come_newest_first_and_no_more_than_fit() -> None:
    rows = trade_rows(replace(REPORT, trades=repeated(REPORT.trades, 20)))
    assert len(rows) == TRADES_MAX
    closed = [row.exit for row in rows[: len(REPORT.trades)] if row.exit != "open"]
    assert closed == sorted(closed, reverse=True)


def test_a_trade_that_is_still_open_says_so() -> None:
    first = trade_rows(REPORT)[0]
    assert (first.symbol, first.exit, first.reason) == ("GOOG", "open", "–")


def test_gains_and_losses_differ_in_more_than_their_class() -> None:
    rows = trade_rows(REPORT)
    assert all((row.sense == "down") == row.pnl.startswith("−") for row in rows)
    assert {row.sense for row in rows} == {"up", "down"}


def test_the_clock_is_shown_where_it_tells_something() -> None:
    assert trade_rows(REPORT)[1].entry == "2012-07-30"
    trades = replace(REPORT.trades, entry_ts=REPORT.trades.entry_ts + 34_200_000_000)
    assert trade_rows(replace(REPORT, trades=trades))[1].entry == "2012-07-30 09:30"


def test_a_short_trade_has_a_side_and_no_minus() -> None:
    trades = replace(REPORT.trades, size=-REPORT.trades.size)
    row = trade_rows(replace(REPORT, trades=trades))[1]
    assert (row.side, row.size) == ("short", "300")


def test_months_are_coloured_by_what_they_made() -> None:
    cells = [cell for row in year_rows(REPORT.curve) for cell in row.cells]
    assert {cell.sense for cell in cells} == {"up", "down", ""}
    assert all(cell.heat == "" for cell in cells if not cell.sense)
    assert all(0 <= float(cell.heat) <= 60 for cell in cells if cell.sense)
    assert all(len(row.cells) == 12 for row in year_rows(REPORT.curve))


def test_years_fall() -> None:
    years = [row.year for row in year_rows(REPORT.curve)]
    assert years == sorted(years, reverse=True)


def test_a_drawdown_that_lasts_has_no_recovery() -> None:
    curve = replace(REPORT.curve, equity=np.linspace(2.0, 1.0, len(REPORT.curve)))
    worst = course_of(curve, 2.0).drawdowns.worst
    (row,) = drawdown_rows(replace(REPORT, worst_drawdowns=worst))
    assert (row.depth, row.recovery) == ("−50.00%", "not yet")
    assert (row.peak, row.trough, row.days) == ("2000-03-01", "2013-03-01", "4,748")
