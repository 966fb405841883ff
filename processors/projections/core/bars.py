"""A batch of bars and what the gate said of each → rows of `bars` and `series`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from processors.projections.core.binary_copy import HEADER, TRAILER, timestamps, tuples
from processors.projections.core.times import microseconds, utc
from schemas.columns import Ints
from schemas.series import Series
from streams.bars import BarBatch, LastBar, Verdict


class SeriesRow(NamedTuple):
    """A series; last_ts: the open of its newest bar."""

    series_id: int
    feed: str
    symbol: str
    interval: str
    partition: int
    last_ts: datetime


class BarRow(NamedTuple):
    """A bar as last corrected; source_offset: of the record that holds these values."""

    series_id: int
    ts: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float
    source_offset: int


@dataclass(frozen=True, slots=True)
class ChosenBars:
    """Some bars of a batch. chosen: intp (n,), their places in it."""

    batch: BarBatch
    chosen: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.chosen)

    @property
    def ts(self) -> Ints:
        """UTC microseconds, shape (n,)."""
        return self.batch.columns.ts[self.chosen]

    def columns(self) -> tuple[NDArray[Any], ...]:
        """The table's columns, each of shape (n,)."""
        batch, bars, chosen = self.batch, self.batch.columns, self.chosen
        ids = np.array([series.id for series in batch.series], np.int64)
        prices = (bars.open, bars.high, bars.low, bars.close, bars.volume)
        return (
            ids[batch.codes[chosen]],
            self.ts,
            *(column[chosen] for column in prices),
            batch.offsets[chosen],
        )

    def copy_data(self) -> bytes:
        """The bars in binary COPY."""
        ids, ts, *others = self.columns()
        return HEADER + tuples((ids, timestamps(ts), *others), len(self)) + TRAILER

    def rows(self) -> list[BarRow]:
        """The bars one by one."""
        columns = (column.tolist() for column in self.columns())
        return [BarRow(row[0], utc(row[1]), *row[2:]) for row in zip(*columns, strict=True)]


class SupersededRow(NamedTuple):
    """A bar before it was corrected; until_offset: of the record that did."""

    series_id: int
    ts: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float
    source_offset: int
    until_offset: int


@dataclass(frozen=True, slots=True)
class BarRows:
    """What a batch changes, in this order.

    new: bars that the table lacks; first: corrections of what it holds by then; superseded:
    corrections that others of the batch correct in turn; corrected: what is left in the end.
    """

    series: list[SeriesRow]
    new: ChosenBars
    first: ChosenBars
    superseded: list[SupersededRow]
    corrected: ChosenBars

    @property
    def ts(self) -> Ints:
        """The times of both, UTC microseconds."""
        return np.concatenate([self.new.ts, self.corrected.ts])


def bar_rows(batch: BarBatch, verdicts: NDArray[np.int8]) -> BarRows:
    """The rows of a batch; of several corrections of a bar the last one counts."""
    admitted = np.flatnonzero(verdicts == Verdict.ADMITTED)
    corrected = np.flatnonzero(verdicts == Verdict.CORRECTED)
    newest: dict[tuple[int, int], np.intp] = {}
    first, superseded, until = [], [], []
    for row in corrected:
        before = newest.get(bar_of(batch, row))
        if before is None:
            first.append(row)
        else:
            superseded.append(before)
            until.append(int(batch.offsets[row]))
        newest[bar_of(batch, row)] = row
    return BarRows(
        series=series_rows(batch, admitted),
        new=ChosenBars(batch, admitted),
        first=chosen_bars(batch, first),
        superseded=[
            SupersededRow(*bar, offset)
            for bar, offset in zip(chosen_bars(batch, superseded).rows(), until, strict=True)
        ],
        corrected=chosen_bars(batch, list(newest.values())),
    )


def chosen_bars(batch: BarBatch, rows: Sequence[np.intp]) -> ChosenBars:
    """The bars at these places of a batch."""
    return ChosenBars(batch, np.array(rows, np.intp))


def bar_of(batch: BarBatch, row: np.intp) -> tuple[int, int]:
    """Which bar a row is about: its series' code and its ts."""
    return int(batch.codes[row]), int(batch.columns.ts[row])


def series_rows(batch: BarBatch, admitted: NDArray[np.intp]) -> list[SeriesRow]:
    """The series that have a newer bar now."""
    # Admitted bars rise within a series, so the last assignment is the newest.
    last_ts = dict(
        zip(batch.codes[admitted].tolist(), batch.columns.ts[admitted].tolist(), strict=True)
    )
    return [
        SeriesRow(series.id, series.feed, series.symbol, series.interval, batch.partition, utc(ts))
        for code, ts in last_ts.items()
        for series in (batch.series[code],)
    ]


def last_bars(rows: Sequence[tuple[Series, BarRow]], next_offset: int) -> Mapping[bytes, LastBar]:
    """The gate's state from each series' newest row."""
    return {
        series.key.encode(): LastBar(
            microseconds(bar.ts), (bar.open, bar.high, bar.low, bar.close, bar.volume), next_offset
        )
        for series, bar in rows
    }
