"""One call of an indicator, by our compiled module and by the TA-Lib wheel, compared."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.columns import BarColumns
from tests.sandbox.market import SYMBOLS, daily_bars, part, random_bars
from tests.sandbox.running import body, run

Floats = NDArray[np.float64]
Oracle = Callable[[BarColumns], Any]  # an array, or a tuple of arrays of one length

_FIELD = re.compile(r"\bbar\.(open|high|low|close|volume)\b")
_WHOLE = re.compile(r", (\d+)(?![\d.])")
_DAY_US = 86_400_000_000


def check_like_talib(call: str, oracle: Oracle, rtol: float = 1e-9) -> None:
    """The call equals the oracle on all five real symbols.

    Args:
        call: an expression of the strategy language that reads `bar`'s fields.
        oracle: bars → TA-Lib's result, or the tuple of its results in their order.
        rtol: of floats, beside 1e-9 × the input's scale. Whole numbers are compared exactly.

    Raises:
        AssertionError: a value differs, or one is na where the other is not.
    """
    for symbol in SYMBOLS:
        check_on(daily_bars(symbol), call, oracle, rtol)


def check_on_random_bars(call: str, oracle: Oracle, bars: int = 20_000) -> None:
    """The same on a long random walk: whatever drifts shows here."""
    check_on(random_bars(bars, seed=3), call, oracle)


def check_on_coarse_bars(call: str, oracle: Oracle) -> None:
    """The same on coarse prices of a narrow range, ties everywhere, with stretches, one of them
    at the start, where nothing moves, or without volume: whatever divides by zero shows here."""
    chance = np.random.default_rng(7)
    close: Floats = np.cumsum(chance.integers(-1, 2, 3_000)) % 9 + np.full(3_000, 20.0)
    close[:60] = close[500:560] = close[2_000:2_060] = 20.0
    opening = close + chance.integers(-1, 2, 3_000)
    high: Floats = np.maximum(opening, close) + chance.integers(0, 2, 3_000)
    low: Floats = np.minimum(opening, close) - chance.integers(0, 2, 3_000)
    for column in (opening, high, low):
        column[:60] = column[500:560] = 20.0
    volume: Floats = chance.integers(0, 5, 3_000).astype(np.float64)
    volume[1_000:1_060] = 0.0
    for column in (opening, high, low, close):
        column /= 10.0  # not whole in binary
    check_on(BarColumns(np.arange(3_000), opening, high, low, close, volume), call, oracle)


def check_with_missing_inputs(call: str, oracle: Oracle) -> None:
    """Whichever one of the call's inputs is na, at every other calendar day: there floats are
    na and whole numbers 0, and the other bars give what they give when they are alone."""
    bars = daily_bars("IBM")
    there = bars.ts // _DAY_US % 2 == 1
    expected = columns_of(oracle(part(bars, there.nonzero()[0].tolist())))
    for name in sorted(set(_FIELD.findall(call))):
        hide = f"hidden = bar.{name} if bar.time // {_DAY_US} % 2 == 1 else na"
        found = plotted(re.sub(rf"\bbar\.{name}\b", "hidden", call), bars, expected, [hide])
        for ours, theirs in zip(found, expected, strict=True):
            assert np.all(ours[~there] == 0 if is_whole(theirs) else np.isnan(ours[~there])), name
            assert_same(ours[there], theirs, scale_of(call, bars))


def check_with_params(call: str, oracle: Oracle) -> None:
    """The same with every whole number of the call as a param that sizes memory for more."""
    values = lengths_in(call)
    assert values, "the call has no lengths"
    params = {f"p{i}": float(value) for i, value in enumerate(values)}
    names = iter(params)
    lines = [f"p{i} = param({2 * n + 3}, low=1, high={2 * n + 3})" for i, n in enumerate(values)]
    bars = daily_bars("MSFT")
    expected = columns_of(oracle(bars))
    source = source_of(_WHOLE.sub(lambda _: f", {next(names)}", call), expected)
    source = "\n".join([source.splitlines()[0], *lines, *source.splitlines()[1:], ""])
    for ours, theirs in zip(run(source, bars, params).plots, expected, strict=True):
        assert_same(ours, theirs, scale_of(call, bars))


def lengths_in(call: str) -> list[int]:
    """The whole numbers that the call is given."""
    return [int(number) for number in _WHOLE.findall(call)]


def check_on(bars: BarColumns, call: str, oracle: Oracle, rtol: float = 1e-9) -> None:
    """The call equals the oracle on these bars."""
    expected = columns_of(oracle(bars))
    found = plotted(call, bars, expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert_same(ours, theirs, scale_of(call, bars), rtol)


def columns_of(expected: Any) -> tuple[NDArray[Any], ...]:
    return expected if isinstance(expected, tuple) else (expected,)


def is_whole(column: NDArray[Any]) -> bool:
    return np.issubdtype(column.dtype, np.integer)


def scale_of(call: str, bars: BarColumns) -> float:
    """The largest value among the inputs that the call reads. Volumes count only where it
    reads nothing else: they would hide every error of a result in prices or percent."""
    fields = set(_FIELD.findall(call))
    prices = fields - {"volume"}
    return max((float(getattr(bars, name).max()) for name in prices or fields), default=1.0)


def plotted(
    call: str, bars: BarColumns, expected: tuple[NDArray[Any], ...], before: list[str] | None = None
) -> Floats:
    """Shape (results, bars)."""
    return run(source_of(call, expected, before), bars).plots


def source_of(
    call: str, expected: tuple[NDArray[Any], ...], before: list[str] | None = None
) -> str:
    """A strategy that plots the call's results. A result that TA-Lib gives as whole numbers
    must be one of ours: the language has // on nothing else."""
    names = [f"r{i}" for i in range(len(expected))]
    shown = [
        f'plot("{name}", {name}{" // 1" if is_whole(column) else ""})'
        for name, column in zip(names, expected, strict=True)
    ]
    return body(*(before or []), f"{', '.join(names)} = {call}", *shown)


def assert_same(ours: Floats, theirs: NDArray[Any], scale: float, rtol: float = 1e-9) -> None:
    if is_whole(theirs):
        assert np.array_equal(ours, theirs)
        return
    assert np.array_equal(np.isnan(ours), np.isnan(theirs)), "na at other bars than TA-Lib"
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-9 * scale, equal_nan=True)
