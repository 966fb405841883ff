"""The compiled module and the reference interpreter agree in every bit, in every mode."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, reject, settings

from sandbox.columns import LIFETIMES, SIZINGS, TIMINGS, SignalCode, unpacked
from sandbox.compiler.limits import DEFAULT_LIMITS
from sandbox.errors import CompileError
from schemas.columns import BarColumns
from tests.sandbox.agreement import assert_agrees
from tests.sandbox.market import daily_bars, part, random_bars
from tests.sandbox.modes import whole
from tests.sandbox.programs import PARAMS, bars, drawn_program, programs
from tests.sandbox.running import EXAMPLES, PANEL, module_of

TIGHT = replace(DEFAULT_LIMITS, bar_budget=100_000)  # the interpreter takes its time to spend it


@pytest.mark.parametrize("path", [*EXAMPLES, PANEL], ids=lambda path: path.stem)
def test_the_examples_mean_what_they_compile_to(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    outputs = assert_agrees(source, part(daily_bars("AAPL"), slice(300)))
    assert not outputs.trapped.any()
    assert len(set(outputs.signal)) >= 2 or "score(" in source or path == PANEL


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs, bars())
def test_any_program_means_what_it_compiles_to(source: str, series: BarColumns) -> None:
    try:
        assert_agrees(source, series, PARAMS, TIGHT)
    except CompileError as error:
        assert {found.code for found in error.diagnostics} == {"strategy-too-large"}
        reject()


def test_the_programs_that_are_drawn_are_worth_running() -> None:
    """They say all there is to say, and come to every trap, but most of their bars do not."""
    series = random_bars(12, seed=3)
    modules = [module_of(drawn_program(Random(seed)), TIGHT) for seed in range(60)]
    outputs = [whole(module, series, PARAMS).outputs for module in modules]
    traps = [trap for ran in outputs for trap in ran.traps]
    assert {trap.reason for trap in traps} == {"division", "conversion", "window", "budget"}
    assert len(traps) < 60 * 12 / 4
    orders = {unpacked(signal) for ran in outputs for signal in ran.signal.tolist()}
    assert {order.code for order in orders} == set(SignalCode)
    assert {order.sizing for order in orders} == set(SIZINGS)
    assert {order.at for order in orders} == set(TIMINGS)
    assert {order.tif for order in orders} == set(LIFETIMES)
    assert all(any(getattr(ran, name).any() for ran in outputs) for name in ("alerts", "limit"))
