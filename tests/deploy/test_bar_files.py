"""Bars of several files are the same, held or gone through, and judged by the same rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deploy.errors import UserError
from deploy.research.bar_files import SpooledBars, WholeBars, opened_files
from deploy.research.bars import bars_of_files
from processors.research.market import fills_from
from processors.research.merged import merged, streamed
from schemas.columns import joined
from schemas.series import interval_us
from tests.columns import values

BEGIN_US = 1_704_067_200_000_000


def written(folder: Path, name: str, rows: dict[str, int], step: str = "1m") -> Path:
    """A file of so many rows of each symbol, by time, and one bad row."""
    lines = [
        (BEGIN_US + at * interval_us(step), symbol, at)
        for symbol, count in rows.items()
        for at in range(count)
    ]
    path = folder / f"{name}.csv"
    text = [f"{ts},{symbol},{at},{at + 2},{at},{at + 1},5" for ts, symbol, at in sorted(lines)]
    path.write_text("\n".join(["ts,symbol,open,high,low,close,volume", *text, "x,y,1,1,1,1,1"]))
    return path


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    counts: list[dict[str, int]] = [{"A": 30, "B": 25}, {"C": 20}, {"D": 40, "E": 2}]
    return [written(tmp_path, f"f{number}", rows) for number, rows in enumerate(counts)]


@pytest.mark.parametrize(("rows_max", "long"), [(0, "ABCDE"), (60, "CDE"), (80, "DE"), (150, "")])
def test_what_is_beyond_the_limit_is_gone_through(
    paths: list[Path], rows_max: int, long: str
) -> None:
    whole = bars_of_files(paths, (), None)
    with opened_files(paths, None, rows_max) as found:
        kinds = {symbol: type(each) for symbol, each in found.bars.items()}
        assert kinds == {symbol: SpooledBars if symbol in long else WholeBars for symbol in "ABCDE"}
        assert (found.interval, found.notes) == (whole.interval, whole.notes)
        assert list(map(len, found.bars.values())) == list(map(len, whole.bars.values()))
        for symbol, each in found.bars.items():
            assert values(joined(each.stream())) == values(whole.bars[symbol])
        runs = streamed([each.stream() for each in found.bars.values()], 10)
        for run, wanted in zip(runs, merged(list(whole.bars.values()), 10), strict=True):
            assert values(run.bars) == values(wanted.bars)
            assert np.array_equal(run.places, wanted.places)


@pytest.mark.parametrize("rows_max", [0, 1_000])
def test_two_opens_tell_where_orders_can_fill(paths: list[Path], rows_max: int) -> None:
    whole = bars_of_files(paths, (), None).bars
    with opened_files(paths, None, rows_max) as found:
        for minute in (-3, 0, 1, 18, 19, 20, 38, 39, 50):
            begin_us = BEGIN_US + minute * 60_000_000 - 1
            for symbol, each in found.bars.items():
                opens = each.opens_from(begin_us)
                assert len(opens) <= 2
                assert fills_from(opens, begin_us) == fills_from(whole[symbol].ts, begin_us)


@pytest.mark.parametrize("rows_max", [0, 1_000])
def test_files_that_do_not_go_together_are_refused(tmp_path: Path, rows_max: int) -> None:
    first = written(tmp_path, "first", {"A": 10})
    other = written(tmp_path, "other", {"A": 10})
    hourly = written(tmp_path, "hourly", {"H": 10}, "1h")
    bad = written(tmp_path, "bad", {})
    for files, told in (
        ([first, other], "A is in more than one"),
        ([first, hourly], "several intervals"),
        ([tmp_path / "none.csv"], "none.csv: the file can't be read"),
    ):
        with pytest.raises(UserError, match=told), opened_files(files, None, rows_max):
            pass
    told = "no bars that can be used. bad.csv, line 2: time 'x' can't be read"
    with pytest.raises(UserError, match=told), opened_files([bad], "1m", rows_max):
        pass


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "x", {"A": 10})
    path.write_text(path.read_text() + 4 * "\nx,y,1,1,1,1,1")
    with opened_files([path], None, 3) as found:
        assert len(found.notes) == 4
        assert found.notes[0].startswith("x.csv, line 12: time 'x' can't be read")
        assert found.notes[3] == "x.csv: 5 lines are left out in all."
