"""What a return's period is, by the times of the bars."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.research.statistics.periods import DAY_US, day_ends, is_intraday, periods_of
from tests.processors.research.statistics.made import at, days
from tests.sandbox.market import daily_bars

HOUR_US = DAY_US // 24


def test_days_of_a_stock_are_252_a_year() -> None:
    bars = daily_bars("IBM")
    periods = periods_of(bars.ts)
    assert periods.per_year == 252.0
    assert len(periods) == len(bars)
    assert periods.years == len(bars) / 252.0


def test_days_with_weekends_are_365_a_year() -> None:
    assert periods_of(days(100)).per_year == 365.0
    assert periods_of(days(100 * 24, step_us=HOUR_US)).per_year == 365.0


@pytest.mark.parametrize(("weekdays", "per_year"), [(19, 252.0), (18, 365.0)])
def test_weekends_are_more_than_one_day_in_twenty(weekdays: int, per_year: float) -> None:
    monday_to_friday = np.concatenate([days(5) + week * 7 * DAY_US for week in range(4)])
    ts = np.append(monday_to_friday[:weekdays], at("2024-01-27"))
    assert periods_of(ts).per_year == per_year


@pytest.mark.parametrize(
    ("step_days", "per_year"),
    [(7, 52.0), (30, 12.0), (91, 4.0), (365, 1.0), (2, 365.25 / 2), (14, 365.25 / 14)],
)
def test_longer_bars_have_as_many_as_fit_into_a_year(step_days: int, per_year: float) -> None:
    assert periods_of(days(20, step_us=step_days * DAY_US)).per_year == per_year


def test_months_of_the_calendar_are_12_a_year() -> None:
    ts = np.array([at(f"2023-{month:02}-01") for month in range(1, 13)])
    assert periods_of(ts).per_year == 12.0


def test_the_number_of_periods_a_year_may_be_given() -> None:
    periods = periods_of(days(100 * 24, step_us=HOUR_US), 312.0)
    assert (len(periods), periods.per_year) == (100, 312.0)


def test_bars_within_a_day_are_taken_at_its_last() -> None:
    # Two bars on Monday, one on Tuesday, none on Wednesday, three on Thursday.
    opens = ["2024-01-01T09", "2024-01-01T10", "2024-01-02T09"]
    opens += ["2024-01-04T00", "2024-01-04T01", "2024-01-04T23"]
    periods = periods_of(np.array([at(text) for text in opens]))
    assert periods.last_rows.tolist() == [1, 2, 5]
    assert periods.per_year == 252.0
    equity = np.array([110.0, 90.0, 99.0, 1.0, 1.0, 198.0])
    assert periods.returns(equity, 100.0) == pytest.approx([-0.1, 0.1, 1.0])


def test_bars_of_half_a_day_and_more_are_within_a_day() -> None:
    assert is_intraday(days(10, step_us=HOUR_US * 23))
    assert not is_intraday(days(10))


@pytest.mark.parametrize(("daily", "hourly", "intraday"), [(10, 9, False), (10, 11, True)])
def test_it_is_the_median_that_counts(daily: int, hourly: int, intraday: bool) -> None:
    # The mean distance is half a day and more, but less than one.
    gaps = [DAY_US] * daily + [HOUR_US] * hourly
    assert is_intraday(np.cumsum(np.array([0, *gaps]), dtype=np.int64)) == intraday


def test_a_return_on_nothing_is_unknown() -> None:
    returns = periods_of(days(4)).returns(np.array([50.0, 0.0, -10.0, -20.0]), 100.0)
    assert returns[:2].tolist() == [-0.5, -1.0]
    assert np.isnan(returns[2:]).all()


def test_few_bars_are_periods_too() -> None:
    assert len(periods_of(days(0))) == 0
    periods = periods_of(days(1))
    assert periods.returns(np.array([101.0]), 100.0) == pytest.approx([0.01])


@given(
    st.lists(st.integers(1, 5 * DAY_US), min_size=1, max_size=200),
    st.integers(0, 2 * 10**15),
)
def test_day_ends_are_where_the_day_changes(gaps: list[int], start: int) -> None:
    ts = start + np.cumsum(np.array(gaps, np.int64))
    day = ts // DAY_US
    expected = [*np.flatnonzero(day[1:] != day[:-1]).tolist(), len(ts) - 1]
    assert day_ends(ts).tolist() == expected


# Not over more powers of ten: a return near -1 keeps few digits of what is left.
@given(st.lists(st.floats(1.0, 1e3), min_size=1, max_size=60), st.floats(1.0, 1e3))
def test_returns_compound_to_the_whole_return(equity: list[float], initial: float) -> None:
    values = np.array(equity)
    for step_us in (HOUR_US, DAY_US):
        returns = periods_of(days(len(equity), step_us=step_us)).returns(values, initial)
        assert np.prod(returns + 1.0) == pytest.approx(values[-1] / initial, rel=1e-9)
