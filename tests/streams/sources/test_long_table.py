"""A long file gives the bars, rejects, intervals and notes that it would give if it were short."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.columns import joined
from streams.sources import csv_bars, csv_file, long_table
from streams.sources.errors import TableError
from streams.sources.long_table import LongTable, read_any_table
from streams.sources.spool import Spool
from streams.sources.table import Names, Table, read_table
from tests.columns import values

HEADER = "time,symbol,open,high,low,close,volume"
MINUTE_US = 60_000_000
BEGIN_US = 1_704_067_200_000_000
WRONG = ("{ts},{symbol},1,2,3,1,5", "{ts},{symbol},1,2,1,1", "soon,{symbol},1,2,1,1,5", "")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_bars, "BLOCK_BYTES", 300)
    monkeypatch.setattr(csv_file, "CHUNK_ROWS", 7)
    monkeypatch.setattr(long_table, "PART_ROWS", 16)


def assert_as_whole(path: Path, names: Names, rows_max: int) -> None:
    whole = read_table(path, names)
    with opened_table(path, names, rows_max) as found:
        assert isinstance(found, LongTable)
        assert found.series == whole.series
        assert (found.rejects, found.rejected) == (whole.rejects, len(whole.rejects))
        assert (found.rows_read, found.notes) == (whole.rows_read, whole.notes)
        for code in range(len(whole.series)):
            rows = np.flatnonzero(whole.codes == code)
            assert found.counts[code] == len(rows)
            assert values(joined(found.stream(code))) == values(whole.columns.take(rows))


@contextmanager
def opened_table(path: Path, names: Names, rows_max: int) -> Iterator[Table | LongTable]:
    with Spool() as spool:
        yield read_any_table(path, spool, names, rows_max=rows_max)


@st.composite
def tables(draw: st.DrawFn) -> list[str]:
    """Rows of one to four symbols, mixed or one behind the other, a few of them bad: no bars, at
    the same time as others, or back in time."""
    dice = random.Random(draw(st.integers(0, 2**32)))
    symbols = "ABCD"[: draw(st.integers(1, 4))]
    minute = dict.fromkeys(symbols, 0)
    order = [dice.choice(symbols) for _ in range(draw(st.integers(20, 80)))]
    rows = []
    for symbol in sorted(order) if draw(st.booleans()) else order:
        minute[symbol] += dice.choice([1, 1, 1, 2, 5])
        at = minute[symbol] - dice.choice([0] * 20 + [1, 2, 30])
        ts = BEGIN_US + at * MINUTE_US
        row = f"{ts},{symbol},{dice.random()},1,0,0.5,{dice.randrange(99)}"
        rows.append(row if dice.random() < 0.9 else dice.choice(WRONG).format(ts=ts, symbol=symbol))
    return rows


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(tables(), st.sampled_from([None, "1m"]), st.integers(0, 10))
def test_a_long_file_is_read_as_a_short_one(
    tmp_path: Path, rows: list[str], interval: str | None, rows_max: int
) -> None:
    path = written(tmp_path, rows)
    try:
        read_table(path, Names(interval=interval))
    except TableError as error:  # too few rows, or too odd ones, to infer from
        with (
            pytest.raises(TableError, match=str(error)[:20]),
            opened_table(path, Names(interval=interval), rows_max),
        ):
            raise AssertionError("it has been read") from error
        return
    assert_as_whole(path, Names(interval=interval), rows_max)


def written(folder: Path, rows: Sequence[str]) -> Path:
    path = folder / "x.csv"
    path.write_text("\n".join([HEADER, *rows, ""]))
    return path


def minutes(count: int, first: int = 0) -> list[str]:
    return [f"{BEGIN_US + at * MINUTE_US},A,1,1,1,1,1" for at in range(first, first + count)]


def test_up_to_the_limit_a_file_is_whole(tmp_path: Path) -> None:
    path = written(tmp_path, [*minutes(49), "bad,A,1,1,1,1,1"])
    with opened_table(path, Names(), 50) as table:
        assert isinstance(table, Table)
        assert len(table) == 49
    with opened_table(path, Names(), 49) as long:
        assert isinstance(long, LongTable)
        assert long.counts == [49]


def test_a_long_file_with_its_newest_rows_first_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, minutes(50)[::-1])
    with (
        pytest.raises(TableError, match=r"the newest rows come first.*sort them by time"),
        opened_table(path, Names(), 20),
    ):
        pass


def test_parquet_is_read_in_slices(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    times = pl.Series("time", [BEGIN_US + at * MINUTE_US for at in range(100)])
    prices = pl.Series("open", [float("nan") if at == 50 else 1.0 for at in range(100)])
    frame = pl.DataFrame([times, prices])
    frame = frame.with_columns(*(pl.col("open").alias(name) for name in ("high", "low", "close")))
    frame.with_columns(pl.lit("A").alias("symbol")).write_parquet(path)
    assert_as_whole(path, Names(), 30)


def test_few_rejects_are_kept_and_all_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_table, "REJECTS_KEPT", 5)
    path = written(tmp_path, [*minutes(30), *minutes(30), *minutes(5, 30)])
    whole = read_table(path)
    with opened_table(path, Names(), 10) as found:
        assert isinstance(found, LongTable)
        assert (found.rejects, found.rejected) == (whole.rejects[:5], 30)
        assert found.counts == [35]
