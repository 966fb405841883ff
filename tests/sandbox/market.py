"""Real daily bars for the tests of this folder, and made-up ones for speed."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from schemas.columns import BarColumns

SYMBOLS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")


@cache
def daily_bars(symbol: str) -> BarColumns:
    """The sample data's bars, prices scaled by Adj Close / Close; read without importing
    its package, which would pull in a web framework."""
    spec = find_spec("bokeh_sampledata")
    assert spec is not None and spec.submodule_search_locations
    path = Path(spec.submodule_search_locations[0]) / "_data" / "stocks.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["Ticker"] == symbol]
    days = [datetime.strptime(row["Date"], "%Y-%m-%d").replace(tzinfo=UTC) for row in rows]
    close = np.array([float(row["Close"]) for row in rows])
    scale = np.array([float(row["Adj Close"]) for row in rows]) / close
    return BarColumns(
        ts=np.array([int(day.timestamp()) * 1_000_000 for day in days]),
        open=np.array([float(row["Open"]) for row in rows]) * scale,
        high=np.array([float(row["High"]) for row in rows]) * scale,
        low=np.array([float(row["Low"]) for row in rows]) * scale,
        close=close * scale,
        volume=np.array([float(row["Volume"]) for row in rows]),
    )


def random_bars(n: int, seed: int) -> BarColumns:
    """A random walk with sensible highs and lows, a minute a bar."""
    chance = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(chance.normal(0.0, 0.01, n)))
    opening = np.concatenate([[100.0], close[:-1]])
    spread = np.abs(chance.normal(0.0, 0.005, (2, n))) * close
    return BarColumns(
        ts=np.arange(n, dtype=np.int64) * 60_000_000,
        open=opening,
        high=np.maximum(opening, close) + spread[0],
        low=np.minimum(opening, close) - spread[1],
        close=close,
        volume=np.floor(chance.uniform(1.0, 1e6, n)),
    )


def part(bars: BarColumns, rows: slice | list[int]) -> BarColumns:
    """Some of the bars."""
    return BarColumns(
        bars.ts[rows],
        bars.open[rows],
        bars.high[rows],
        bars.low[rows],
        bars.close[rows],
        bars.volume[rows],
    )


def joined(*parts: BarColumns) -> BarColumns:
    """One after the other."""
    return BarColumns(
        np.concatenate([bars.ts for bars in parts]),
        np.concatenate([bars.open for bars in parts]),
        np.concatenate([bars.high for bars in parts]),
        np.concatenate([bars.low for bars in parts]),
        np.concatenate([bars.close for bars in parts]),
        np.concatenate([bars.volume for bars in parts]),
    )
