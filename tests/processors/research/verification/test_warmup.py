"""After how many bars it no longer matters where history began."""

from __future__ import annotations

import numpy as np
import pytest

from processors.research.verification.finding import State
from processors.research.verification.voice import Say, columns_of, open_ours, whole
from processors.research.verification.warmup import (
    BEGINS,
    Warmth,
    begins_of,
    close_to,
    finding,
    warmth,
)
from sandbox.fills import NO_COSTS, FillRules
from sandbox.host.engine import SandboxEngine
from sandbox.host.module import load_module
from tests.processors.research.sweeps.trading import compiled, days
from tests.sandbox.running import body

BARS = [days(1_000, 5)]
LOTS = FillRules(lot=30.0)
"""Of the second symbol, where there is one."""


def say(*lines: str) -> Say:
    module = load_module(SandboxEngine(), compiled(body(*lines)).wasm)
    return whole(open_ours(module, {}, [NO_COSTS, LOTS]))


@pytest.mark.parametrize(
    ("line", "bars"),
    [
        ('plot("x", bar.close)', 0),
        ('plot("x", bar.close[1])', 1),
        ('plot("x", ta.highest(bar.close, 30))', 29),
        ('plot("x", ta.sma(bar.close, 10))', 9),
        ('plot("x", ta.sma(ta.sma(bar.close, 10), 20))', 28),
    ],
)
def test_a_window_needs_as_many_bars_as_it_has_but_one(line: str, bars: int) -> None:
    assert warmth(BARS, say(line), None).bars == bars


def test_an_exponential_average_needs_as_many_as_it_takes_to_forget() -> None:
    """(1 − 2 / (n + 1))^bars of the difference is left; 1e-9 of the value after some 10 n."""
    found = warmth(BARS, say('plot("x", ta.ema(bar.close, 10))'), None)
    decay = 1.0 - 2.0 / 11.0
    assert found.bars == pytest.approx(np.log(1e-9) / np.log(decay), rel=0.2)
    assert found.orders == 0


def test_what_never_forgets_is_told() -> None:
    counting = say("n = state(0.0)", "n = n + bar.close", 'plot("x", n)')
    found = warmth(BARS, counting, None)
    assert (found.bars, found.orders) == (None, 0)
    told = finding(found, ("AAA",), from_given=False)
    assert told.state is State.WARNS
    assert "orders alone agree after 0 bars" in told.found


def test_orders_of_a_first_bar_depend_on_which_that_is_for_ever() -> None:
    found = warmth(BARS, say("if position.size == 0:", "    enter_long()"), None)
    assert found.orders is not None, "one order, at the first bar, and never again"
    switching = say(
        "n = state(0)",
        "n = n + 1",
        "if n % 7 == 0:",
        "    enter_long()",
        "if n % 7 == 3:",
        "    exit()",
    )
    assert warmth(BARS, switching, None).orders is None


def test_each_symbol_is_run_by_the_rules_of_its_instrument() -> None:
    """A tenth of the account buys less than a lot of 30, so nothing is ever held."""
    holding = say("enter_long(percent=10.0)", 'plot("held", position.size)')
    by_lots = columns_of(holding(1, BARS[0]))["plots"]
    assert not by_lots.any() and columns_of(holding(0, BARS[0]))["plots"].any()
    assert warmth(BARS, holding, None).bars is None, "how much is held depends on the first price"
    late = [days(0, 5), *BARS]
    assert warmth(late, holding, None).bars == 0


def test_a_run_that_trades_too_early_is_told() -> None:
    trading = say(
        "m = ta.ema(bar.close, 5)", "if bar.close > m:", "    enter_long()", "else:", "    exit()"
    )
    cold = finding(warmth(BARS, trading, None), ("AAA",), from_given=False)
    assert (cold.state, cold.figures["had"]) == (State.WARNS, {"AAA": 0})
    assert "orders came in that time" in cold.found
    late = warmth(BARS, trading, int(BARS[0].ts[400]))
    warm = finding(late, ("AAA",), from_given=True)
    assert (warm.state, warm.figures["had"], late.cold) == (State.HOLDS, {"AAA": 400}, (0,))
    early = finding(warmth(BARS, trading, int(BARS[0].ts[5])), ("AAA",), from_given=True)
    assert early.state is State.WARNS
    assert "AAA (5)" in early.found
    assert early.remedy == f"Trade --from a time with {late.bars} bars before it."


def test_a_strategy_that_says_nothing_while_cold_is_not_at_fault() -> None:
    windowed = say("if crossover(bar.close, ta.sma(bar.close, 20)):", "    enter_long()")
    found = finding(warmth(BARS, windowed, None), ("AAA",), from_given=False)
    assert found.state is State.HOLDS
    assert "no order came before" in found.found


def test_what_begins_behind_from_is_at_fault_only_where_it_orders_too_early() -> None:
    silent = say("if crossover(bar.close, ta.sma(bar.close, 20)):", "    enter_long()")
    late = [*BARS, days(600, 6, 10_400)]
    found = warmth(late, silent, int(BARS[0].ts[300]))
    assert (found.had, found.cold) == ((300, 0), (0, 0))
    assert finding(found, ("AAA", "BBB"), from_given=True).state is State.HOLDS
    eager = say("m = ta.ema(bar.close, 5)", "if bar.close > m:", "    enter_long()")
    told = finding(warmth(late, eager, int(BARS[0].ts[300])), ("AAA", "BBB"), from_given=True)
    assert told.state is State.WARNS
    assert "BBB (0)" in told.found and "AAA" not in told.found


def test_a_short_series_does_not_hide_what_a_long_one_tells() -> None:
    slow = say('plot("x", ta.ema(bar.close, 10))')
    alone = warmth(BARS, slow, None).bars
    assert warmth([*BARS, days(90, 6)], slow, None).bars == alone
    assert warmth([days(90, 6)], slow, None).bars is None


def test_too_few_bars_are_told() -> None:
    found = warmth([days(1, 5)], say('plot("x", bar.close)'), None)
    assert finding(found, ("AAA",), from_given=False).state is State.UNKNOWN


def test_begins_lie_in_the_first_half_each_once() -> None:
    assert begins_of(1_000, BEGINS) == [62, 125, 187, 250, 312, 375, 437, 500]
    assert begins_of(5, BEGINS) == [1, 2]
    assert begins_of(0, BEGINS) == begins_of(1, BEGINS) == []


def test_values_are_close_by_their_size_or_the_columns() -> None:
    one = np.array([1e9, 1.0, 1e-12, np.nan, np.inf, 1.0, np.nan, 5.0])
    two = np.array([1e9 + 0.5, 1.0 + 1e-8, 2e-12, np.nan, np.inf, np.nan, 1.0, -5.0])
    assert close_to(one, two).tolist() == [True, False, True, True, True, False, False, False]


def test_many_that_are_short_are_counted() -> None:
    names = tuple(f"S{i}" for i in range(8))
    found = Warmth(bars=9, orders=9, begins=64, cold=(1,) * 8, had=(0,) * 8)
    assert "S4 (0) and 3 more" in finding(found, names, from_given=False).found
