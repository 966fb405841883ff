"""How much was invested and traded, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.research.statistics.activity import annual_turnover, capacity, exposure
from processors.research.statistics.course import course_of
from tests.processors.research.statistics.made import curve_of, fills_of


def exposed(*exposures: float) -> float:
    n = len(exposures)
    return exposure(course_of(curve_of([100.0] * n, exposure=exposures), 100.0))


def test_exposure_is_the_share_of_times_with_a_position() -> None:
    assert exposed(0.0, 50.0, 1e-9, 0.0) == 0.5
    assert exposed(0.0, 0.0, 0.0) == 0.0
    assert math.isnan(exposed())


def test_both_sides_are_turned_over() -> None:
    # 1000 bought and 1000 sold in half a year, with 500 on average.
    fills = fills_of([10.0, -10.0], price=100.0)
    assert annual_turnover(fills, np.array([400.0, 600.0]), 0.5) == pytest.approx(8.0)
    assert annual_turnover(fills_of([]), np.array([400.0]), 0.5) == 0.0


@pytest.mark.parametrize("equity", [[], [-100.0, 50.0]])
def test_nothing_is_not_turned_over(equity: list[float]) -> None:
    assert math.isnan(annual_turnover(fills_of([1.0]), np.array(equity), 1.0))


def test_capacity_is_where_the_larger_fills_take_one_percent() -> None:
    # 21 fills, of which the second largest is the 95th percentile: 0.1 % of its bar.
    volume = [1e6] * 19 + [1e5, 1e3]
    fills = fills_of([100.0, -100.0] * 10 + [100.0], volume=volume)
    assert capacity(fills, 50_000.0) == pytest.approx(500_000.0)


def test_capacity_is_that_of_the_only_fill() -> None:
    assert capacity(fills_of([-200.0], volume=[10_000.0]), 1_000.0) == pytest.approx(500.0)


@pytest.mark.parametrize("unknown", [0.0, math.nan])
def test_capacity_is_unknown_where_the_volume_is(unknown: float) -> None:
    assert math.isnan(capacity(fills_of([1.0, 1.0], volume=[unknown, 1e6]), 1_000.0))
    # Of 21 fills, one such is above the percentile.
    fills = fills_of([1.0] * 21, volume=[unknown] + [1e3] * 20)
    assert capacity(fills, 1_000.0) == pytest.approx(10_000.0)


def test_capacity_of_nothing_is_unknown() -> None:
    assert math.isnan(capacity(fills_of([]), 1_000.0))


@given(st.lists(st.floats(0.1, 1e4), min_size=1, max_size=60), st.floats(0.01, 100.0))
def test_capacity_is_of_the_market_and_not_of_the_account(units: list[float], times: float) -> None:
    larger = fills_of([each * times for each in units])
    assert capacity(larger, 1e4 * times) == pytest.approx(capacity(fills_of(units), 1e4))
