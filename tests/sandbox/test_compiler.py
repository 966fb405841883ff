"""The compiler as a whole: caps, determinism, metadata."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.compiler.driver import compile_source
from sandbox.compiler.library import library
from sandbox.compiler.limits import DEFAULT_LIMITS, Limits
from sandbox.errors import CompileError
from sandbox.metadata import metadata_of
from schemas.events.indicators import PANEL_COLUMNS
from tests.sandbox.running import EXAMPLES, PANEL, REPOSITORY, body


def codes(source: str, limits: Limits = DEFAULT_LIMITS) -> set[str]:
    with pytest.raises(CompileError) as caught:
        compile_source(source, limits)
    assert all(found.message and found.remedy for found in caught.value.diagnostics)
    return {found.code for found in caught.value.diagnostics}


HOSTILE = {
    "a long sum": (body(f"score({'+'.join(['bar.close'] * 5_000)})"), "statement-too-long"),
    "a long chain": (body(f"x = {'<'.join(['1'] * 3_000)}"), "statement-too-long"),
    "minus signs": (body(f"score({'-' * 900}1)"), "nested-too-deep"),
    "nots": (body(f"x = {'not ' * 900}True"), "nested-too-deep"),
    "brackets": (body(f"score({'(' * 3_000}1{')' * 3_000})"), "nested-too-deep"),
    "open brackets": (body("score(" + "(" * 30_000), "nested-too-deep"),
    "subscripts": (body(f"score(bar.close{'[1]' * 300})"), "nested-too-deep"),
    "attributes": (body(f"score(bar{'.x' * 400})"), "nested-too-deep"),
    "else if": (body(f"score({'1 if True else ' * 200}0)"), "nested-too-deep"),
    "elif": (
        body("if True:", "    exit()", *["elif True:", "    exit()"] * 300),
        "nested-too-deep",
    ),
    "blocks": ("".join(f"{' ' * i}if True:\n" for i in range(200)), "syntax"),
    "lines": (body(*["score(bar.close)"] * 3_000), "source-too-large"),
    "length": (body("#" * 70_000), "source-too-long"),
    "indicators": (body(*(f"x{i} = ta.ema(bar.close, 9)" for i in range(300))), "too-many-calls"),
    "state": (body(*(f"x{i} = ta.sma(bar.close, 5000)" for i in range(20))), "state-too-large"),
    "history": (
        body(*(f"x{i} = bar.close" for i in range(40)), *(f"score(x{i}[5000])" for i in range(40))),
        "state-too-large",
    ),
    "params": ("".join(f"p{i} = param(1)\n" for i in range(80)) + body("score(1)"), "docstring"),
    "plots": (body(*(f'plot("p{i}", 1)' for i in range(80))), "plot"),
    "f-string": (body("score(f'" + "{" * 9_000 + "')"), "string"),
    "nul": (body("score(1)\0"), None),
    "surrogate": (body("score(1) # \ud800"), None),
    "many mistakes": (body(*(f"x = y{i}" for i in range(1_000))), "name"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_source_is_a_diagnostic_and_fast(name: str) -> None:
    source, code = HOSTILE[name]
    start = time.process_time()
    found = codes(source)
    assert time.process_time() - start < 1.0
    assert code is None or code in found


def test_the_deepest_that_is_allowed_compiles() -> None:
    depth = DEFAULT_LIMITS.depth_max - 6
    compile_source(body(f"score({'abs(' * depth}1.0{')' * depth})"))
    compile_source(body(f"score({'+'.join(['bar.close'] * (depth - 2))})"))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.integers(0, 10_000), st.integers(0, 30))
@example("\x0c", 0, 0)
@example("\\", 200, 0)
def test_any_text_compiles_or_is_explained(noise: str, place: int, cut: int) -> None:
    """Noise put into an example: no other outcome than a module or diagnostics."""
    source = EXAMPLES[1].read_text(encoding="utf-8")
    place %= len(source)
    try:
        compile_source(source[:place] + noise + source[place + cut :])
    except CompileError as error:
        lines = source.count("\n") + noise.count("\n") + noise.count("\r") + 2
        assert all(found.line <= lines for found in error.diagnostics)


def test_findings_are_limited_in_number() -> None:
    with pytest.raises(CompileError) as caught:
        compile_source(HOSTILE["many mistakes"][0])
    assert len(caught.value.diagnostics) == DEFAULT_LIMITS.diagnostics_max
    assert "and 99 more" in str(caught.value)


def test_the_same_source_gives_the_same_bytes_in_another_process() -> None:
    program = (
        "import sys, hashlib; from sandbox.compiler.driver import compile_source;"
        "print(hashlib.sha256(compile_source(sys.stdin.read()).wasm).hexdigest())"
    )
    for path in (*EXAMPLES, PANEL):
        source = path.read_text(encoding="utf-8")
        other = subprocess.run(
            [sys.executable, "-c", program],
            input=source,
            capture_output=True,
            text=True,
            check=True,
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONHASHSEED": "7"},
        )
        assert other.stdout.strip() == sha256(compile_source(source).wasm).hexdigest()


def test_metadata_are_in_the_module() -> None:
    source = (REPOSITORY / "docs/strategies/ema_cross_rsi.py").read_text(encoding="utf-8")
    compiled = compile_source(source)
    metadata = metadata_of(compiled.wasm)
    assert metadata == compiled.metadata
    assert metadata.source_sha256 == sha256(source.encode()).hexdigest()
    assert metadata.library_sha256 == library().sha256
    assert metadata.plots == ("fast", "slow", "rsi")
    fast = metadata.params[0]
    assert (fast.name, fast.type, fast.default, fast.low, fast.high) == (
        "fast_length",
        "int",
        12.0,
        2.0,
        100.0,
    )
    assert fast.title == "Fast length" and metadata.params[3].step == 1.0
    assert metadata.state_bytes == compiled.metadata.state_bytes <= 256
    assert not metadata.uses_score


def test_the_panel_plots_what_indicator_rows_hold() -> None:
    assert compile_source(PANEL.read_text(encoding="utf-8")).metadata.plots == PANEL_COLUMNS


def test_a_length_param_without_low_is_at_least_one() -> None:
    source = '"""Test."""\nn = param(5, high=9)\n' + body("score(ta.sma(bar.close, n))")[11:]
    assert compile_source(source).metadata.params[0].low == 1.0


def test_large_blocks_are_fewer_in_one_instance() -> None:
    small = compile_source(body("score(bar.close)")).metadata.layout
    large = compile_source(body("score(ta.sma(bar.close, 5000))")).metadata.layout
    tight = replace(DEFAULT_LIMITS, memory_bytes_max=4 * 1024 * 1024)
    tiny = compile_source(body("score(ta.sma(bar.close, 5000))"), tight).metadata.layout
    assert small.blocks_max == large.blocks_max == 1_024 > tiny.blocks_max > 0
    for layout in (small, large):
        assert layout.memory_bytes <= DEFAULT_LIMITS.memory_bytes_max
    assert tiny.memory_bytes <= tight.memory_bytes_max


def test_library_functions_name_their_source() -> None:
    for function in library().functions.values():
        assert len(function.docstring) > 40, function.name
        assert (
            function.name.startswith("_")
            or "Source:" in function.docstring
            or ("Made as" in function.docstring)
        )
