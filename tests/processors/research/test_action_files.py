"""Actions and instruments of files, without a log."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from processors.research.action_files import read_actions, read_instruments
from schemas.columns import BarColumns, Floats
from streams.actions import adjusted
from streams.sources.errors import TableError
from streams.sources.sample import sample_path


def test_files_are_read_without_a_log(tmp_path: Path) -> None:
    path = tmp_path / "acts.csv"
    path.write_text("symbol,date,type,value\nA,2005-02-28,split,2:1\nA,2005-05-02,dividend,0.5\n")
    found = read_actions(path)["A"]
    assert (found.split.tolist(), found.dividend.tolist()) == ([2.0, 1.0], [0.0, 0.5])
    listed = tmp_path / "listed.csv"
    listed.write_text("symbol,tick_size,lot,currency,calendar\nA,0.01,1,USD,XNYS\n")
    assert read_instruments(listed)["A"].tick_size == 0.01
    path.write_text("symbol,date,type,value\nA,2005-02-28,split,2:1\nA,2005-02-28,split,x\n")
    with pytest.raises(TableError, match="line 3: ratio 'x' is not a number"):
        read_actions(path)


def sample(symbol: str) -> tuple[BarColumns, Floats]:
    """Raw daily bars of a stock, and its adjusted close as the vendor had it."""
    with gzip.open(sample_path(), "rt", encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["Ticker"] == symbol]
    ts = np.array([row["Date"] for row in rows], "datetime64[us]").astype(np.int64)
    names = ("Open", "High", "Low", "Close", "Volume", "Adj Close")
    *columns, vendor = (np.array([float(row[name]) for row in rows]) for name in names)
    return BarColumns(ts, *columns), vendor


def test_apples_splits_make_its_prices_those_of_the_vendor(tmp_path: Path) -> None:
    bars, vendor = sample("AAPL")
    path = tmp_path / "acts.csv"
    splits = "AAPL,2000-06-21,split,2:1\nAAPL,2005-02-28,split,2-for-1\n"
    path.write_text(f"symbol,ex_date,type,ratio\n{splits}")
    actions = read_actions(path)["AAPL"]
    found = adjusted(bars, actions, int(bars.ts[0]))
    ex_date = int(np.flatnonzero(bars.ts == actions.ts[1])[0])
    assert np.log(bars.close[ex_date] / bars.close[ex_date - 1]) < -0.68
    returns = np.diff(np.log(found.bars.close))
    assert abs(returns[ex_date - 1]) < 0.01
    # The vendor's closes are adjusted for dividends too; there was none before August 2012.
    last = int(np.searchsorted(bars.ts, np.datetime64("2012-08-01", "us").astype(np.int64)))
    np.testing.assert_allclose(returns[: last - 1], np.diff(np.log(vendor[:last])), atol=1e-9)
    assert found.units[[0, ex_date - 1, ex_date]].tolist() == [1.0, 2.0, 4.0]
