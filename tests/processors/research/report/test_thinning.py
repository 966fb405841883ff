"""Long series drawn as few points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from processors.research.report.thinning import kept_rows


@given(
    values=some.lists(some.floats(-1e9, 1e9), min_size=1, max_size=300),
    points_max=some.integers(4, 60),
)
def test_first_last_least_and_greatest_are_kept(values: list[float], points_max: int) -> None:
    series = np.array(values)
    rows = kept_rows(series, points_max)
    assert len(rows) <= max(points_max, 4)
    assert np.all(np.diff(rows) > 0)
    assert (rows[0], rows[-1]) == (0, len(series) - 1)
    assert series[rows].min() == series.min()
    assert series[rows].max() == series.max()


def test_a_short_series_is_kept_whole() -> None:
    assert kept_rows(np.zeros(10), 10).tolist() == list(range(10))
    assert kept_rows(np.empty(0)).tolist() == []


def test_each_bucket_keeps_its_own_extremes() -> None:
    series = np.zeros(1_002)
    series[[100, 400, 600, 900]] = [5.0, -5.0, 1.0, -1.0]
    rows = kept_rows(series, 6)  # two buckets, of 500 rows each
    assert {100, 400, 600, 900} <= set(rows.tolist())


def test_four_points_at_least_are_asked_for() -> None:
    with pytest.raises(AssertionError):
        kept_rows(np.zeros(10), 3)
