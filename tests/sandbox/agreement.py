"""One program, by the interpreter and by the module: inlined and not, in every mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sandbox.compiler.driver import assembled, stages_of
from sandbox.compiler.limits import DEFAULT_LIMITS, Limits
from sandbox.compiler.lower.module import lower
from sandbox.compiler.verify.typed import verify
from sandbox.compiler.verify.wasm import verify as verify_wasm
from sandbox.host.module import load_module
from sandbox.host.outputs import Outputs
from schemas.columns import BarColumns
from tests.sandbox.bare import nothing_inlined
from tests.sandbox.modes import bar_by_bar, cut, in_small_chunks, interleaved, stepped, whole
from tests.sandbox.running import canonical, columns_of, digest, engine, interpret


def assert_agrees(
    source: str,
    bars: BarColumns,
    params: Mapping[str, float] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Outputs:
    """The same values, alerts, traps with their lines, and steps; the same state at the end."""
    given = dict(params or {})
    stages = stages_of(source, limits)
    verify(stages.program)
    meant = canonical(interpret(source, bars, given, limits))
    states = set()
    for plan in (None, nothing_inlined(stages.program)):
        lowered = lower(stages.program, stages.placement, plan)
        verify_wasm(lowered)
        module = load_module(engine(), assembled(source, replace(stages, module=lowered)).wasm)
        n, steps = len(bars), meant.steps
        for ran in (
            whole(module, bars, given),
            in_small_chunks(module, bars, given),
            bar_by_bar(module, bars, given),
            cut(module, bars, given, sorted({1, n // 3, n - 1} - {0, n})),
            stepped(module, bars, given, steps),
            interleaved(module, bars, given, steps),
        ):
            assert_same(ran.outputs, meant)
            states.add(ran.state)
    assert len(states) == 1
    return meant


def assert_same(found: Outputs, meant: Outputs) -> None:
    """Column by column first, for a message that can be read, and then every bit."""
    assert found.traps == meant.traps
    for name, column in columns_of(found).items():
        np.testing.assert_array_equal(column, columns_of(meant)[name], err_msg=name)
    assert found.steps == meant.steps
    assert digest(found) == digest(meant)
