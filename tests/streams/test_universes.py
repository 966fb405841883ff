"""Who belongs to a universe at a time follows from what was known then, and from nothing later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from schemas.events.universes import UniverseDefined, UniverseRule
from streams.actions import Actions
from streams.universes import (
    Candidate,
    Listing,
    definition_at,
    listing_at,
    measured,
    members,
)
from tests.sandbox.market import random_bars

DAY_US = 86_400_000_000
START = date(2024, 1, 1)
START_US = 1_704_067_200_000_000


def listed(*symbols: str, effective_day: int = 0) -> UniverseDefined:
    return defined(effective_day, symbols=symbols)


def ruled(effective_day: int = 0, **bounds: Any) -> UniverseDefined:
    return defined(effective_day, rule=UniverseRule(**bounds))


def defined(effective_day: int, **kind: Any) -> UniverseDefined:
    effective_ts = START_US + effective_day * DAY_US
    return UniverseDefined(
        universe="u", feed="f", interval="1d", effective_ts=effective_ts, author="", **kind
    )


def at(day: int) -> int:
    """The close of that day's bar."""
    return START_US + (day + 1) * DAY_US


def candidate(
    symbol: str, closes: list[float], first: int = 0, volume: float = 100.0, window: int = 20
) -> Candidate:
    """A bar a day from the day `first` on, of which the last are kept."""
    ts = START_US + (first + np.arange(len(closes))) * DAY_US
    kept = slice(-window - 1, None)
    columns = (ts[kept], np.array(closes)[kept], np.full(len(closes), volume)[kept])
    return Candidate(symbol, int(ts[0]), *columns)


def known(day: int, **said: Any) -> Listing:
    given = {"sector": None, "calendar": "XNYS", "first_day": None, "last_day": None, **said}
    return Listing(START_US + day * DAY_US, **given)


@pytest.mark.parametrize(
    ("day", "symbols"), [(1, None), (2, ("A",)), (4, ("A",)), (5, ("B",)), (99, ("B",))]
)
def test_a_list_holds_from_its_time_until_the_next(
    day: int, symbols: tuple[str, ...] | None
) -> None:
    definitions = (listed("B", effective_day=5), listed("A", effective_day=2))
    for each in permutations(definitions):
        found = definition_at(each, START_US + day * DAY_US)
        assert (found and found.symbols) == symbols


def test_a_first_rule_holds_before_it_was_written_and_a_later_one_does_not() -> None:
    first, second = ruled(5, price_min=1.0), ruled(9, price_min=2.0)
    assert definition_at((first, second), START_US) == first
    assert definition_at((first, second), START_US + 9 * DAY_US) == second
    assert definition_at((listed("A", effective_day=3), first), START_US) is None


def test_of_two_definitions_from_one_time_the_later_event_counts() -> None:
    assert definition_at((listed("A"), listed("B")), at(0)) == listed("B")


def test_who_was_delisted_later_is_a_member_in_the_past() -> None:
    gone = known(0, first_day=date(2024, 1, 3), last_day=date(2024, 1, 5))
    for universe in (listed("GONE", "HERE"), ruled()):
        for day, found in ((1, ("HERE",)), (2, ("GONE", "HERE")), (4, ("GONE", "HERE"))):
            candidates = [candidate("GONE", [1.0] * 5), candidate("HERE", [1.0] * 5)]
            assert members(universe, candidates, {"GONE": [gone]}, at(day)) == found, day
        assert members(universe, candidates, {"GONE": [gone]}, at(5)) == ("HERE",)


def test_a_listing_counts_from_its_record_on_and_the_first_before_it() -> None:
    first, second = known(3, sector="Energy"), known(6, sector="Technology")
    assert listing_at([], at(0)) is None
    assert [listing_at([first, second], START_US + day * DAY_US) for day in (0, 3, 5, 6)] == [
        first,
        first,
        first,
        second,
    ]
    universe = ruled(sectors=("Energy",))
    said = {"A": [first, second]}
    candidates = [candidate("A", [1.0] * 6), candidate("B", [1.0] * 6)]
    assert members(universe, candidates, said, at(4)) == ("A",)
    assert members(universe, candidates, said, at(6)) == ()


def test_who_went_silent_is_left_out_after_a_week() -> None:
    quiet = candidate("QUIET", [1.0] * 3)
    assert members(ruled(), [quiet], {}, at(9)) == ("QUIET",)
    assert members(ruled(), [quiet], {}, at(10) + 7 * DAY_US) == ()


