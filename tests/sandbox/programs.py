"""Hypothesis strategies for programs of the strategy language and for bars."""

from __future__ import annotations

from functools import cache

import numpy as np
from hypothesis import strategies as st

from schemas.columns import BarColumns

_FIELDS = ["bar.open", "bar.high", "bar.low", "bar.close", "bar.volume"]
_FLOATS = ["0.0", "-0.0", "1.0", "0.5", "-3.25", "1e-12", "1e300", "na"]
_INTS = ["0", "1", "2", "-7", "3", "9007199254740992", "bar.time", "whole", "span"]
_STATEFUL = [
    "ta.sma({x}, 3)",
    "ta.ema({x}, span)",
    "ta.rsi({x}, 2)",
    "ta.highest({x}, span)",
    "ta.lowest({x}, 4)",
    "ta.atr(bar.high, bar.low, {x}, 3)",
]
_TUPLES = ["ta.macd({x}, 2, 4, 3)", "ta.bbands({x}, 3, 2.0, 1.5)", "ta.donchian({x}, bar.low, 3)"]
HEADER = (
    '"""Generated."""\n\nspan = param(3, low=1, high=6)\nlevel = param(0.5)\nswitch = param(True)\n'
)


@cache
def _ints(depth: int) -> st.SearchStrategy[str]:
    leaf = st.sampled_from(_INTS)
    if depth == 0:
        return leaf
    inner = _ints(depth - 1)
    return st.one_of(
        leaf,
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "//", "%"]), inner),
        st.builds("min({}, {})".format, inner, inner),
        st.builds("max({}, {})".format, inner, inner),
        st.builds("abs({})".format, inner),
        st.builds("-{}".format, inner),
    )


@cache
def _floats(depth: int) -> st.SearchStrategy[str]:
    leaf = st.sampled_from([*_FIELDS, *_FLOATS, "level", "x0", "x0[1]", "bar.close[2]", "x0[span]"])
    if depth == 0:
        return leaf
    inner, test = _floats(depth - 1), _bools(depth - 1)
    return st.one_of(
        leaf,
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/"]), inner),
        st.builds("({} / {})".format, _ints(depth - 1), _ints(depth - 1)),
        st.builds("({} if {} else {})".format, inner, test, inner),
        st.builds("min({}, {})".format, inner, inner),
        st.builds("max({}, {})".format, inner, _ints(depth - 1)),
        st.builds("math.sqrt({})".format, inner),
        st.builds("math.floor({})".format, inner),
        st.builds("abs({})".format, inner),
        st.builds("nz({}, {})".format, inner, inner),
        st.builds("-({})".format, inner),
    )


@cache
def _bools(depth: int) -> st.SearchStrategy[str]:
    comparison = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    leaf = st.sampled_from(["True", "switch", "bar.close > bar.open", "isna(x0)", "b0"])
    if depth == 0:
        return leaf
    numbers = st.one_of(_floats(depth - 1), _ints(depth - 1)).filter(lambda text: text != "na")
    inner = _bools(depth - 1)
    return st.one_of(
        leaf,
        st.builds("({} {} {})".format, numbers, comparison, numbers),
        st.builds("({} {} {} {} {})".format, numbers, comparison, numbers, comparison, numbers),
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("({} and {} or {})".format, inner, inner, inner),
        st.builds("(not {})".format, inner),
    )


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A strategy that compiles: stateful calls on the top level, all else anywhere."""
    lines = ["whole = bar.time // 60000000", "x0 = bar.close", "b0 = bar.high > bar.open"]
    for number in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["float", "bool", "stateful", "tuple", "cross", "if"]))
        argument = draw(_floats(1))
        if kind == "float":
            lines.append(f"x0 = {draw(_floats(3))}")
        elif kind == "bool":
            lines.append(f"b0 = {draw(_bools(2))}")
        elif kind == "stateful":
            call = draw(st.sampled_from(_STATEFUL)).format(x=argument)
            lines.append(f"x0 = x0 + {call} * {draw(_floats(1))}")
        elif kind == "tuple":
            call = draw(st.sampled_from(_TUPLES)).format(x=argument)
            lines += [f"p{number}, q{number}, r{number} = {call}", f"x0 = q{number}"]
        elif kind == "cross":
            lines.append(
                f"b0 = {draw(st.sampled_from(['crossover', 'crossunder']))}(x0, {argument})"
            )
        else:
            lines += [
                f"if {draw(_bools(2))}:",
                f"    x0 = {draw(_floats(2))}",
                f"    enter_long(size={draw(_floats(1))})",
                f"elif {draw(_bools(1))}:",
                f"    whole = {draw(_ints(2))}",
                "    exit()",
                "else:",
                f"    b0 = {draw(_bools(1))}",
            ]
    lines += ['plot("x0", x0)', 'plot("whole", whole)', 'plot("b0", 1.0 if b0 else 0.0)']
    lines.append(f"score({draw(_floats(2))})")
    return HEADER + "\n\ndef on_bar(bar):\n" + "".join(f"    {line}\n" for line in lines)


@st.composite
def bars(draw: st.DrawFn) -> BarColumns:
    """A few dozen bars with odd values among them, NaN and infinities included."""
    n = draw(st.integers(1, 30))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    columns = chance.normal(0.0, 10.0, (5, n)).round(draw(st.sampled_from([0, 8])))
    odd = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e308, 5e-324]
    for value in draw(st.lists(st.sampled_from(odd), max_size=3)):
        columns[chance.integers(5), chance.integers(n)] = value
    return BarColumns(np.arange(n, dtype=np.int64) * 60_000_000, *columns)
