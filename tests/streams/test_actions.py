"""Actions on bars: nothing where nothing is, continuity across an ex-date, and no look ahead."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.columns import BarColumns, Floats
from schemas.events.actions import Action, DividendDeclared, SplitDeclared
from streams.actions import (
    NO_ACTIONS,
    PRICES,
    ActionError,
    Actions,
    actions_of,
    adjusted,
    as_of_last,
    on_bars,
)

DAY_US = 86_400_000_000
START_US = 20_000 * DAY_US
OPEN_US = 14 * 3_600_000_000
"""Of the bars, within their day: actions begin at midnight."""


def at(*days: int) -> list[int]:
    return [START_US + day * DAY_US for day in days]


def acts(*rows: tuple[int, float, float]) -> Actions:
    """Actions of (day, ratio, amount)."""
    days, split, dividend = zip(*rows, strict=True)
    return Actions(np.array(at(*days), np.int64), np.array(split), np.array(dividend))


def bars_of(days: list[int], close: Floats) -> BarColumns:
    """Bars at the open of these days, their range around the close."""
    n = len(days)
    return BarColumns(
        np.array(at(*days), np.int64) + OPEN_US,
        close * 0.99,
        close * 1.02,
        close * 0.98,
        close,
        np.linspace(100.0, 200.0, n) if n else np.empty(0),
    )


def same(first: BarColumns, second: BarColumns) -> bool:
    """Bit for bit."""
    names = ("ts", *PRICES, "volume")
    return all(getattr(first, name).tobytes() == getattr(second, name).tobytes() for name in names)


@st.composite
def markets(draw: st.DrawFn) -> tuple[BarColumns, Actions, Floats]:
    """Raw bars on some days, actions on some days, and the bars' returns as their holder has them.

    The raw close is what the last one leaves after the actions between, times 1 + the return.
    """
    days = sorted(draw(st.sets(st.integers(0, 40), min_size=1, max_size=25)))
    when = sorted(draw(st.sets(st.integers(-3, 43), max_size=8)))
    ratios = st.sampled_from([1.0, 2.0, 3.0, 0.1, 1.5, 7 / 3])
    parts = st.sampled_from([0.0, 0.0, 0.01, 0.05, 0.3])
    splits = {day: draw(ratios) for day in when}
    shares = {day: draw(parts) for day in when}
    returns = np.array([draw(st.floats(-0.1, 0.1)) for _ in days])
    amounts = dict.fromkeys(when, 0.0)
    close, worth, previous = [], 100.0, -100
    for day, change in zip(days, returns, strict=True):
        for action in (each for each in when if previous < each <= day):
            amounts[action] = worth * shares[action]
            worth = (worth - amounts[action]) / splits[action]
        worth *= 1.0 + change
        close.append(worth)
        previous = day
    found = Actions(
        np.array(at(*when), np.int64),
        np.array([splits[day] for day in when]),
        np.array([amounts[day] for day in when]),
    )
    return bars_of(days, np.array(close)), found, returns


BEGINS = st.integers(-5, 45).map(lambda day: START_US + day * DAY_US)


@given(markets(), BEGINS)
def test_without_actions_nothing_changes(
    market: tuple[BarColumns, Actions, Floats], begin_us: int
) -> None:
    bars, _, _ = market
    found = adjusted(bars, NO_ACTIONS, begin_us)
    assert same(found.bars, bars)
    assert (found.factor == 1.0).all() and (found.units == 1.0).all()
    split, dividend = on_bars(NO_ACTIONS, bars)
    assert (split == 1.0).all() and (dividend == 0.0).all()


@given(markets(), BEGINS)
def test_the_factors_lead_back_to_the_raw_bars(
    market: tuple[BarColumns, Actions, Floats], begin_us: int
) -> None:
    bars, actions, _ = market
    found = adjusted(bars, actions, begin_us)
    for name in PRICES:
        assert (getattr(bars, name) * found.factor == getattr(found.bars, name)).all()
        back = getattr(found.bars, name) / found.factor
        np.testing.assert_allclose(back, getattr(bars, name), rtol=1e-14)
    np.testing.assert_allclose(found.bars.volume * found.units, bars.volume, rtol=1e-14)
    assert (found.bars.low <= found.bars.close).all()
    assert (found.bars.high >= found.bars.open).all()


@given(markets(), BEGINS)
def test_returns_over_an_ex_date_are_the_holders(
    market: tuple[BarColumns, Actions, Floats], begin_us: int
) -> None:
    bars, actions, returns = market
    close = adjusted(bars, actions, begin_us).bars.close
    np.testing.assert_allclose(close[1:] / close[:-1] - 1.0, returns[1:], atol=1e-9)


@given(markets(), BEGINS)
def test_the_days_of_the_begin_are_the_raw_ones(
    market: tuple[BarColumns, Actions, Floats], begin_us: int
) -> None:
    bars, actions, _ = market
    found = adjusted(bars, actions, begin_us)
    basis = max(begin_us, int(bars.ts[0]))
    before = np.searchsorted(actions.ts, basis, side="right")
    at_basis = np.searchsorted(actions.ts, bars.ts, side="right") == before
    assert (found.factor[at_basis] == 1.0).all()
    assert (found.units[at_basis] == 1.0).all()


@given(markets(), BEGINS, st.integers(0, 25), st.integers(-3, 44))
def test_what_comes_later_changes_no_earlier_bar(
    market: tuple[BarColumns, Actions, Floats], begin_us: int, kept: int, known: int
) -> None:
    bars, actions, _ = market
    whole = adjusted(bars, actions, begin_us)
    needed = max(1, int(np.searchsorted(bars.ts, begin_us, side="right")))
    kept = min(max(kept, needed), len(bars))
    short = adjusted(bars.take(slice(kept)), actions, begin_us)
    assert same(short.bars, whole.bars.take(slice(kept)))
    until = max(int(bars.ts[kept - 1]), begin_us, at(known)[0])
    rows = actions.ts <= until
    heard = Actions(actions.ts[rows], actions.split[rows], actions.dividend[rows])
    assert same(adjusted(bars.take(slice(kept)), heard, begin_us).bars, short.bars)


@given(markets(), BEGINS, st.integers(0, 25))
def test_history_in_front_changes_no_bar_of_the_run(
    market: tuple[BarColumns, Actions, Floats], begin_us: int, dropped: int
) -> None:
    bars, actions, _ = market
    warming = int(np.searchsorted(bars.ts, begin_us, side="right"))
    dropped = min(dropped, max(warming - 1, 0))
    whole = adjusted(bars, actions, begin_us)
    rest = adjusted(bars.take(slice(dropped, None)), actions, begin_us)
    assert same(rest.bars, whole.bars.take(slice(dropped, None)))


@given(markets())
def test_what_the_book_gets_is_what_the_prices_lose(
    market: tuple[BarColumns, Actions, Floats],
) -> None:
    bars, actions, _ = market
    split, dividend = on_bars(actions, bars)
    factor = adjusted(bars, actions, 0).factor
    steps = split[1:] / (1.0 - dividend[1:] * split[1:] / bars.close[:-1])
    np.testing.assert_allclose(factor[1:] / factor[:-1], steps, rtol=1e-9)
    assert (split[0], dividend[0]) == (1.0, 0.0)


def test_an_action_counts_from_the_first_bar_at_or_past_its_day() -> None:
    bars = bars_of([0, 1, 4, 5], np.full(4, 10.0))
    midnights = BarColumns(
        bars.ts - OPEN_US, *(getattr(bars, name) for name in (*PRICES, "volume"))
    )
    for each in (bars, midnights):
        split, dividend = on_bars(acts((1, 2.0, 0.0), (2, 1.0, 0.5), (9, 3.0, 0.0)), each)
        assert split.tolist() == [1.0, 2.0, 1.0, 1.0]
        assert dividend.tolist() == [0.0, 0.0, 0.5, 0.0]


def test_several_actions_between_two_bars_are_one_in_the_units_after_them() -> None:
    bars = bars_of([0, 10], np.array([100.0, 10.0]))
    actions = acts((1, 1.0, 6.0), (2, 2.0, 0.0), (3, 3.0, 1.5), (4, 1.0, 0.25))
    split, dividend = on_bars(actions, bars)
    # 6 for an old unit is 3, then 1 for a new one; 1.5 before a split in three is 0.5.
    assert (split[1], dividend[1]) == (6.0, 1.75)
    found = adjusted(bars, actions, int(bars.ts[0]))
    assert found.units.tolist() == [1.0, 6.0]
    assert found.factor[1] == pytest.approx(6.0 / (1.0 - 6.0 * 1.75 / 100.0))


def test_a_run_that_begins_between_two_actions_scales_back_and_forward() -> None:
    bars = bars_of([0, 1, 2], np.array([80.0, 40.0, 10.0]))
    actions = acts((1, 2.0, 0.0), (2, 4.0, 0.0))
    for begin, prices in ((0, [80.0, 80.0, 80.0]), (1, [40.0] * 3), (2, [10.0] * 3)):
        found = adjusted(bars, actions, at(begin)[0])
        assert found.bars.close.tolist() == prices
    assert adjusted(bars, actions, at(1)[0]).bars.volume.tolist() == [200.0, 150.0, 50.0]


def test_a_dividend_of_the_whole_price_is_refused_and_one_after_the_bars_is_not_looked_at() -> None:
    bars = bars_of([0, 1], np.array([5.0, 5.0]))
    with pytest.raises(
        ActionError, match=r"a dividend of 5 on 2024-10-05 is no less than .* 5: is"
    ):
        adjusted(bars, acts((1, 1.0, 5.0)), 0)
    assert same(adjusted(bars, acts((2, 1.0, 4.0), (3, 1.0, 4.0)), 0).bars, bars)


@given(markets(), st.integers(1, 25), st.integers(0, 25))
def test_as_of_the_last_bar_nothing_behind_it_is_seen_and_it_is_as_it_was_traded(
    market: tuple[BarColumns, Actions, Floats], kept: int, dropped: int
) -> None:
    bars, actions, returns = market
    kept = min(kept, len(bars))
    bars, returns = bars.take(slice(kept)), returns[:kept]
    seen = as_of_last(bars, actions)
    assert same(seen.take(slice(-1, None)), bars.take(slice(-1, None)))
    assert same(seen, as_of_last(bars, actions.between(-(2**62), int(bars.ts[-1]))))
    np.testing.assert_allclose(seen.close[1:] / seen.close[:-1] - 1.0, returns[1:], atol=1e-9)
    rest = slice(min(dropped, kept - 1), None)
    assert same(as_of_last(bars.take(rest), actions), seen.take(rest))


def test_a_split_and_a_dividend_scale_earlier_prices_back_by_hand() -> None:
    bars = bars_of([0, 1, 2, 3], np.array([100.0, 104.0, 52.0, 50.0]))
    split = as_of_last(bars, acts((2, 2.0, 0.0), (4, 3.0, 0.0)))
    assert split.close.tolist() == [50.0, 52.0, 52.0, 50.0]
    assert split.volume.tolist() == [200.0, *(bars.volume[1:] * [2, 1, 1])]
    # A dividend of 13 of 52 is a quarter of the price: three quarters of it are what went on.
    paid = as_of_last(bars, acts((3, 1.0, 13.0)))
    assert paid.close.tolist() == [75.0, 78.0, 39.0, 50.0]
    assert paid.volume.tolist() == bars.volume.tolist()


def test_no_bars_are_no_bars() -> None:
    none = bars_of([], np.empty(0))
    assert len(adjusted(none, acts((1, 2.0, 0.0)), 0).bars) == 0
    assert len(as_of_last(none, acts((1, 2.0, 0.0)))) == 0
    assert [len(column) for column in on_bars(acts((1, 2.0, 0.0)), none)] == [0, 0]


def split_of(ratio: float, day: date = date(2005, 2, 28), symbol: str = "A") -> SplitDeclared:
    return SplitDeclared(feed="f", symbol=symbol, ex_date=day, ratio=ratio)


def paid(amount: float, number: int = 1, currency: str | None = None) -> DividendDeclared:
    return DividendDeclared(
        feed="f", symbol="A", ex_date=date(2005, 2, 28), amount=amount,
        number=number, currency=currency,
    )  # fmt: skip


def test_the_latest_of_a_day_counts_and_its_dividends_add_up() -> None:
    early = split_of(7.0, date(1999, 1, 4))
    events: list[Action] = [
        split_of(3.0),
        paid(1.0),
        paid(0.25, 2),
        split_of(2.0),
        paid(0.5),
        early,
    ]
    found = actions_of([*events, split_of(5.0, symbol="B")])
    assert found.keys() == {"A", "B"}
    assert [datetime.fromtimestamp(ts / 1e6, UTC).date() for ts in found["A"].ts.tolist()] == [
        date(1999, 1, 4),
        date(2005, 2, 28),
    ]
    assert found["A"].split.tolist() == [7.0, 2.0]
    assert found["A"].dividend.tolist() == [0.0, 0.75]
    assert found["B"].dividend.dtype == np.float64


def test_amounts_in_another_currency_than_the_prices_are_refused() -> None:
    assert actions_of([paid(1.0), paid(2.0, 2, "EUR")])["A"].dividend.tolist() == [3.0]
    assert actions_of([paid(1.0, 1, "EUR"), paid(2.0, 1, "USD")], {"A": "USD"})["A"].dividend == 2.0
    with pytest.raises(
        ActionError, match="is in USD, and its prices or other dividends are in EUR"
    ):
        actions_of([paid(1.0, 1, "EUR"), paid(2.0, 2, "USD")])
    with pytest.raises(ActionError, match="convert the amounts"):
        actions_of([paid(1.0, 1, "EUR")], {"A": "USD"})


@pytest.mark.parametrize(
    ("hours", "step_days", "inside"),
    [(0, 1, False), (14, 1, False), (-9, 1, True), (0, 7, True)],
    ids=["midnight", "session", "tokyo", "weeks"],
)
def test_an_action_that_begins_within_a_bar_is_told(
    hours: int, step_days: int, inside: bool
) -> None:
    day_us = 86_400_000_000
    ts = 1_700_006_400_000_000 // day_us * day_us + day_us * step_days * np.arange(20)
    prices = np.full(20, 100.0)
    bars = BarColumns(ts + hours * day_us // 24, prices, prices, prices, prices, prices)
    at = ts[5] + 3 * day_us * (step_days > 1)
    found = Actions(np.array([at]), np.array([2.0]), np.array([0.0]))
    assert found.inside(bars) == inside
