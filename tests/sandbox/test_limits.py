"""Every cap has a diagnostic of its own: at the cap a source compiles, beyond it says so."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import pytest

from sandbox.compiler.driver import compile_source
from sandbox.compiler.limits import DEFAULT_LIMITS, Limits
from sandbox.errors import CompileError
from tests.sandbox.checking import codes, helpers, refused
from tests.sandbox.running import body

CAPS = [field.name for field in fields(Limits)]
TWO_CALLS = helpers(
    "def inner(x):\n    n = state(0.0)\n    n += x\n    return n\n\n\n"
    "def outer(x):\n    return inner(x) + inner(x * 2.0)\n",
    body("score(outer(bar.close) + outer(bar.open))"),
)
PARAMS = "".join(f"p{i} = param({i})\n" for i in range(3))


@dataclass(frozen=True)
class Case:
    """A source, how much of the cap it takes, and what is said where it may not."""

    source: str
    takes: int
    code: str


def state_bytes(source: str) -> int:
    return compile_source(source).metadata.state_bytes


SNOWMAN = body("score(1) # \N{SNOWMAN}")  # three bytes
CELLS = body("cells = window(40)", "score(cells[0] + bar.close[9])")
CASES = {
    "source_bytes_max": Case(SNOWMAN, len(SNOWMAN.encode()), "source-too-long"),
    "bracket_depth_max": Case(body("score(((1.0)))"), 3, "nested-too-deep"),
    "statement_tokens_max": Case(body("score(1 + 2 + 3)"), 8, "statement-too-long"),
    "nodes_max": Case(body("score(1)"), 11, "source-too-large"),
    "depth_max": Case(body(f"score({'-(' * 9}bar.close{')' * 9})"), 15, "nested-too-deep"),
    "nesting_max": Case(TWO_CALLS, 14, "nested-too-deep"),
    "params_max": Case(helpers(PARAMS, body("score(p0)")), 3, "too-many-params"),
    "plots_max": Case(body('plot("a", 1)', 'plot("b", 2)'), 2, "plot"),
    "calls_max": Case(TWO_CALLS, 7, "too-many-calls"),
    "typed_nodes_max": Case(TWO_CALLS, 30, "strategy-too-large"),
    "state_bytes_max": Case(CELLS, state_bytes(CELLS), "state-too-large"),
    "bar_budget": Case(
        TWO_CALLS, compile_source(TWO_CALLS).metadata.bar_cost, "strategy-too-large"
    ),
}
WINDOWS = {
    "a window": (body("cells = window(40)", "score(cells[0])"), 40, "length"),
    "a length": (body("score(ta.ema(bar.close, 40))"), 40, "length"),
    "history": (body("score(bar.close[40])"), 40, "history-length"),
    "a length of a length": (body("score(ta.hma(bar.close, 40))"), 40, "length"),
}


ALL = [*CASES.items(), *(("window_bars_max", Case(*window)) for window in WINDOWS.values())]


@pytest.mark.parametrize(("cap", "case"), ALL)
def test_a_cap_admits_what_it_says_and_refuses_one_more(cap: str, case: Case) -> None:
    compile_source(case.source, replace(DEFAULT_LIMITS, **{cap: case.takes}))
    tight = replace(DEFAULT_LIMITS, **{cap: case.takes - 1})
    assert codes(case.source, tight) == {case.code}


def test_every_cap_has_a_test() -> None:
    assert {*CASES, "window_bars_max", "diagnostics_max"} == set(CAPS)


def test_findings_are_limited_in_number() -> None:
    source = body(*(f"x = y{i}" for i in range(1_000)))
    assert len(refused(source)) == DEFAULT_LIMITS.diagnostics_max
    assert len(refused(source, replace(DEFAULT_LIMITS, diagnostics_max=3))) == 3
    with pytest.raises(CompileError, match=r"and 99 more"):
        compile_source(source)


def chain(count: int, inner: str = "f{}(x)") -> str:
    """Helpers that each call the next one."""
    parts = [f"def f{i}(x):\n    return {inner.format(i + 1)}\n\n\n" for i in range(count)]
    return helpers("".join(parts) + f"def f{count}(x):\n    return x\n", body("score(f0(1.0))"))


@pytest.mark.parametrize("count", [30, 300, 900])
def test_chains_of_helpers_are_refused_once_however_long(count: int) -> None:
    (found,) = refused(chain(count))
    assert found.code == "nested-too-deep" and "calls" in found.message.lower()


def test_a_chain_of_wide_helpers_is_refused_by_what_it_comes_to() -> None:
    compile_source(chain(3, "-(" * 12 + "f{}(x)" + ")" * 12))
    assert codes(chain(9, "-(" * 12 + "f{}(x)" + ")" * 12)) == {"nested-too-deep"}


def test_helpers_side_by_side_are_not_nested() -> None:
    calls = " + ".join(f"f{i}(x)" for i in range(15))
    parts = [f"def f{i}(x):\n    return x + {i}\n\n\n" for i in range(15)]
    source = helpers("".join(parts) + f"def g(x):\n    return {calls}\n", body("score(g(1.0))"))
    compile_source(source)


def test_a_ring_of_helpers_is_refused_at_once_and_all_else_is_still_said() -> None:
    parts = [f"def f{i}(x):\n    return f{(i + 1) % 900}(x)\n" for i in range(900)]
    found = refused(helpers("".join(parts), body("score(f0(1.0) + clsoe)")))
    assert {each.code for each in found} == {"recursion", "nested-too-deep", "name"}
    assert len(found) == 3


def test_the_deepest_that_is_allowed_compiles() -> None:
    depth = DEFAULT_LIMITS.depth_max - 6
    compile_source(body(f"score({'abs(' * depth}bar.close{')' * depth})"))
    compile_source(body(f"score({'+'.join(['bar.close'] * (depth - 2))})"))
    compile_source(body(f"score({'ta.ema(' * (depth - 2)}bar.close{', 2)' * (depth - 2)})"))
    heads = [f"{'    ' * i}if bar.close > {i}.5:" for i in range(depth - 4)]
    compile_source(body(*heads, "    " * (depth - 4) + "exit()"))
