"""A look at bars to come is found, whoever looks: the module, or a host with a mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from processors.research.results import Curve, Fills
from processors.research.verification.finding import State
from processors.research.verification.lookahead import (
    CUTS,
    Trade,
    cuts_of,
    finding,
    first_difference,
    lookahead,
)
from processors.research.verification.runs import Runs
from processors.research.verification.voice import Say, open_ours, whole
from sandbox.fills import NO_COSTS, FillRules
from sandbox.host.book import book_module
from sandbox.host.engine import SandboxEngine
from sandbox.host.module import load_module
from sandbox.host.outputs import Outputs
from schemas.columns import BarColumns, Floats, Ints
from tests.processors.research.sweeps.trading import COSTS, CROSS, compiled, days, study
from tests.processors.research.verification.peeking import CROSSING, PLOTTED, peeking

BARS = [days(400, 5), days(250, 6, 10_100)]


def nothing_traded(_: int | None) -> None:
    return None


def say_of(wasm: bytes) -> Say:
    return whole(open_ours(load_module(SandboxEngine(), wasm), {}, [NO_COSTS] * len(BARS)))


@pytest.mark.parametrize("rules", [NO_COSTS, COSTS, FillRules(impact=0.1, borrow=0.05)])
@pytest.mark.parametrize("source", [CROSS, CROSSING])
def test_what_our_compiler_makes_and_our_book_fills_knows_no_bar_to_come(
    source: str, rules: FillRules
) -> None:
    engine = SandboxEngine()
    asked = study(source, BARS, rules)
    runs = Runs(asked, load_module(engine, compiled(source).wasm), book_module(engine))
    say = whole(open_ours(runs.strategy, {}, [rules] * len(BARS)))
    peek, cuts = lookahead(BARS, say, runs.before)
    assert peek is None
    assert cuts > CUTS
    assert finding(peek, cuts, asked.symbols).state is State.HOLDS
    engine.close()


@pytest.mark.parametrize("source", [PLOTTED, CROSSING])
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_module_that_reads_the_rows_behind_its_own_is_found_out(source: str, rows: int) -> None:
    peek, cuts = lookahead(BARS, say_of(peeking(source, rows)), nothing_traded)
    assert peek is not None
    assert 0 <= np.searchsorted(BARS[0].ts, peek.cut) - np.searchsorted(BARS[0].ts, peek.ts) <= rows
    found = finding(peek, cuts, ("AAA", "BBB"))
    assert found.state is State.FAILS
    assert peek.what in found.found
    assert found.remedy


@pytest.mark.parametrize("rows", [2, 3])
def test_it_is_found_out_by_what_it_trades_too(rows: int) -> None:
    """Run after run in the same process: what one has seen the next must not find."""
    engine = SandboxEngine()
    asked = study(CROSSING, BARS, NO_COSTS)
    runs = Runs(asked, load_module(engine, peeking(CROSSING, rows)), book_module(engine))
    honest = say_of(compiled(CROSSING).wasm)
    peek, cuts = lookahead(BARS, honest, runs.before, count=100)
    assert peek is not None
    assert finding(peek, cuts, asked.symbols).state is State.FAILS
    engine.close()


def test_one_that_reads_rows_before_its_own_is_not_at_fault_here() -> None:
    assert lookahead(BARS, say_of(compiled(PLOTTED).wasm), nothing_traded)[0] is None


def test_a_host_that_gives_the_next_bar_is_found_out() -> None:
    say = say_of(compiled(PLOTTED).wasm)

    def early(symbol: int, bars: BarColumns) -> Outputs:
        said = say(symbol, bars)
        return replace(said, plots=np.roll(said.plots, -1, axis=1))

    peek, _ = lookahead(BARS, early, nothing_traded)
    assert peek is not None
    assert peek.what == "plots"


def fills(rows: Ints) -> Fills:
    """A unit bought at those bars."""
    one = np.ones(len(rows))
    whole_one = one.astype(np.int64)
    return Fills(BARS[0].ts[rows], whole_one, one, one, one, one, one, whole_one)


def book(equity: Callable[[Floats], Floats]) -> Trade:
    """One whose account is worth that."""

    def trade(end: int | None) -> tuple[Fills, Curve]:
        rows = len(BARS[0]) if end is None else int(np.searchsorted(BARS[0].ts, end))
        ts, worth = BARS[0].ts[:rows], equity(BARS[0].close[:rows])
        return fills(np.zeros(0, np.int64)), Curve(ts, worth, worth, worth)

    return trade


def test_a_book_that_knows_what_comes_is_found_out() -> None:
    say = say_of(compiled(PLOTTED).wasm)
    assert lookahead(BARS, say, book(np.cumsum))[0] is None
    peek, cuts = lookahead(BARS, say, book(lambda close: close / close[-1]))
    assert peek is not None
    assert (peek.symbol, peek.what) == (None, "curve.equity")
    assert "the account" in finding(peek, cuts, ("AAA", "BBB")).found


def test_a_book_that_fills_only_what_pays_off_is_found_out() -> None:
    say = say_of(compiled(PLOTTED).wasm)
    flat = np.ones(len(BARS[0]))

    def trade(end: int | None) -> tuple[Fills, Curve]:
        rows = len(BARS[0]) if end is None else int(np.searchsorted(BARS[0].ts, end))
        close, ts = BARS[0].close[:rows], BARS[0].ts[:rows]
        bought = np.flatnonzero(close[:-1] < close[1:])
        return fills(bought), Curve(ts, flat[:rows], flat[:rows], flat[:rows])

    peek, _ = lookahead(BARS, say, trade)
    assert peek is not None
    assert peek.what == "fills"


def test_cuts_are_at_the_end_behind_what_is_said_and_by_chance() -> None:
    times = BARS[0].ts
    said = times[[50, 120]]
    cuts = cuts_of([BARS[0]], said, 8, 3)
    assert {int(time) for time in times[-3:]} <= set(cuts)
    assert {int(times[row]) for row in (51, 52, 121, 122)} <= set(cuts)
    assert cuts == sorted(cuts) == cuts_of([BARS[0]], said, 8, 3)
    assert cuts != cuts_of([BARS[0]], said, 8, 4)
    assert int(times[0]) not in cuts
    assert cuts_of([BARS[0].take(slice(1))], said[:0], 8, 3) == []


def test_a_difference_is_one_of_bits() -> None:
    zeros = np.zeros((2, 3))
    negative = zeros.copy()
    negative[1, 2] = -0.0
    assert first_difference(zeros, zeros) is None
    assert first_difference(zeros, negative) == 2
    assert first_difference(np.array([1, 2]), np.array([1, 3])) == 1