@pytest.mark.parametrize(
    ("bounds", "found"),
    [
        ({"price_min": 20.0}, "BC"),
        ({"price_max": 20.0}, "AB"),
        ({"dollar_volume_min": 2_000.0}, "BC"),
        ({"dollar_volume_max": 1_999.0}, "A"),
        ({"volatility_min": 0.01}, "C"),
        ({"volatility_max": 0.01}, "AB"),
        ({"age_days_min": 5}, "AC"),
        ({"age_days_max": 4}, "B"),
        ({"sectors": ("Energy", "Utilities")}, "C"),
        ({"top": 2}, "BC"),
        ({"top": 2, "price_max": 20.0}, "AB"),
        ({"price_min": 11.0, "price_max": 20.0, "age_days_max": 4}, "B"),
    ],
)
def test_each_bound_leaves_out_whom_it_should(bounds: dict[str, Any], found: str) -> None:
    candidates = [
        candidate("A", [10.0] * 6),
        candidate("B", [20.0] * 4, first=2),
        candidate("C", [30.0, 33.0] * 3),
    ]
    listings = {"C": [known(0, sector="Energy")], "A": [known(0, sector="Technology")]}
    for order in permutations(candidates):
        assert members(ruled(**bounds), order, listings, at(5)) == tuple(found)


def test_measures_by_hand() -> None:
    given = candidate("A", [1.0, 2.0, 4.0, 2.0], window=3)
    rule = UniverseRule(window_bars=3, volatility_min=0.0)
    found = measured(given, rule, None, at(3))
    assert (found.price, found.age_days) == (2.0, 3.0)
    assert found.dollar_volume == pytest.approx((2 + 4 + 2) / 3 * 100)
    returns = np.log([2.0, 2.0, 0.5])
    assert found.volatility == pytest.approx(np.std(returns, ddof=1) * np.sqrt(365.25))
    listing = known(0, first_day=date(2023, 12, 31))
    assert measured(given, rule, listing, at(3)).age_days == 4.0
    two = measured(candidate("A", [1.0, 2.0]), rule, None, at(1))
    assert np.isnan(two.volatility) and two.dollar_volume == 150.0


def test_a_split_or_a_dividend_in_the_window_moves_volatility_alone() -> None:
    rule = UniverseRule(window_bars=3, volatility_min=0.0)
    as_is = candidate("A", [40.0, 44.0, 42.0, 45.0])
    measures = measured(as_is, rule, None, at(3))
    split = Actions(np.array([at(1)]), np.array([2.0]), np.array([0.0]))
    halved = candidate("A", [40.0, 44.0, 21.0, 22.5])
    crash = measured(halved, rule, None, at(3))
    assert crash.volatility > 6 * measures.volatility
    found = measured(replace(halved, actions=split), rule, None, at(3))
    assert found.volatility == pytest.approx(measures.volatility)
    assert (found.price, found.dollar_volume) == (22.5, crash.dollar_volume)
    paid = Actions(np.array([at(1)]), np.array([1.0]), np.array([11.0]))
    three_quarters = candidate("A", [40.0, 44.0, 31.5, 33.75])
    found = measured(replace(three_quarters, actions=paid), rule, None, at(3))
    assert found.volatility == pytest.approx(measures.volatility)
    later = replace(as_is, actions=Actions(np.array([at(3)]), np.array([9.0]), np.array([0.0])))
    assert measured(later, rule, None, at(3)) == measures


def test_an_action_that_can_t_be_leaves_its_symbol_without_volatility() -> None:
    wrong = Actions(np.array([at(1)]), np.array([1.0]), np.array([44.0]))
    given = replace(candidate("A", [40.0, 44.0, 31.5, 33.75]), actions=wrong)
    assert members(ruled(volatility_max=99.0), [given], {}, at(3)) == ()
    assert members(ruled(price_min=1.0), [given], {}, at(3)) == ("A",)


def test_a_symbol_without_volatility_is_in_unless_a_bound_asks_for_it() -> None:
    young = [candidate("YOUNG", [1.0, 1.0])]
    assert members(ruled(), young, {}, at(1)) == ("YOUNG",)
    assert members(ruled(volatility_max=9.0), young, {}, at(1)) == ()


def test_bars_that_close_later_change_nothing() -> None:
    bars = {f"S{n}": random_bars(300, seed=n) for n in range(8)}
    rule = UniverseRule(volatility_max=7.5, top=4, window_bars=30)
    universe = defined(0, rule=rule).model_copy(update={"interval": "1m"})

    def found(count: int) -> tuple[str, ...]:
        given = [Candidate(s, int(c.ts[0]), c.ts, c.close, c.volume) for s, c in bars.items()]
        return members(universe, given, {}, 60_000_000 * count)

    before = [found(count) for count in (50, 150, 299)]
    assert len(set(before)) > 1, "they do change in time"
    for columns in bars.values():
        columns.close[299:] *= 100.0
        columns.volume[299:] *= 100.0
    assert [found(count) for count in (50, 150, 299)] == before


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"symbols": ("A",), "rule": UniverseRule()},
        {"symbols": ("A", "A")},
        {"symbols": ()},
        {"rule": {"price_min": 2.0, "price_max": 1.0}},
        {"rule": {"nope": 1}},
    ],
)
def test_what_is_neither_list_nor_rule_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        defined(0, **wrong)
