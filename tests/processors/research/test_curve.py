"""A curve that is kept: all of a short one, of a long one the last time of each width."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.research.curve import WIDTHS_US, CurveFold
from processors.research.results import Curve
from processors.research.statistics.periods import periods_of
from schemas.columns import Ints

MINUTE_US, DAY_US = 60_000_000, 86_400_000_000


def kept(ts: Ints, rows_max: int, part: int) -> Curve:
    fold = CurveFold(rows_max)
    for start in range(0, len(ts), part):
        mine = ts[start : start + part]
        fold.add(mine, *(mine * np.float64(factor) for factor in (2.0, 3.0, 4.0)))
    return fold.curve()


def minutes(count: int) -> Ints:
    return 1_700_000_000_000_000 // MINUTE_US * MINUTE_US + MINUTE_US * np.arange(count)


def test_a_short_one_is_kept_whole() -> None:
    ts = minutes(100)
    found = kept(ts, 100, 7)
    assert found.ts.tolist() == ts.tolist()
    assert (found.equity == ts * 2.0).all() and (found.benchmark == ts * 4.0).all()


def test_of_a_long_one_the_first_and_the_last_of_each_width_are_kept() -> None:
    ts = minutes(1_000)
    found = kept(ts, 300, 1_000)  # of a thousand minutes every fifth
    ends = np.append(np.flatnonzero(np.diff(ts // (5 * MINUTE_US))), len(ts) - 1)
    assert found.ts.tolist() == [ts[0], *ts[ends]]
    assert (found.exposure == found.ts * 3.0).all()


gaps = st.lists(st.sampled_from([1, 1_000_000, MINUTE_US, 600 * MINUTE_US, DAY_US]), max_size=80)


@given(gaps, st.integers(4, 40), st.integers(1, 81))
def test_what_is_kept_does_not_depend_on_how_it_comes(
    steps: list[int], rows_max: int, part: int
) -> None:
    ts = minutes(1) + np.cumsum(np.array(steps, np.int64))
    found, meant = kept(ts, rows_max, part), kept(ts, rows_max, 1)
    assert found.ts.tolist() == meant.ts.tolist()
    assert found.equity.tolist() == meant.equity.tolist()


@pytest.mark.parametrize("days", [3, 40])
def test_the_days_end_as_they_did(days: int) -> None:
    ts = minutes(days * 1_440)
    found = kept(ts, 600, 977)
    assert len(found) <= 600
    assert (
        found.ts[periods_of(found.ts).last_rows].tolist() == ts[periods_of(ts).last_rows].tolist()
    )


def test_each_width_is_a_part_of_the_next_and_of_a_day() -> None:
    widths = (*WIDTHS_US, DAY_US)
    assert all(wider % width == 0 for width, wider in pairwise(widths))


def test_more_days_than_rows_are_all_kept() -> None:
    ts = 1_700_000_000_000_000 + DAY_US * np.arange(50)
    assert kept(ts, 8, 3).ts.tolist() == ts.tolist()
