"""What a standing screen says follows from the log, and is what a screen as of each close says."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date

import pytest

from processors.research.standing.known import Known
from schemas.events.market import BarClosed
from schemas.events.screens import ScreenClosed
from schemas.events.universes import UniverseRule
from tests.processors.research.standing.following import (
    DAY_US,
    START_US,
    Follower,
    append,
    bar,
    close,
    defined,
    known_of,
    listed,
    log_of,
    offline,
    registered,
    walk,
)

SYMBOLS = ("A", "B", "C", "D", "E", "F")
DAYS = 40
LIST = known_of(defined(symbols=SYMBOLS))
RULE = known_of(defined(rule=UniverseRule(dollar_volume_min=300_000.0, window_bars=3)))
ALL = registered(begin_ts=START_US, top=3)


def market(gaps: bool = True) -> list[BarClosed]:
    """Bars in the order of time; some days of some symbols have none."""
    dice = random.Random(7)
    bars = [
        each
        for symbol in SYMBOLS
        for each in walk(symbol, (d for d in range(DAYS) if not gaps or dice.random() < 0.9))
    ]
    return sorted(bars, key=lambda each: (each.ts, each.symbol))


def symbols(event: ScreenClosed) -> tuple[str, ...]:
    return tuple(match.symbol for match in event.matches)


@pytest.mark.parametrize("known", [LIST, RULE], ids=["list", "rule"])
def test_each_close_is_the_screen_as_of_it(known: Known) -> None:
    bars = market()
    said = Follower(log_of(bars), known, ALL).all()
    # The last close waits for those that have no bar there, and nobody's time goes on.
    assert [event.close_ts for event in said] == [close(day) for day in range(DAYS - 1)]
    sizes = set()
    for event in said:
        definition = known.definitions("u")[0]
        members = definition.symbols or members_of(bars, event.close_ts)
        wanted = offline(bars, members, event.close_ts)
        assert event.receipt == wanted.receipt
        assert (event.members, event.symbols) == (len(members), wanted.symbols)
        assert event.matched == len(wanted.matches)
        for found, match in zip(event.matches, wanted.matches[:3], strict=True):
            assert (found.symbol, found.ts, found.score) == (match.symbol, match.ts, match.score)
            assert found.plots == match.plots
        sizes.add(event.members)
    assert len(sizes) > 1 or known is LIST, "the rule's members change"


def members_of(bars: Sequence[BarClosed], close_us: int) -> list[str]:
    """The rule, by hand: mean dollar volume of the last three bars."""
    found = []
    for symbol in SYMBOLS:
        worth = [
            b.close * b.volume for b in bars if b.symbol == symbol and b.ts + DAY_US <= close_us
        ]
        if worth and sum(worth[-3:]) / len(worth[-3:]) >= 300_000.0:
            found.append(symbol)
    return found


@pytest.mark.parametrize("known", [LIST, RULE], ids=["list", "rule"])
@pytest.mark.parametrize("seed", range(4))
def test_how_the_log_is_read_changes_nothing(known: Known, seed: int) -> None:
    log = log_of(market())
    wanted = Follower(log, known, ALL).all()
    other = Follower(log, known, ALL)
    other.read(random.Random(seed))
    assert other.ask() == wanted
    cut = wanted[seed * 9]
    resumed = Follower(log, known, ALL, last=cut)
    resumed.read(random.Random(seed))
    assert resumed.ask() == wanted[seed * 9 + 1 :]


@pytest.mark.parametrize("known", [LIST, RULE], ids=["list", "rule"])
@pytest.mark.parametrize("gaps", [True, False])
def test_live_and_afterwards_are_one(gaps: bool, known: Known) -> None:
    bars = market(gaps)
    log = log_of([])
    live = Follower(log, known, ALL)
    for each in bars:
        append(log, each)
        live.read()
        live.ask()
    assert live.said == Follower(log, known, ALL).all() != []


def test_who_enters_and_leaves_is_the_difference_to_the_close_before() -> None:
    said = Follower(log_of(market()), LIST, ALL).all()
    before: set[str] = set()
    moves = 0
    for event in said:
        now = symbols(event)
        assert event.entered == tuple(symbol for symbol in now if symbol not in before)
        assert event.left == tuple(sorted(before - set(now)))
        moves += len(event.left)
        before = set(now)
    assert moves > 3


def test_a_close_waits_for_its_bars_and_no_longer_than_the_grace() -> None:
    log = log_of([bar(s, day, 10.0 + day) for day in range(7) for s in "AB"])
    known = known_of(defined(symbols=("A", "B")))
    follower = Follower(log, known, registered(begin_ts=START_US, grace_s=86_400.0))
    assert follower.all()[-1].close_ts == close(6)
    append(log, bar("A", 7, 20.0))
    assert follower.all() == []
    append(log, bar("A", 8, 21.0))
    assert follower.all() == [], "the next close is no later than the grace"
    append(log, bar("A", 9, 22.0))
    (event,) = follower.all()
    assert (event.close_ts, event.missing) == (close(7), ("B",))
    append(log, bar("B", 7, 5.0))  # late: it counts from the next close on
    append(log, bar("B", 8, 5.0))
    (event,) = follower.all()
    assert (event.close_ts, event.missing) == (close(8), ())
    assert [match.ts for match in event.matches] == [START_US + 8 * DAY_US] * 2
    again = Follower(log, known, follower.track.registered, last=event)
    append(log, bar("B", 9, 6.0))
    assert again.all() == follower.all() != []


def test_without_grace_a_later_close_of_any_of_the_feeds_bars_ends_it() -> None:
    log = log_of([bar(s, day, 10.0 + day) for day in range(7) for s in "AB"])
    follower = Follower(log, known_of(defined(symbols=("A", "B"))), registered(begin_ts=START_US))
    follower.all()
    append(log, bar("A", 7, 20.0))
    append(log, bar("OTHER", 8, 20.0, feed="other"))
    assert follower.all() == []
    append(log, bar("OTHER", 8, 20.0))
    (event,) = follower.all()
    assert event.missing == ("B",)


def test_nobody_waits_on_a_holiday_for_those_who_have_it() -> None:
    # The Fourth of July is the tenth day; the weekends are the sixth, the seventh, …
    calendars = {"US": "XNYS", "COIN": "24/7"}
    known = known_of(
        defined(symbols=tuple(calendars)), *(listed(s, c) for s, c in calendars.items())
    )
    trades = {"US": [d for d in range(12) if d not in (5, 6, 9)], "COIN": list(range(12))}
    log = log_of([])
    follower = Follower(log, known, registered(begin_ts=START_US))
    for day in range(12):
        append(log, bar("COIN", day, 10.0 + day))
        waits = day in trades["US"]
        assert len(follower.all()) == (not waits), day
        if waits:
            append(log, bar("US", day, 10.0 + day))
            assert len(follower.all()) == 1
    assert [event.missing for event in follower.said] == [()] * 12
    on_the_fourth = follower.said[9]
    assert {m.symbol: m.ts for m in on_the_fourth.matches} == {
        "US": START_US + 8 * DAY_US,
        "COIN": START_US + 9 * DAY_US,
    }


def test_nobody_waits_for_who_was_delisted() -> None:
    gone = listed("B", last_day=date(2012, 7, 1))
    log = log_of([bar(s, day, 10.0 + day) for day in range(7) for s in "AB"])
    follower = Follower(log, known_of(defined(symbols=("A", "B")), gone), ALL)
    assert follower.all()[-1].members == 2
    append(log, bar("A", 7, 20.0))
    (event,) = follower.all()
    assert (event.members, event.missing, event.left) == (1, (), ("B",))


def test_without_a_begin_the_newest_complete_close_is_the_first() -> None:
    bars = market()
    log = log_of(bars)
    follower = Follower(log, LIST, registered(top=3))
    follower.read(random.Random(1))
    (first,) = follower.ask()
    assert first == Follower(log, LIST, ALL).all()[-1].model_copy(
        update={"entered": symbols(first), "left": ()}
    )
    for symbol in SYMBOLS:
        append(log, bar(symbol, DAYS, 50.0))
    assert [event.close_ts for event in follower.all()] == [close(DAYS - 1), close(DAYS)]


def test_a_universe_that_was_nothing_yet_is_gone_over_in_silence() -> None:
    bars = market(gaps=False)
    known = known_of(defined(close(20), symbols=("A", "B")), defined(close(30), symbols=("B", "C")))
    said = Follower(log_of(bars), known, ALL).all()
    assert said[0].close_ts == close(20)
    by_close = {event.close_ts: set(symbols(event)) for event in said}
    assert by_close[close(29)] == {"A", "B"}
    assert by_close[close(30)] == {"B", "C"}
    assert "A" in next(event for event in said if event.close_ts == close(30)).left


def test_a_definition_that_looks_at_more_makes_the_track_stale() -> None:
    known = known_of(defined(symbols=("A", "B")))
    follower = Follower(log_of([]), known, ALL)
    known.apply(defined(close(3), symbols=("B",)), 0)
    assert not follower.track.is_stale
    known.apply(defined(close(5), symbols=("C",)), 0)
    assert follower.track.is_stale
    ruled = known_of(defined(rule=UniverseRule(window_bars=5)))
    follower = Follower(log_of([]), ruled, ALL)
    ruled.apply(defined(close(3), rule=UniverseRule(window_bars=4)), 0)
    assert not follower.track.is_stale
    ruled.apply(defined(close(3), rule=UniverseRule(window_bars=6)), 0)
    assert follower.track.is_stale


def test_repeats_and_corrections_do_not_move_a_state() -> None:
    bars = market(gaps=False)
    wanted = Follower(log_of(bars), LIST, ALL).all()
    noisy = []
    for each in bars:
        noisy += [each, each, each.model_copy(update={"volume": each.volume + 1})]
    assert Follower(log_of(noisy), LIST, ALL).all() == wanted
