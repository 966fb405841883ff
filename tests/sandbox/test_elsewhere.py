"""Names that people bring from elsewhere: each gets what to write here, and that compiles."""

from __future__ import annotations

import re

import pytest

from sandbox.compiler.check.elsewhere import SAY, WRITE, remedy
from sandbox.compiler.driver import compile_source
from sandbox.compiler.library import library
from tests.sandbox.checking import refused
from tests.sandbox.running import body

NAMES = ("x = bar.close", "y = bar.open", "condition = x > y")
# a call → the beginning of its remedy
CASES = {
    "na(x)": "Write isna(x).",
    "math.random()": "Remove it: two runs",
    "math.avg(x, y)": "Write (x + y) / 2.",
    "math.round(x)": "Write round(…).",
    "math.max(x, y)": "Write max(…).",
    "math.sum(x, 20)": "Write ta.sum(…).",
    "math.sma(x, 20)": "Write ta.sma(…).",
    "math.gamma(x)": "docs/strategy-language.md lists all.",
    "math.sqr(x)": "Did you mean math.sqrt?",
    "ta.wpr(14)": "Write ta.willr(",
    "ta.bb(x, 20, 2.0)": "Write upper, middle, lower = ta.bbands(",
    "ta.emaa(x, 20)": "Did you mean ta.ema?",
    "ta.nosuch(x)": "docs/strategy-language.md lists all.",
    "ta.isna(x)": "Write isna(…).",
    "sqrt(x)": "Write math.sqrt(…).",
    "SQRT(x)": "Write ta.sqrt(…).",
    "pow(x, y)": "Write math.pow(…).",
    "fixnan(x)": "Write ta.fixnan(…).",
    "sign(x)": "Write math.sign(…).",
    "sum(x, 20)": "Write ta.sum(…).",
    "MAX(x, 20)": "Write ta.max(…).",
    "EMA(x)": "Write ta.ema(…).",
    "ta.RSI(x)": "Write ta.rsi(…).",
    "len(x)": "Series have no end here",
    "iff(x > y, x, y)": "Write x if condition else y.",
    "bollinger(x)": "Write upper, middle, lower = ta.bbands(x, 20).",
    "nosuch(x)": "Define it: def name(x): at the top level.",
    "isnaa(x)": "Did you mean isna?",
}


@pytest.mark.parametrize("call", CASES)
def test_a_name_from_elsewhere_is_answered_with_what_to_write(call: str) -> None:
    (found,) = refused(body(*NAMES, f'plot("value", {call})'))
    assert found.code == "unknown-function"
    assert found.remedy.startswith(CASES[call])


@pytest.mark.parametrize("name", WRITE)
def test_what_to_write_compiles(name: str) -> None:
    written = WRITE[name]
    compile_source(body(*NAMES, written if " = " in written else f"value = {written}"))


@pytest.mark.parametrize("name", SAY)
def test_functions_in_a_sentence_are_there(name: str) -> None:
    for mentioned in re.findall(r"\b(?:ta|math)\.\w+", SAY[name]):
        assert mentioned in library().functions


@pytest.mark.parametrize("name", [*WRITE, *SAY])
def test_no_entry_hides_behind_a_function_of_the_same_name(name: str) -> None:
    known = {key.rstrip("_") for key in library().functions}
    assert remedy(name, known) in (f"Write {WRITE.get(name)}.", SAY.get(name))
