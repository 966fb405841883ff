"""A bar that cannot be evaluated costs that bar on that series, in every mode, and no more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sandbox.columns import SignalCode
from sandbox.compiler.limits import DEFAULT_LIMITS
from sandbox.host.instance import Instance
from sandbox.host.outputs import Outputs, TrapInfo
from schemas.columns import BarColumns
from tests.sandbox.agreement import assert_agrees, assert_same
from tests.sandbox.checking import helpers
from tests.sandbox.market import joined, part, random_bars
from tests.sandbox.modes import all_to, at_rows, live_bar
from tests.sandbox.running import body, instance_of, module_of, run

Bools = NDArray[np.bool_]
# a bar without volume traps, after everything that can be written was
SOURCE = helpers(
    "def kept(x):\n    most = state(na)\n    most = max(nz(most, x), x * 0.99)\n"
    "    return most + nz(x[2])\n",
    body(
        "n = state(0)",
        "cells = window(4)",
        "twice = window(1)",
        "n += 1",
        "twice[0] = nz(twice[0]) * 0.5 + bar.low",
        "twice[0] += 1.0",
        "cells[n % 4] = bar.close + ta.highest(bar.close, 3) + kept(bar.open)",
        "most = 0.0",
        "for i in range(3):",
        "    most = max(most, bar.high[i])",
        "enter_long(size=nz(most, 1.0))",
        'alert(True, "Seen")',
        'plot("n", n + position.size)',
        "k = 1 // int(bar.volume)",
        'plot("cell", cells[(n + 1) % 4] + ta.ema(bar.close, 3)[1] + twice[0])',
    ),
)
TRAP_LINE = 1 + SOURCE.split("\n").index("    k = 1 // int(bar.volume)")


def bars_that_trap(traps: Bools, seed: int = 1) -> BarColumns:
    return replace(random_bars(len(traps), seed), volume=np.where(traps, 0.0, 7.0))


def expected(bars: BarColumns) -> tuple[Outputs, bytes]:
    """What the bars that do not trap give when there are no others, and the block they leave."""
    instance = instance_of(SOURCE)
    block = instance.allocate({})
    kept = bars.take(np.flatnonzero(bars.volume))
    return instance.evaluate(all_to(block, len(kept)), kept), instance.save(block)


def assert_only_its_bars(outputs: Outputs, state: bytes, bars: BarColumns) -> None:
    traps = bars.volume == 0.0
    assert outputs.traps == tuple(trap_at(int(row)) for row in np.flatnonzero(traps))
    assert np.array_equal(outputs.trapped, traps)
    assert not outputs.signal[traps].any() and not outputs.alerts[traps].any()
    assert np.isnan(outputs.plots[:, traps]).all() and np.isnan(outputs.size[traps]).all()
    meant, left = expected(bars)
    rest = replace(at_rows(outputs, np.flatnonzero(~traps)), steps=meant.steps)
    assert_same(rest, meant)
    assert state == left


PATTERNS: dict[str, Bools] = {
    "none": np.zeros(30, np.bool_),
    "the first": np.arange(30) == 0,
    "the last": np.arange(30) == 29,
    "every other": np.arange(30) % 2 == 1,
    "several in a row": (np.arange(30) > 4) & (np.arange(30) < 12),
    "all but one": np.arange(30) != 13,
    "all": np.ones(30, np.bool_),
}


@pytest.mark.parametrize("chunk", [4_096, 7])
@pytest.mark.parametrize("name", PATTERNS)
def test_a_trap_costs_its_bar_and_nothing_else(name: str, chunk: int) -> None:
    bars = bars_that_trap(PATTERNS[name])
    instance = Instance(module_of(SOURCE), 1, chunk)
    block = instance.allocate({})
    outputs = instance.evaluate(all_to(block, 30), bars)
    assert_only_its_bars(outputs, instance.save(block), bars)


def test_what_traps_means_the_same_to_the_interpreter_and_in_every_mode() -> None:
    traps = np.random.default_rng(2).random(40) < 0.4
    outputs = assert_agrees(SOURCE, bars_that_trap(traps))
    assert np.array_equal(outputs.trapped, traps)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=40),
    st.lists(st.integers(0, 99), min_size=4, max_size=4, unique=True),
    st.sampled_from([4_096, 6]),
)
def test_series_in_any_mixture_trap_for_themselves(
    rows: list[tuple[int, bool]], blocks: list[int], chunk: int
) -> None:
    """Blocks near each other are kept as a range, blocks far apart one by one."""
    instance = Instance(module_of(SOURCE), 100, chunk)
    for _ in range(100):
        instance.allocate({})
    owners = np.array([blocks[place] for place, _ in rows], np.int32)
    bars = bars_that_trap(np.array([trap for _, trap in rows], np.bool_), seed=len(rows))
    untouched = {block: instance.save(block) for block in range(100)}
    outputs = instance.evaluate(owners, bars)
    for block in range(100):
        own = np.flatnonzero(owners == block)
        if len(own):
            assert_only_its_bars(at_rows(outputs, own), instance.save(block), bars.take(own))
        else:
            assert instance.save(block) == untouched[block]


def test_live_steps_and_batches_can_take_turns() -> None:
    traps = np.random.default_rng(3).random(60) < 0.4
    bars = bars_that_trap(traps)
    instance = instance_of(SOURCE)
    other, block = instance.allocate({}), instance.allocate({})
    for start in range(0, 60, 6):
        assert (instance.step(block, live_bar(bars, start)) == trap_at(0)) == traps[start]
        rows = part(bars, slice(start + 1, start + 6))
        assert np.array_equal(
            instance.evaluate(all_to(block, 5), rows).trapped, traps[start + 1 : start + 6]
        )
        instance.step(other, live_bar(bars, start))
    assert instance.save(block) == expected(bars)[1]
    assert instance.save(other) == expected(part(bars, slice(0, 60, 6)))[1]


def trap_at(row: int) -> TrapInfo:
    return TrapInfo(row, "division", TRAP_LINE)


def test_a_trapped_bar_leaves_the_state_as_it_was() -> None:
    instance = instance_of(SOURCE)
    block = instance.allocate({})
    bars = bars_that_trap(np.arange(30) % 5 == 0)
    for row in range(30):
        before = instance.save(block)
        trapped = instance.evaluate(all_to(block, 1), part(bars, slice(row, row + 1))).trapped[0]
        assert (instance.save(block) == before) == trapped == (row % 5 == 0)


def test_a_bar_beyond_its_budget_traps_at_the_same_place_in_every_mode() -> None:
    """A round takes 11 steps here, and the bars ask for 1, 2, … rounds."""
    lines = ("x = state(0.0)", "k = 0", "while k < bar.volume:", "    k += 1", "    x += bar.close")
    source = body(*lines, 'plot("x", x)')
    bars = replace(random_bars(20, seed=7), volume=np.arange(1.0, 21.0))
    rounds = np.diff([assert_agrees(source, part(bars, slice(n))).steps for n in (1, 2, 3)])
    cost = int(rounds[1] - rounds[0])
    assert cost > 5
    for most in (10, 15):
        tight = replace(DEFAULT_LIMITS, bar_budget=cost * (most + 1))
        outputs = assert_agrees(source, bars, {}, tight)
        assert outputs.trapped.tolist() == [False] * most + [True] * (20 - most)
        assert {(trap.reason, trap.line) for trap in outputs.traps} == {("budget", 7)}


def test_steps_do_not_depend_on_where_a_batch_was_cut() -> None:
    """Rows that are run again behind a trap are not counted again."""
    bars = bars_that_trap(np.arange(12) % 3 == 2)
    instance = instance_of(SOURCE)
    block = instance.allocate({})
    single = [
        instance.evaluate(all_to(block, 1), part(bars, slice(row, row + 1))).steps
        for row in range(12)
    ]
    assert run(SOURCE, bars).steps == sum(single)
    assert len(set(single)) <= 2  # a bar that traps has done all but its end


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("k = 1 // bar.time",), "division"),
        (("k = 1 % bar.time",), "division"),
        (("x = (0 - 9007199254740992) * 1024", "k = x // (bar.time - 1)"), "division"),
        (("k = int(bar.close / bar.time)",), "conversion"),
        (("k = int(na)",), "conversion"),
        (("k = int(bar.close * 1e19)",), "conversion"),
        (("cells = window(2)", "k = cells[bar.time - 1]"), "window"),
        (("cells = window(2)", "cells[2] = 1.0"), "window"),
        (("while True:", "    k = 1"), "budget"),
        (("for i in range(9007199254740992):", "    k = 1"), "budget"),
    ],
)
def test_a_trap_says_why_and_at_which_line(lines: tuple[str, ...], reason: str) -> None:
    outputs = run(body("score(1.0)", *lines), at_the_epoch())
    (trap,) = outputs.traps
    line = 5 + len(lines) - (reason == "budget")
    assert (trap.row, trap.reason, trap.line) == (0, reason, line)
    assert np.isnan(outputs.score).all()


def at_the_epoch() -> BarColumns:
    return replace(random_bars(1, seed=1), ts=np.zeros(1, np.int64))


def test_a_trap_in_a_helper_has_its_line_and_one_in_the_library_the_caller_s() -> None:
    source = helpers("def f(k):\n    return 1 // k\n", body("k = f(bar.time)"))
    assert run(source, at_the_epoch()).traps[0].line == 4
    source = body("x = bar.close", 'plot("x", ta.hma(x, 4) + round(x, int(bar.low * 1e19)))')
    assert run(source, at_the_epoch()).traps[0].line == 6


def test_bars_are_counted_that_were_evaluated() -> None:
    """bar.index is 2 at the third bar, which traps, and so it is at the next."""
    source = body("n = state(0)", "n += 1", "k = 1 // (bar.index - 2)", 'plot("n", n)')
    outputs = assert_agrees(source, random_bars(5, seed=1))
    assert outputs.trapped.tolist() == [False, False, True, True, True]


def test_a_strategy_that_cannot_trap_is_not_kept_and_says_the_same() -> None:
    bars = random_bars(50, seed=4)
    source = body("n = state(0)", "n += 1", 'plot("n", n)')
    assert not module_of(source).may_trap and module_of(SOURCE).may_trap
    assert run(source, bars).plots[0].tolist() == list(range(1, 51))


def test_a_trap_in_one_series_does_not_touch_the_next() -> None:
    instance = instance_of(SOURCE)
    blocks = np.array([instance.allocate({}) for _ in range(3)], np.int32)
    out = instance.evaluate(blocks, bars_that_trap(np.array([False, True, False])))
    assert out.trapped.tolist() == [False, True, False]
    assert out.signal.tolist() == [SignalCode.ENTER_LONG, SignalCode.NONE, SignalCode.ENTER_LONG]


def test_many_traps_in_one_call_leave_what_none_would() -> None:
    bars = joined(*[bars_that_trap(np.arange(100) % 2 == 0, seed) for seed in range(20)])
    instance = instance_of(SOURCE)
    block = instance.allocate({})
    outputs = instance.evaluate(all_to(block, 2_000), bars)
    assert_only_its_bars(outputs, instance.save(block), bars)
