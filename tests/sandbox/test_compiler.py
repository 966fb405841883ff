"""The compiler as a whole: what a module says of itself, and any text at all."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.compiler.driver import compile_source, stages_of
from sandbox.compiler.library import library
from sandbox.errors import CompileError
from sandbox.metadata import metadata_of
from schemas.events.indicators import PANEL_COLUMNS
from tests.sandbox.checking import helpers
from tests.sandbox.running import EXAMPLES, PANEL, REPOSITORY, body


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


def test_metadata_are_in_the_module() -> None:
    source = (REPOSITORY / "docs/strategies/ema_cross_rsi.py").read_text(encoding="utf-8")
    compiled = compile_source(source)
    metadata = metadata_of(compiled.wasm)
    assert metadata == compiled.metadata
    assert metadata.source_sha256 == sha256(source.encode()).hexdigest()
    assert metadata.library_sha256 == library().sha256
    assert metadata.plots == ("fast", "slow", "rsi") and metadata.alerts == ()
    fast = metadata.params[0]
    assert (fast.name, fast.type, fast.default, fast.low, fast.high) == (
        "fast_length",
        "int",
        12.0,
        2.0,
        100.0,
    )
    assert fast.title == "Fast length" and metadata.params[3].step == 1.0
    assert metadata.state_bytes <= 256
    assert metadata.reads == ("close",)


def test_metadata_say_what_is_read_and_said_and_nothing_else() -> None:
    lines = (
        'alert(bar.high > 1.0, "Up")',
        'alert(bar.hl2 > 2.0, "Down")',
        'plot("a", bar.minute)',
        "exit(stop=1.0)",
        "score(1.0)",
    )
    metadata = compile_source(body(*lines)).metadata
    assert metadata.reads == ("high", "low", "time")
    assert [(column.name, column.type) for column in metadata.outputs] == [
        ("signal", "int"),
        ("exit_stop", "float"),
        ("score", "float"),
        ("alerts", "int"),
        ("plot.a", "float"),
    ]
    assert metadata.alerts == ("Up", "Down")


def test_only_the_chosen_average_is_in_the_module() -> None:
    """matype is known when the strategy is compiled."""

    def functions(kind: int) -> set[str]:
        program = stages_of(body(f"score(ta.ma(bar.close, 5, {kind}))")).program
        return {function.name for function in program.functions}

    assert "ta.wma" in functions(2) and "ta.ema" not in functions(2)
    assert "ta.ema" in functions(1) and "ta.wma" not in functions(1)


def test_a_function_is_there_once_however_often_it_is_called() -> None:
    lines = [f'plot("p{i}", ta.ema(bar.close, {i + 2}))' for i in range(9)]
    names = [function.name for function in stages_of(body(*lines)).program.functions]
    assert names.count("ta.ema") == 1 and len(names) == len(set(names))


def test_the_panel_plots_what_indicator_rows_hold() -> None:
    assert compile_source(PANEL.read_text(encoding="utf-8")).metadata.plots == PANEL_COLUMNS


def test_a_length_param_without_low_is_at_least_one() -> None:
    source = helpers("n = param(5, high=9)\n", body("score(ta.sma(bar.close, n))"))
    assert compile_source(source).metadata.params[0].low == 1.0
    source = helpers("n = param(5, high=9)\n", body("score(bar.close * n)"))
    assert compile_source(source).metadata.params[0].low is None


def test_an_editor_s_imports_change_nothing() -> None:
    plain = body("score(math.sqrt(bar.close))")
    imports = "from __future__ import annotations\nimport math\nfrom peripheral import score\n"
    first, second = compile_source(plain), compile_source(helpers(imports, plain))
    assert first.metadata.bar_cost == second.metadata.bar_cost
    assert first.wasm[:200] == second.wasm[:200]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_python_ends_them(end: str) -> None:
    source = body("x = bar.close", "k = 1 // bar.time", "score(x + k)").replace("\n", end)
    assert [place.line for place in compile_source(source).metadata.places if place.line] == [6]


def test_library_functions_name_their_source() -> None:
    for name in library().functions:
        function = library().functions[name]
        assert len(function.docstring) > 10, name
        assert all(argument.kind for argument in function.arguments), name
