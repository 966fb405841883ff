"""Compile and run in one line, by the module and by the reference interpreter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from sandbox.compiler.driver import compile_source, typed_program
from sandbox.compiler.interpret import Interpreter
from sandbox.compiler.limits import DEFAULT_LIMITS, Limits
from sandbox.host.engine import SandboxEngine
from sandbox.host.instance import Instance
from sandbox.host.module import StrategyModule, load_module
from sandbox.host.outputs import Outputs
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


def interpret(source: str, bars: BarColumns, params: Mapping[str, float] | None = None) -> Outputs:
    """The same through the reference interpreter."""
    program = typed_program(source)
    interpreter = Interpreter(program, params)
    rows = [interpreter.advance(bar_at(bars, i)) for i in range(len(bars))]
    plots = np.array([row.plots for row in rows], np.float64).reshape(len(bars), -1)
    return Outputs(
        np.array([row.signal for row in rows], np.int8),
        np.array([row.size for row in rows], np.float64),
        np.array([row.score for row in rows], np.float64),
        np.ascontiguousarray(plots.T),
        np.array([row.trapped for row in rows], np.bool_),
    )


def bar_at(bars: BarColumns, i: int) -> dict[str, float]:
    fields = ("open", "high", "low", "close", "volume")
    return {"time": int(bars.ts[i]), **{name: float(getattr(bars, name)[i]) for name in fields}}


def digest(outputs: Outputs) -> str:
    """Of every bit of the outputs, after giving the interpreter's NaNs the canonical bits."""
    columns = (outputs.signal, outputs.size, outputs.score, outputs.plots, outputs.trapped)
    return sha256(
        b"".join(np.ascontiguousarray(column).tobytes() for column in columns)
    ).hexdigest()


def canonical(outputs: Outputs) -> Outputs:
    """The interpreter has Python's NaNs, whose bits say nothing."""
    floats = (outputs.size, outputs.score, outputs.plots)
    size, score, plots = (np.where(np.isnan(values), np.nan, values) for values in floats)
    return Outputs(outputs.signal, size, score, plots, outputs.trapped)
