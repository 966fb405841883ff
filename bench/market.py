"""Random walks as bars in columns, and as record batches that are built before any clock runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from schemas.columns import BarColumns
from schemas.series import Series, interval_us
from streams.codec import Outgoing
from streams.producer import partition_of
from streams.sources.encoding import BarEncoder

FIRST_TS = 1_600_000_020_000_000
STEP_SIGMA = 0.002
WICK_SIGMA = 0.0005
SOURCE = "/peripheral/bench"


@dataclass(frozen=True, slots=True)
class Market:
    """n bars of m series in the order of time. codes: int32 (n,), index into series."""

    series: list[Series]
    codes: NDArray[np.int32]
    columns: BarColumns

    def __len__(self) -> int:
        return len(self.codes)

    def part(self, start: int, stop: int) -> Market:
        """Those rows."""
        rows = np.arange(start, stop)
        return Market(self.series, self.codes[rows], self.columns.take(rows))

    def records(self, partitions: int) -> Iterator[tuple[int, Outgoing]]:
        """The bars as records, each with its partition."""
        encoders = [BarEncoder(series, SOURCE) for series in self.series]
        homes = [partition_of(encoder.key, partitions) for encoder in encoders]
        c = self.columns
        columns = (c.ts, c.open, c.high, c.low, c.close, c.volume)
        rows = zip(self.codes.tolist(), *(column.tolist() for column in columns), strict=True)
        for code, *row in rows:
            yield homes[code], encoders[code].encode(*row)

    def write_csv(self, path: Path) -> None:
        """The bars as a person would have them; feed and interval are not in it."""
        c = self.columns
        symbols = np.array([series.symbol for series in self.series])[self.codes]
        pl.DataFrame(
            {
                "timestamp": pl.Series(c.ts).cast(pl.Datetime("us")),
                "symbol": symbols,
                "open": c.open,
                "high": c.high,
                "low": c.low,
                "close": c.close,
                "volume": c.volume,
            }
        ).write_csv(path)


def random_walks(feed: str, symbols: int, bars: int, seed: int = 1, interval: str = "1m") -> Market:
    """`bars` bars of each of `symbols` series, the same for the same seed."""
    dice = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(dice.normal(0.0, STEP_SIGMA, (bars, symbols)), axis=0))
    opened = np.vstack([np.full((1, symbols), 100.0), close[:-1]])
    wick = np.abs(dice.normal(0.0, WICK_SIGMA, (2, bars, symbols)))
    high = np.maximum(opened, close) * (1.0 + wick[0])
    low = np.minimum(opened, close) * (1.0 - wick[1])
    volume = dice.integers(1_000, 1_000_000, (bars, symbols)).astype(np.float64)
    ts = FIRST_TS + np.arange(bars, dtype=np.int64) * interval_us(interval)
    return Market(
        series=[Series(feed, f"SYM{number}", interval) for number in range(symbols)],
        codes=np.tile(np.arange(symbols, dtype=np.int32), bars),
        columns=BarColumns(
            np.repeat(ts, symbols), *(a.ravel() for a in (opened, high, low, close, volume))
        ),
    )
