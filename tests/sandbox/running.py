"""Compile and run in one line, by the module and by the reference interpreter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.compiler.driver import compile_source, placed_program
from sandbox.compiler.interpret import Interpreter
from sandbox.compiler.limits import DEFAULT_LIMITS, Limits
from sandbox.compiler.typed import Type
from sandbox.host.engine import SandboxEngine
from sandbox.host.instance import Instance
from sandbox.host.module import StrategyModule, load_module
from sandbox.host.outputs import Outputs, TrapInfo, outputs_of
from schemas.columns import BarColumns

REPOSITORY = Path(__file__).parents[2]
EXAMPLES = tuple(sorted((REPOSITORY / "docs/strategies").glob("*.py")))
PANEL = REPOSITORY / "processors/indicators/panel.py"


@cache
def engine() -> SandboxEngine:
    return SandboxEngine()


@cache
def module_of(source: str, limits: Limits = DEFAULT_LIMITS) -> StrategyModule:
    return load_module(engine(), compile_source(source, limits).wasm)


def instance_of(source: str, limits: Limits = DEFAULT_LIMITS) -> Instance:
    return Instance(module_of(source, limits), 100_000)


def body(*lines: str) -> str:
    """A strategy with these lines in on_bar."""
    return '"""Test."""\n\n\ndef on_bar(bar):\n' + "".join(f"    {line}\n" for line in lines)


def run(source: str, bars: BarColumns, params: Mapping[str, float] | None = None) -> Outputs:
    """One series through the compiled module, in one call."""
    instance = instance_of(source)
    block = instance.allocate(params or {})
    return instance.evaluate(np.full(len(bars), block, np.int32), bars)


def interpret(
    source: str,
    bars: BarColumns,
    params: Mapping[str, float] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Outputs:
    """The same through the reference interpreter."""
    program, placement = placed_program(source, limits)
    interpreter = Interpreter(program, placement, params)
    rows = [interpreter.advance(bar_at(bars, i)) for i in range(len(bars))]
    names = [output.name for output in program.outputs]
    cells = np.full((len(names), len(bars)), np.nan)
    for place, output in enumerate(program.outputs):
        values = [row.values[place] for row in rows]
        if program.on_bar.locals[output.local] is Type.INT:
            cells[place].view(np.int64)[:] = values
        else:
            cells[place] = values
    traps = tuple(TrapInfo(i, row.trap, row.line or None) for i, row in enumerate(rows) if row.trap)
    steps = len(bars) * program.on_bar.cost + sum(row.steps for row in rows)
    return outputs_of(names, cells, traps, steps)


def bar_at(bars: BarColumns, i: int) -> dict[str, float]:
    fields = ("open", "high", "low", "close", "volume")
    return {"time": int(bars.ts[i]), **{name: float(getattr(bars, name)[i]) for name in fields}}


def columns_of(outputs: Outputs) -> dict[str, NDArray[Any]]:
    """Every column, by name."""
    return {
        field.name: value
        for field in fields(outputs)
        if isinstance(value := getattr(outputs, field.name), np.ndarray)
    }


def digest(outputs: Outputs) -> str:
    """Of every bit of the outputs."""
    columns = (np.ascontiguousarray(column).tobytes() for column in columns_of(outputs).values())
    return sha256(b"".join(columns) + repr((outputs.traps, outputs.steps)).encode()).hexdigest()


def canonical(outputs: Outputs) -> Outputs:
    """The interpreter has Python's NaNs, whose bits say nothing."""
    floats: dict[str, Any] = {
        name: np.where(np.isnan(column), np.nan, column)
        for name, column in columns_of(outputs).items()
        if column.dtype == np.float64
    }
    return replace(outputs, **floats)
