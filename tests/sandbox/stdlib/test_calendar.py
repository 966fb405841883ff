"""Time parts equal those of Python's datetime, in UTC."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

import sandbox
from schemas.columns import BarColumns
from tests.sandbox.market import random_bars
from tests.sandbox.running import body, run

_PARTS = ("minute", "hour", "weekday", "day", "month", "year")
# The library's source is Python too, and on whole numbers // and % mean the same in both.
_SOURCE = Path(sandbox.__file__).parent / "stdlib" / "time" / "calendar.py"
CALENDAR: dict[str, Callable[..., int]] = runpy.run_path(str(_SOURCE))

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

times = st.datetimes(datetime(1900, 1, 1), datetime(2200, 12, 31), timezones=st.just(UTC))


def named(when: datetime) -> tuple[int, ...]:
    return when.minute, when.hour, when.weekday(), when.day, when.month, when.year


def micros(when: datetime) -> int:
    return (when - _EPOCH) // _MICROSECOND


@given(times)
@example(datetime(1900, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC))  # 1900 has no leap day
@example(datetime(1900, 3, 1, tzinfo=UTC))
@example(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
@example(datetime(1970, 1, 1, tzinfo=UTC))
@example(datetime(2000, 2, 29, tzinfo=UTC))
@example(datetime(2000, 12, 31, tzinfo=UTC))
@example(datetime(2100, 3, 1, tzinfo=UTC))
def test_a_time_has_the_parts_that_datetime_names(when: datetime) -> None:
    assert tuple(CALENDAR[name](micros(when)) for name in _PARTS) == named(when)


@given(times)
@example(datetime(1970, 1, 4, 23, 59, tzinfo=UTC))
@example(datetime(1970, 1, 5, tzinfo=UTC))
def test_a_week_begins_with_its_monday(when: datetime) -> None:
    monday = when.date() - timedelta(days=when.weekday())
    assert CALENDAR["_week_index"](micros(when)) == (monday.toordinal() - 719_167) // 7
    assert datetime.fromordinal(719_167).strftime("%a %F") == "Mon 1970-01-05"


@given(times)
def test_months_count_from_january_1970(when: datetime) -> None:
    assert CALENDAR["_month_index"](micros(when)) == (when.year - 1970) * 12 + when.month - 1


@given(times, st.sampled_from([60_000_000, 900_000_000, 3_600_000_000, 14_400_000_000]))
def test_a_stretch_begins_at_a_multiple_of_its_size(when: datetime, size: int) -> None:
    index = CALENDAR["_floor_index"](micros(when), size)
    start = _EPOCH + index * size * _MICROSECOND
    assert start <= when < start + size * _MICROSECOND


def test_every_day_of_four_centuries_follows_the_one_before() -> None:
    when = datetime(1801, 1, 1, tzinfo=UTC)
    for _ in range(146_097):
        found = tuple(CALENDAR[name](micros(when)) for name in ("year", "month", "day"))
        assert found == (when.year, when.month, when.day)
        when += timedelta(days=1)


def test_a_compiled_strategy_reads_the_parts_of_its_bars_times() -> None:
    chance = np.random.default_rng(1)
    first, last = (micros(datetime(year, 1, 1, tzinfo=UTC)) for year in (1900, 2200))
    bars = random_bars(5_000, seed=1)
    ts = np.sort(chance.integers(first, last, 5_000))
    bars = BarColumns(ts, bars.open, bars.high, bars.low, bars.close, bars.volume)
    plots = run(body(*(f'plot("{part}", bar.{part} // 1)' for part in _PARTS)), bars).plots
    expected = [named(_EPOCH + int(time) * _MICROSECOND) for time in ts]
    assert np.array_equal(plots.T, expected)
