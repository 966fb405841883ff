"""Inputs of a deployment: completed from the version, refused with what is allowed."""

from __future__ import annotations

import pytest

from api.inputs import InputError, check_series, complete
from schemas.events.strategies import ParamSpec, SeriesFilter

SPECS = (
    ParamSpec(name="fast", type="int", default=12, low=2, high=50),
    ParamSpec(name="limit", type="float", default=0.5, low=0),
    ParamSpec(name="short", type="bool", default=0),
)


def test_what_is_left_out_takes_the_versions_default() -> None:
    assert complete(SPECS, {"fast": 9}) == {"fast": 9, "limit": 0.5, "short": 0}
    assert complete((), {}) == {}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("fast", 1, "1 is not a whole number from 2 to 50"),
        ("fast", 51, "51 is not a whole number from 2 to 50"),
        ("fast", 2.5, "2.5 is not a whole number from 2 to 50"),
        ("limit", -0.1, "-0.1 is not a number from 0"),
        ("short", 2, "2 is not 0 or 1"),
        ("slow", 1, "there is no such input; there are: fast, limit, short"),
    ],
)
def test_what_is_not_allowed_is_refused_with_what_is(name: str, value: float, words: str) -> None:
    with pytest.raises(InputError) as caught:
        complete(SPECS, {name: value})
    assert (caught.value.field, caught.value.message) == (f"params.{name}", words)


def test_a_series_filter_is_of_names_or_stars() -> None:
    check_series(SeriesFilter())
    check_series(SeriesFilter(feed="sample", symbols=("AAPL", "*"), interval="1d"))
    for broken in (
        SeriesFilter(feed="No Feed"),
        SeriesFilter(symbols=()),
        SeriesFilter(symbols=("A B",)),
        SeriesFilter(interval="day"),
    ):
        with pytest.raises(InputError, match=r"is not|name one"):
            check_series(broken)
