"""Bytes → a source: pieces of grammar, pieces of good strategies, and raw text among them.

A fuzzer changes a byte and something small changes in the source; that needs no fuzzer's library.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.sandbox.hostile.mutation import mutated_source
from tests.sandbox.hostile.operations import DUNDERS, ESCAPES, ODD_CHARACTERS

DEPTH_MAX = 6
LINES_MAX = 24
NAMES = ("x", "y", "z", "n", "length", "total", "w", "cells", "_x", "bar", "ta", "f", "on_bar")
NUMBERS = (
    *("0", "1", "2", "3", "5", "20", "500", "5001", "-1", "0.5", "1e-9", "1e308", "1e309"),
    *("9007199254740992", "9223372036854775808", "na", "True", "False", "0x10", "1_000", "1j"),
)
SERIES = (
    *("bar.open", "bar.high", "bar.low", "bar.close", "bar.volume", "bar.time", "bar.hl2"),
    *("position.size", "position.entry_price", "bar.minute", "bar.index", "bar.session_open"),
)
OPERATORS = ("+", "-", "*", "/", "//", "%", "**", "&", "<<", "@")
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=", "is", "in", "not in")
CALLS = (
    *("abs({})", "min({}, {})", "max({}, {})", "round({})", "int({})", "nz({}, {})", "isna({})"),
    *("math.sqrt({})", "math.exp({})", "math.log({})", "math.pow({}, {})", "math.floor({})"),
    *("ta.sma({}, 5)", "ta.ema({}, {})", "ta.rsi({}, n)", "ta.macd({})", "ta.highest({}, 9)"),
    *("ta.atr({}, {}, {}, 14)", "ta.crossover({}, {})", "ta.sum({}, 3)", "f({})", "f({}, {})"),
    *("timeframe('1w').close", "{}({})", "open({})", "ta.stoch(bar.high, bar.low, bar.close)"),
)
STATEMENTS = (
    *("{n} = {e}", "{n} += {e}", "{n} = state({e})", "{n} = window({e})", "{n}[{e}] = {e}"),
    *("{n}, {n} = {e}", "score({e})", 'plot("{n}", {e})', 'alert({e}, "{n}")', "exit()"),
    *("enter_long({e})", "enter_short(size={e}, stop_loss={e})", "order({e}, limit={e})"),
    *("order(cash={e}, at={e})", 'enter_long(percent={e}, at="close")', 'exit({e}, tif="day")'),
    *("cancel()", "return", "return {e}", "break", "continue", "pass", "...", "{e}", "del {n}"),
    *("{n}: float = {e}", "{n} = {n} = {e}", "import {n}", "global {n}", "assert {e}", "raise {n}"),
)
BLOCKS = (
    *("if {e}:", "elif {e}:", "else:", "while {e}:", "for {n} in range({e}):"),
    *("for {n} in range({e}, {e}, -2):", "with {n}:", "try:", "def {n}({n}):", "class {n}:"),
)
HEADS = (
    *("{n} = param({e})", "{n} = param(20, low=2, high={e})", "{n} = {e}", "import {n}"),
    *("def f({n}):\n    return {e}", "def f({n}: float, {n}={e}):\n    {n} = {e}\n    return {e}"),
    *("def f({n}):\n    return f({e})", "@{n}\ndef f(x):\n    return x", "from {n} import {n}"),
)

FLOATS = (
    "x",
    "y",
    "bar.close",
    "bar.volume",
    "s",
    "na",
    "0.0",
    "-1.5",
    "1e300",
    "x[2]",
    "w[k % 9]",
)
WHOLES = (
    "k",
    "n",
    "bar.time",
    "0",
    "7",
    "-3",
    "9007199254740992",
    "(k // n)",
    "(k * k)",
    "(k % 5)",
)
SOUND = (
    *("x = {f}", "y = {f}", "s = {f}", "k = {k}", "score({f})", "enter_long(size={f}, stop={f})"),
    *("x = {f} if {b} else {f}", "if {b}:\n        x = {f}\n    else:\n        exit()"),
    *(
        "for i in range(n):\n        x = x + {f}",
        "for i in range(9, -3, -2):\n        w[i % 9] = {f}",
    ),
    *("while {b}:\n        k += 1\n        if k > 90:\n            break", "w[{k} % 9] = {f}"),
    *("x = f({f}, {k})", "x = ta.ema({f}, n)", "y = ta.sma({f}, 3)", "x = math.sqrt({f})"),
    *("x = math.exp({f})", "y = {f} // {f}", "x = {f} % {f}", "k = int({f})", "exit(limit={f})"),
    *('order(percent={f}, tif="day")', 'enter_short(cash={f}, at="close")', "exit(percent={f})"),
)
TESTS = (
    "x > y",
    "{f} <= {f}",
    "k % 3 == 0",
    "isna({f})",
    "not {f} < {f} < {f}",
    "s != s and k > 1",
)
SOUND_HEAD = """\"\"\"Drawn.\"\"\"
n = param(3, low=1, high=20)


