"""Returns by month."""

from __future__ import annotations

import numpy as np
import pytest

from processors.research.report.months import monthly_returns
from processors.research.results import Curve


def curve(*points: tuple[str, float]) -> Curve:
    ts = np.array([day for day, _ in points], dtype="datetime64[us]").astype(np.int64)
    equity = np.array([value for _, value in points])
    return Curve(ts, equity, np.zeros(len(ts)), equity)


def test_a_month_is_told_from_the_last_equity_before_it() -> None:
    years = monthly_returns(
        curve(
            ("2020-11-05", 100.0),
            ("2020-11-30", 110.0),
            ("2020-12-31", 121.0),
            ("2021-02-01", 130.0),
            ("2021-02-26", 60.5),
        )
    )
    assert [year.year for year in years] == [2020, 2021]
    assert years[0].months[10:] == pytest.approx((0.1, 0.1))
    assert years[0].months[:10] == (None,) * 10
    assert years[0].total == pytest.approx(0.21)
    assert years[1].months[0] is None
    assert years[1].months[1] == pytest.approx(-0.5)
    assert years[1].total == pytest.approx(-0.5)


def test_months_before_1970_are_counted_too() -> None:
    (year,) = monthly_returns(curve(("1962-01-02", 1.0), ("1962-12-31", 2.0)))
    assert (year.year, year.months[0], year.months[11]) == (1962, 0.0, 1.0)


def test_there_is_no_return_on_nothing() -> None:
    (year,) = monthly_returns(curve(("2020-01-31", 0.0), ("2020-02-28", 5.0)))
    assert (year.months[1], year.total) == (None, None)


def test_an_empty_curve_has_no_years() -> None:
    assert monthly_returns(curve()) == ()
