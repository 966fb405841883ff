"""A standing screen sees prices adjusted about each last close, as a screen as of it does."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from processors.research.standing.known import Known
from schemas.events.actions import Action
from schemas.events.market import BarClosed
from schemas.events.screens import ScreenClosed
from schemas.events.universes import UniverseDefined, UniverseRule
from streams.actions import NO_ACTIONS, ActionError, folded
from streams.universes import Candidate, members
from tests.processors.research.standing.following import (
    DAY_US,
    MOMENTUM,
    START_US,
    Follower,
    append,
    bar,
    close,
    defined,
    dividend,
    known_of,
    listed,
    log_of,
    offline,
    registered,
    split,
    walk,
)
from tests.sandbox.running import body

SYMBOLS = ("A", "B", "C", "D", "E", "F")
DAYS = 40
ALL = registered(begin_ts=START_US, top=3)
LIST = defined(symbols=SYMBOLS)
CALM = defined(rule=UniverseRule(volatility_max=0.7, window_bars=8))
UNIVERSES = pytest.mark.parametrize("universe", [LIST, CALM], ids=["list", "rule"])
MEAN = body('plot("mean", ta.sma(bar.close, 4))', "score(bar.close)")
DIVIDENDS = [dividend("A", 9, 1.5), dividend("A", 30, 0.5), dividend("E", 20, 12.0)]
ACTIONS: list[Action] = [split("A", 20, 2.0), split("C", 15, 0.25), split("D", 39, 4.0), *DIVIDENDS]


def market(actions: Iterable[Action]) -> list[BarClosed]:
    """Random walks that are in the units of their days, in the order of time, with holes."""
    dice = random.Random(3)
    found = []
    for symbol in SYMBOLS:
        of_symbol = folded(actions).get(symbol, NO_ACTIONS)
        for each in walk(symbol, (d for d in range(DAYS) if dice.random() < 0.9)):
            ratio = of_symbol.split[of_symbol.ts <= each.ts].prod()
            names = ("open", "high", "low", "close")
            prices = {name: getattr(each, name) / ratio for name in names}
            found.append(each.model_copy(update={**prices, "volume": each.volume * ratio}))
    return sorted(found, key=lambda each: (each.ts, each.symbol))


BARS = market(ACTIONS)


def assert_as_offline(
    said: Sequence[ScreenClosed], universe: UniverseDefined, actions: Sequence[Action]
) -> None:
    """Each is the screen as of its close."""
    for event in said:
        belonging = members_of(universe, event.close_ts, actions)
        wanted = offline(BARS, belonging, event.close_ts, MOMENTUM, actions)
        assert (event.members, event.receipt) == (len(belonging), wanted.receipt)
        assert [(m.symbol, m.score, m.plots) for m in event.matches] == [
            (m.symbol, m.score, m.plots) for m in wanted.matches[:3]
        ]


def members_of(
    universe: UniverseDefined, close_us: int, actions: Sequence[Action]
) -> tuple[str, ...]:
    """As the database has them: of all actions, and the bars of the window."""
    kept = (universe.rule.window_bars if universe.rule else 0) + 1
    found = []
    for symbol in SYMBOLS:
        rows = [b for b in BARS if b.symbol == symbol and b.ts + DAY_US <= close_us]
        if rows:
            ts, worth, volume = zip(*((b.ts, b.close, b.volume) for b in rows[-kept:]), strict=True)
            columns = (np.array(ts), np.array(worth), np.array(volume))
            acts = folded(actions).get(symbol, NO_ACTIONS)
            found.append(Candidate(symbol, rows[0].ts, *columns, actions=acts))
    return members(universe, found, {}, close_us)


def test_a_split_amid_a_mean_by_hand() -> None:
    known = known_of(defined(symbols=("A", "B")), split("A", 2, 2.0))
    prices = {"A": [40.0, 44.0, 22.0, 24.0, 26.0], "B": [10.0, 20.0, 30.0, 40.0, 50.0]}
    log = log_of([bar(s, day, prices[s][day]) for day in range(5) for s in "AB"])
    said = Follower(log, known, registered(begin_ts=close(3)), source=MEAN).all()
    means = [{m.symbol: m.plots["mean"] for m in event.matches} for event in said]
    # A's 40 and 44 are 20 and 22 in units of the third day.
    assert means == [{"A": 22.0, "B": 25.0}, {"A": 23.5, "B": 35.0}]


def test_a_dividend_that_comes_late_counts_from_the_next_close_on() -> None:
    known = known_of(defined(symbols=("A",)))
    log = log_of([bar("A", day, close) for day, close in enumerate([36.0, 40.0, 30.0, 31.0])])
    follower = Follower(log, known, registered(begin_ts=close(3)), source=MEAN)
    (before,) = follower.all()
    follower.hear(dividend("A", 2, 10.0))  # a quarter of 40, on the third day
    append(log, bar("A", 4, 32.0))
    (after,) = follower.all()
    assert [event.matches[0].plots["mean"] for event in (before, after)] == [34.25, 30.75]


@UNIVERSES
def test_each_close_is_the_screen_as_of_it(universe: UniverseDefined) -> None:
    said = Follower(log_of(BARS), known_of(universe, *ACTIONS), ALL).all()
    assert len(said) >= DAYS - 1
    assert_as_offline(said, universe, ACTIONS)
    raw = Follower(log_of(BARS), known_of(universe), ALL).all()
    assert [event.receipt for event in raw] != [event.receipt for event in said]
    if universe is CALM:
        assert [event.members for event in raw] != [event.members for event in said]


@UNIVERSES
@pytest.mark.parametrize("seed", range(4))
def test_how_the_log_is_read_and_where_one_begins_anew_changes_nothing(
    universe: UniverseDefined, seed: int
) -> None:
    log, known = log_of(BARS), known_of(universe, *ACTIONS)
    wanted = Follower(log, known, ALL).all()
    cut = 9 * (seed + 1)
    resumed = Follower(log, known, ALL, last=wanted[cut])
    resumed.read(random.Random(seed))
    assert resumed.ask() == wanted[cut + 1 :] != []


@UNIVERSES
def test_live_and_afterwards_are_one(universe: UniverseDefined) -> None:
    log, known = log_of([]), known_of(universe, *ACTIONS)
    live = Follower(log, known, ALL)
    for each in BARS:
        append(log, each)
        live.all()
    assert live.said == Follower(log, known, ALL).all() != []
    assert live.renewed == 0, "what was declared ahead finds its bars kept"


@UNIVERSES
@pytest.mark.parametrize("day", [12, 25, 33])
def test_what_comes_late_changes_what_is_said_from_then_on_and_nothing_before(
    universe: UniverseDefined, day: int
) -> None:
    log, known = log_of([]), known_of(universe, *DIVIDENDS)
    live = Follower(log, known, ALL)
    heard = -1
    for each in BARS:
        if each.ts == START_US + day * DAY_US and heard < 0:
            heard = len(live.said)
            live.hear(*ACTIONS[:3])
        append(log, each)
        live.all()
    assert live.renewed == 1, "nobody knew that C's and D's bars would be wanted"
    assert_as_offline(live.said[:heard], universe, DIVIDENDS)
    assert_as_offline(live.said[heard:], universe, ACTIONS)
    assert len(live.said[:heard]) in (day, day - 1)
    again = Follower(log, known_of(universe, *ACTIONS), ALL, last=live.said[heard - 1])
    assert again.all() == live.said[heard:] != []


def test_an_action_that_is_taken_back_is_as_if_it_had_not_been() -> None:
    universe = defined(symbols=SYMBOLS)
    mistaken: list[Action] = [split("A", 10, 3.0), dividend("B", 11, 1.0)]
    taken_back: list[Action] = [split("A", 10, 1.0), dividend("B", 11, 0.0)]
    known = known_of(universe, *ACTIONS, *mistaken)
    log = log_of([each for each in BARS if each.ts < START_US + 20 * DAY_US])
    live = Follower(log, known, ALL)
    live.all()
    count = len(live.said)
    assert_as_offline(live.said, universe, [*ACTIONS, *mistaken])
    live.hear(*taken_back)
    for each in BARS:
        if each.ts >= START_US + 20 * DAY_US:
            append(log, each)
    live.all()
    assert_as_offline(live.said[count:], universe, ACTIONS)
    assert len(live.said) > count


def test_bars_are_kept_of_those_with_actions_only_and_others_make_the_track_stale() -> None:
    log = log_of([bar(s, day, 10.0) for day in range(3) for s in "AB"])
    known = known_of(defined(symbols=("A", "B", "C")), split("A", 50, 2.0))
    follower = Follower(log, known, ALL)
    follower.all()
    for event in (split("A", 60, 2.0), dividend("A", 1, 0.1), split("C", 1, 2.0), split("Z", 1, 2)):
        known.apply(event, 0)
        assert not follower.track.is_stale, event
    append(log, bar("C", 3, 10.0))
    follower.read()
    assert not follower.track.is_stale
    known.apply(split("B", 50, 2.0), 0)
    assert follower.track.is_stale
    assert not Follower(log, known, ALL).track.is_stale


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ([dividend("B", 3, 99.0)], "^B: a dividend of 99 on 2012-06-28 is no less than .* 12"),
        ([listed("B"), dividend("B", 3, 1.0, "EUR")], "^a dividend of B .* is in EUR"),
    ],
)
def test_a_members_action_that_can_t_be_is_told_and_a_strangers_is_not(
    wrong: list[Action], says: str
) -> None:
    bars = [bar(s, day, 10.0 + day) for day in range(5) for s in "AB"]
    known = known_of(defined(symbols=("A", "B")), defined(close(4), symbols=("A",)), *wrong)
    with pytest.raises(ActionError, match=says):
        Follower(log_of(bars), known, registered(begin_ts=close(3))).all()
    (event,) = Follower(log_of(bars), known, registered(begin_ts=close(4))).all()
    assert (event.members, event.symbols) == (1, 1)


def test_known_keeps_feeds_apart() -> None:
    known = Known()
    known.apply(split("A", 2, 2.0), 0)
    assert known.acted("f").of("A").split.tolist() == [2.0]
    assert known.acted("other").of("A") is NO_ACTIONS
