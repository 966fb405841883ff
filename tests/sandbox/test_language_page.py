"""docs/strategy-language.md says what the compiler does."""

from __future__ import annotations

import re

import numpy as np
import pytest

from sandbox.columns import LIFETIMES, POSITION_FIELDS, SIZINGS, TIMINGS
from sandbox.compiler.check.builtins import BUILTINS
from sandbox.compiler.check.calls import DECLARATIONS, EFFECTS, SHORT
from sandbox.compiler.check.order_calls import KINDS
from sandbox.compiler.check.scope import BAR_FIELDS
from sandbox.compiler.check.series import _MEANS, _TIME_PARTS
from sandbox.compiler.driver import compile_source
from sandbox.compiler.limits import DEFAULT_LIMITS
from sandbox.errors import CompileError
from schemas.events.strategies import TRAPS_MAX
from tests.sandbox.language_page import PAGE, Example, examples, with_tables
from tests.sandbox.market import daily_bars, part
from tests.sandbox.running import REPOSITORY, canonical, columns_of, interpret, run

TEXT = PAGE.read_text(encoding="utf-8")
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
EXAMPLES = [*examples(TEXT), *examples(README)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"line {example.line}")
def test_an_example_runs_on_real_bars_or_is_refused_as_it_says(example: Example) -> None:
    if example.refused:
        with pytest.raises(CompileError) as caught:
            compile_source(example.source)
        assert [found.code for found in caught.value.diagnostics] == [example.refused]
        return
    bars = daily_bars("AAPL")
    said = run(example.source, bars)
    assert {trap.reason for trap in said.traps} == ({example.traps} if example.traps else set())
    if not example.traps:
        assert np.isfinite(said.plots).any(axis=1).all()
        assert said.plots.size or said.signal.any(), "it says nothing"
    names = compile_source(example.source).metadata.plots
    for name, value in example.values.items():
        assert said.plots[names.index(name)][-1] == value, name


@pytest.mark.parametrize(
    "example",
    [example for example in EXAMPLES if not example.refused],
    ids=lambda example: f"line {example.line}",
)
def test_an_example_means_what_it_compiles_to(example: Example) -> None:
    bars = part(daily_bars("IBM"), slice(120))
    compiled = columns_of(run(example.source, bars))
    for name, meant in columns_of(canonical(interpret(example.source, bars))).items():
        np.testing.assert_array_equal(compiled[name], meant, err_msg=name)


def test_the_tables_are_those_of_the_code(rewrite_goldens: bool) -> None:
    text = PAGE.read_text(encoding="utf-8")
    if rewrite_goldens:
        text = with_tables(text)
        PAGE.write_text(text, encoding="utf-8")
    assert text == with_tables(text), "run pytest tests/sandbox --rewrite-goldens"


def test_the_page_names_all_that_a_strategy_may_use() -> None:
    own = {name for name in BUILTINS if "." not in name}
    orders = {name for kind in KINDS.values() for name in (*kind.takes, *kind.words)}
    wanted = {
        *own,
        *orders,
        *SIZINGS[1:],
        *TIMINGS,
        *LIFETIMES,
        *SHORT,
        *EFFECTS,
        *DECLARATIONS,
        *BAR_FIELDS,
        *_MEANS,
        *_TIME_PARTS,
    }
    wanted |= {f"position.{name}" for name in POSITION_FIELDS}
    wanted |= {"budget", "window", "division", "conversion"}  # why a bar traps
    prose = re.sub(r"^```.*?^```$", "", TEXT, flags=re.DOTALL | re.MULTILINE)
    codes = re.findall(r"`([^`\n]+)`", prose.partition("\n## ta\n")[0])
    written = {word for code in codes for word in re.findall(r"\w+", code)}
    assert {name for name in wanted if name.rpartition(".")[2] not in written} == set()


def test_the_page_s_numbers_are_the_limits() -> None:
    assert f"from 0 to {DEFAULT_LIMITS.window_bars_max:,}" in TEXT
    assert f"from 1 to {DEFAULT_LIMITS.window_bars_max:,} whose largest" in TEXT
    assert f"may take {DEFAULT_LIMITS.bar_budget:,} operations" in TEXT
    assert f"After {TRAPS_MAX} on a partition" in TEXT
    assert f"take {BUILTINS['min'][1]} to {BUILTINS['min'][2]}" in TEXT
