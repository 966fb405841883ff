"""A report as tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import get_args

import numpy as np
import polars as pl
import pytest

from processors.research.report.as_tables import (
    Form,
    as_csv,
    as_parquet,
    curve_frame,
    fills_frame,
    trades_frame,
    write_tables,
)
from processors.research.report.report import Report
from tests.processors.research.report.crossing import crossed, trades_of

REPORT = crossed()
MOMENT = pl.Datetime("us", "UTC")


def test_trades_have_the_names_of_symbols_and_reasons() -> None:
    frame = trades_frame(REPORT)
    assert frame.height == len(REPORT.trades)
    assert set(frame["symbol"]) == {"AAPL", "GOOG"}
    assert set(frame["reason"]) == {"exit", "end"}
    assert frame.schema["entry_time"] == frame.schema["exit_time"] == MOMENT
    assert frame["return"].to_list() == REPORT.trades.return_.tolist()
    assert frame["entry_time"].dt.timestamp("us").to_list() == REPORT.trades.entry_ts.tolist()


def test_fills_and_curve_have_all_their_columns() -> None:
    assert fills_frame(REPORT).columns == [
        *("time", "symbol", "units", "price", "slippage", "fee", "volume", "reason")
    ]
    assert fills_frame(REPORT).height == len(REPORT.fills)
    frame = curve_frame(REPORT)
    assert frame.columns == ["time", "equity", "exposure", "benchmark"]
    assert frame["equity"].to_list() == REPORT.curve.equity.tolist()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_null(value: float) -> None:
    curve = replace(REPORT.curve, benchmark=np.full(len(REPORT.curve), value))
    frame = curve_frame(replace(REPORT, curve=curve))
    assert frame["benchmark"].null_count() == frame.height
    assert as_csv(frame).splitlines()[1].endswith(b",")


def test_csv_has_a_header_and_times_in_utc() -> None:
    head, first, *_ = as_csv(curve_frame(REPORT)).decode().splitlines()
    assert head == "time,equity,exposure,benchmark"
    assert first.startswith("2000-03-01T00:00:00Z,100000.0,0.0,")


def test_csv_keeps_a_fraction_of_a_second() -> None:
    curve = replace(REPORT.curve, ts=REPORT.curve.ts + 250_000)
    text = as_csv(curve_frame(replace(REPORT, curve=curve))).decode()
    assert text.splitlines()[1].startswith("2000-03-01T00:00:00.250")


@pytest.mark.parametrize("frame_of", [trades_frame, fills_frame, curve_frame])
def test_parquet_is_read_as_it_was_written(frame_of: Callable[[Report], pl.DataFrame]) -> None:
    frame = frame_of(REPORT)
    assert pl.read_parquet(BytesIO(as_parquet(frame))).equals(frame)
    assert as_parquet(frame) == as_parquet(frame)


@pytest.mark.parametrize("form", get_args(Form))
def test_three_files_are_written(form: Form, tmp_path: Path) -> None:
    paths = write_tables(REPORT, tmp_path, form)
    assert [path.name for path in paths] == [f"trades.{form}", f"fills.{form}", f"curve.{form}"]
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert all(path.stat().st_size for path in paths)


def test_without_trades_the_tables_are_empty_not_absent() -> None:
    frame = trades_frame(crossed(trades=trades_of([])))
    assert frame.height == 0
    assert frame.schema["symbol"] == pl.String
    assert as_csv(frame).startswith(b"symbol,size,entry_time,")
