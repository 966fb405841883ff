"""Lengths of time go by the calendar where a person means it."""

from __future__ import annotations

import pytest

from processors.research.statistics.periods import DAY_US
from processors.research.validation.length import Length, length_of
from tests.processors.research.statistics.made import at


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2y", "2020-02-29", "2022-03-01"),
        ("1mo", "2021-01-31", "2021-03-01"),
        ("6mo", "2021-03-15T12:00", "2021-09-15T12:00"),
        ("2w", "2021-01-01", "2021-01-15"),
        ("90d", "2021-01-01", "2021-04-01"),
        ("36h", "2021-01-01", "2021-01-02T12:00"),
    ],
)
def test_a_length_after_a_time(text: str, start: str, end: str) -> None:
    assert length_of(text).after(at(start)) == at(end)


@pytest.mark.parametrize("text", ["", "0d", "3", "-1y", "1.5y", "2m", "1y6mo"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no length of time"):
        length_of(text)


def test_a_day_is_a_day() -> None:
    assert length_of("1d") == Length(us=DAY_US)
