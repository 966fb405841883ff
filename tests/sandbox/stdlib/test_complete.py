"""Every function of the TA-Lib wheel is in the stdlib, called as TA-Lib calls it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import talib as wheel
from talib import abstract as wheel_abstract

from sandbox.compiler.library import library
from sandbox.compiler.syntax import Function
from tests.sandbox.stdlib.oracle import Oracle, check_like_talib

talib: Any = wheel  # its stubs know neither the groups nor the functions as data
abstract: Any = wheel_abstract
NAMES = sorted(name for group in talib.get_function_groups().values() for name in group)
INPUTS = {"real": "x", "real0": "x", "real1": "y"}
PINES: dict[str, str] = {
    "DONCHIAN": "length, as in the other channels of Pine",
    "HMA": "Pine's argument names; a length of 9",
    "KC": "Pine's source, order of results and one length; the range's average is exponential",
    "PERCENTRANK": "Pine counts equal inputs too, and has no usual length",
    "RMA": "Pine's argument names; a length of 14",
    "SUPERTREND": "Pine's order of arguments; -1 is up; the first bar has a true range",
    "TSI": "Pine's order of arguments; from -1 to 1",
    "VWAP": "Pine's source and session, from which it starts afresh",
    "VWMA": "Pine's argument names; a length of 20",
}
"""Functions that TA-Lib got after its classic 161 and that Pine has by the same name: here they
are Pine's, and TA-Lib's differ in this."""
SAME: dict[str, Oracle] = {
    "ta.donchian(bar.high, bar.low)": lambda b: talib.DONCHIAN(b.high, b.low),
    "ta.hma(bar.close, 20)": lambda b: talib.HMA(b.close),
    "ta.rma(bar.close, 30)": lambda b: talib.RMA(b.close),
    "100.0 * ta.tsi(bar.close, 13, 25)": lambda b: talib.TSI(b.close),
    "ta.cum(bar.hlc3 * bar.volume) / ta.cum(bar.volume)": lambda b: talib.VWAP(
        b.high, b.low, b.close, b.volume
    ),
    "ta.vwma(bar.close, bar.volume, 30)": lambda b: talib.VWMA(b.close, b.volume),
}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in PINES])
def test_a_function_of_ta_lib_is_here_by_its_name_arguments_and_defaults(name: str) -> None:
    assert our_arguments(name) == talib_arguments(name)


def test_ta_lib_has_as_many_functions_as_when_this_was_written() -> None:
    assert len(NAMES) == len(set(NAMES)) == 201


@pytest.mark.parametrize("name", PINES)
def test_an_exception_is_here_and_is_one(name: str) -> None:
    assert our_arguments(name) != talib_arguments(name)


@pytest.mark.parametrize("call", SAME)
def test_what_pine_calls_otherwise_has_ta_libs_values(call: str) -> None:
    check_like_talib(call, SAME[call])


def our_arguments(name: str) -> list[tuple[str, Any]]:
    """Names and defaults, None for an input."""
    return [(argument.name, argument.default) for argument in function_of(name).arguments]


def function_of(name: str) -> Function:
    """The stdlib writes a name that is a builtin's with _ at its end."""
    functions = library().functions
    full = f"ta.{name.lower()}"
    return functions[full if full in functions else f"{full}_"]


def talib_arguments(name: str) -> list[tuple[str, Any]]:
    """The same of TA-Lib: the inputs as its function API names them, a lone one x, two x and y."""
    call = getattr(talib, name).__doc__.splitlines()[0]
    inputs = [INPUTS.get(each, each) for each in re.findall(r"ndarray (\w+)", call)]
    assert inputs, call
    return [(each, None) for each in inputs] + list(abstract.Function(name).parameters.items())