def f(a: float, b: int):
    t = state(0.0)
    t = t + a
    return t / b


def on_bar(bar):
    w = window(9)
    s = state(0.0)
    x = bar.close
    y = bar.open
    k = bar.time // 60000000
"""


class Choices:
    """Reads bytes as decisions; when they are used up, every decision is the first one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def below(self, most: int) -> int:
        value = self._data[self._at] if self._at < len(self._data) else 0
        self._at += 1
        return value % most

    def of(self, options: Sequence[str]) -> str:
        return options[self.below(len(options))]

    def text(self, most: int) -> str:
        """Some of the bytes themselves."""
        piece = self._data[self._at : self._at + self.below(most)]
        self._at += len(piece)
        return piece.decode("utf-8", "surrogateescape")


def expression(choices: Choices, depth: int = 0) -> str:
    kind = choices.below(12) if depth < DEPTH_MAX else choices.below(3)

    def inner() -> str:
        return expression(choices, depth + 1)

    match kind:
        case 0:
            return choices.of(SERIES)
        case 1:
            return choices.of(NUMBERS)
        case 2:
            return choices.of(NAMES)
        case 3 | 4:
            return f"({inner()} {choices.of(OPERATORS)} {inner()})"
        case 5:
            return f"{inner()} {choices.of(COMPARISONS)} {inner()}"
        case 6:
            return f"({inner()} {choices.of(('and', 'or', 'if True else'))} {inner()})"
        case 7:
            return f"({inner()} if {inner()} else {inner()})"
        case 8:
            return f"{inner()}[{inner()}]"
        case 9:
            return f"{choices.of(('-', 'not ', '+', '~'))}{inner()}"
        case 10:
            call = choices.of(CALLS)
            return call.format(*(inner() for _ in range(call.count("{}"))))
        case _:
            return _odd(choices)


def _odd(choices: Choices) -> str:
    match choices.below(4):
        case 0:
            return choices.of(DUNDERS)
        case 1:
            return '"' + choices.of(ESCAPES) + '"'
        case 2:
            return choices.of(tuple(ODD_CHARACTERS.values()))
        case _:
            return choices.text(24)


def _filled(template: str, choices: Choices) -> str:
    parts = template.replace("{n}", "\0n").replace("{e}", "\0e").split("\0")
    found = [parts[0]]
    for part in parts[1:]:
        found.append(choices.of(NAMES) if part[0] == "n" else expression(choices))
        found.append(part[1:])
    return "".join(found)


def _grammar(choices: Choices) -> str:
    lines = ['"""Drawn."""']
    lines += [_filled(choices.of(HEADS), choices) for _ in range(choices.below(4))]
    lines.append("def on_bar(bar):")
    depth = 1
    for _ in range(1 + choices.below(LINES_MAX)):
        if choices.below(4) == 3:
            lines.append("    " * depth + _filled(choices.of(BLOCKS), choices))
            depth += 1
        lines.append("    " * depth + _filled(choices.of(STATEMENTS), choices))
        depth = max(1, depth - choices.below(2))
    return "\n".join(lines) + "\n"


def _sound(choices: Choices) -> str:
    """All but always a strategy that compiles."""

    def filled(template: str, depth: int = 0) -> str:
        parts = template.split("{")
        found = [parts[0]]
        for part in parts[1:]:
            kind, rest = part.split("}", 1)
            if kind == "f" and depth < 3 and choices.below(3) == 0:
                piece = filled(f"({{f}} {OPERATORS[choices.below(6)]} {{f}})", depth + 1)
            elif kind == "b":
                piece = filled(choices.of(TESTS), depth + 1)
            else:
                piece = choices.of(FLOATS if kind == "f" else WHOLES)
            found += [piece, rest]
        return "".join(found)

    lines = [filled(choices.of(SOUND)) for _ in range(1 + choices.below(12))]
    return SOUND_HEAD + "".join(f"    {line}\n" for line in lines) + "    plot('x', x)\n"


def drawn_source(data: bytes, good: Sequence[str]) -> str:
    """The source that the bytes stand for. good: strategies to take apart."""
    choices = Choices(data)
    match choices.below(5):
        case 0:
            return _grammar(choices)
        case 1:
            return _sound(choices)
        case 2:
            source = _sound(choices) if choices.below(2) else _grammar(choices)
            at = choices.below(256) * len(source) // 256
            return source[:at] + choices.text(64) + source[at:]
        case 3:
            return mutated_source(good, choices.below(256) * 256 + choices.below(256))
        case _:  # a text that begins with a quote is one of them
            return data.decode("utf-8", "surrogateescape")
