"""Hypothesis strategies for programs of the whole strategy language, and for bars."""

from __future__ import annotations

from random import Random

import numpy as np
from hypothesis import strategies as st

from schemas.columns import BarColumns
from tests.sandbox.drawn_expressions import THREE_RESULTS, ExpressionDrawing, Helper

_KINDS = ("float", "int", "bool")
PARAMS = {"span": 4, "back": 3, "level": -1.5, "switch": 0}
_HEADER = '''"""Generated."""

span = param(3, low=1, high=6)
back = param(2, low=0, high=4)
level = param(0.5)
switch = param(True)


def bounded(x):
    return nz(min(max(x, -1e15), 1e15))


def total(x, n):
    result = 0.0
    for i in range(n):
        if isna(x[i]):
            continue
        result += x[i]
    return result


def smoothed(x, n: Length):
    mean = ta.ema(x, n)
    return mean + ta.sma(mean, n)[1]


def pressed(bar, x):
    most = state(na)
    cells = window(3)
    if isna(x):
        return bar.close
    most = max(nz(most, x), x) * 0.5
    cells[bar.index % 3] = most
    return cells[0] + bar.hl2 - bar.close[span]
'''
_STATES = {"float": ("0.0", "na", "-2.5"), "int": ("0", "7"), "bool": ("True", "False")}
_ORDERS = (
    "enter_long()", "enter_long({x})", "enter_long({u}={x}, limit={y})",
    "enter_long(stop={x}, take_profit={y}, stop_loss=bar.low)", "enter_short(trail={x})",
    "enter_short(size=2.0, limit={x}, stop={y}, tif={t})", "order({x})", "order({x}, stop={y})",
    "order({u}=-1.0, limit={x}, stop_loss={y})", "exit()", "exit(size={x})", "exit(stop={x})",
    "exit(limit={x}, trail={y})", "cancel()", "order({u}={x}, at={a}, tif={t})",
    "enter_long({u}={x}, at={a}, tif={t}, stop_loss={y})", "exit(percent={x}, at={a})",
    "enter_short({u}=2.5, at={a}, tif={t})", "exit(percent=40, stop={y})",
)  # fmt: skip
_WORDS = {
    "u": ("size", "cash", "percent"),
    "a": ('"open"', '"close"'),
    "t": ('"gtc"', '"day"', '"bar"'),
}


class _Body(ExpressionDrawing):
    """A function in the making. settable: by kind. depth: of the lines. returns: the kinds of
    what an early return says."""

    def __init__(
        self, chance: Random, helpers: list[Helper], returns: tuple[str, ...], **is_: bool
    ):
        super().__init__(chance, helpers, **is_)
        self.returns = returns
        self.lines: list[str] = []
        self.settable: dict[str, list[str]] = {}
        self.depth = 1
        self.loops = 0
        self._fresh = 0

    def add(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def new(self, prefix: str) -> str:
        self._fresh += 1
        return f"{prefix}{self._fresh}"

    def likely(self, percent: int) -> bool:
        return self.chance.randrange(100) < percent

    # what a function begins with

    def declare(self) -> None:
        for kind in _KINDS:
            self.settable[kind] = []
            if self.keeps_state and self.likely(60):
                self._set(kind, self.new("s"), f"state({self.one_of(*_STATES[kind])})")
        if self.keeps_state and self.likely(60):
            length = self.one_of("3", "span", "max(span, 2)")
            self.names.windows.append((name := self.new("cells"), length))
            self.add(f"{name} = window({length})")
        for kind in _KINDS:
            name = self.new("c")
            self.add(f"{name} = {self.value(kind, 2)}")
            self.names.readable[kind].append(name)
            self.names.steady[kind].append(name)
        for kind in (*_KINDS, "float"):
            self._set(kind, self.new("v"), self.value(kind, 2))
        if self.keeps_state:
            self.names.series = [*self.settable["float"], *self.settable["int"]]

    def _set(self, kind: str, name: str, value: str) -> None:
        self.add(f"{name} = {value}")
        self.settable[kind].append(name)
        self.names.readable[kind].append(name)

    # statements

    def block(self, count: int) -> None:
        """Names that it makes are not known behind it."""
        known = {kind: list(names) for kind, names in self.names.readable.items()}
        series = list(self.names.series)
        self.depth += 1
        for _ in range(self.chance.randint(1, count)):
            self.statement()
        self.depth -= 1
        self.names.readable, self.names.series = known, series

    def statement(self) -> None:
        kinds = ["set"] * 4 + ["update", "cell", "temporary", "unpack", "jump", "call"]
        if self.depth < 4:
            kinds += ["if", "if", "for", "while"]
        if self.is_on_bar:
            kinds += ["say"] * 4
        getattr(self, f"_{self.chance.choice(kinds)}_statement")()

    def _set_statement(self) -> None:
        kind = self.chance.choice(_KINDS)
        self.add(f"{self.one_of(*self.settable[kind])} = {self.value(kind, 3)}")

    def _update_statement(self) -> None:
        name = self.one_of(*self.settable["float"])
        self.add(f"{name} {self.one_of('+=', '-=', '*=', '/=', '%=')} {self.value('float', 2)}")

    def _cell_statement(self) -> None:
        if self.names.windows:
            window, length = self.chance.choice(self.names.windows)
            op = self.one_of("=", "=", "+=")
            self.add(f"{window}[{self.place(length)}] {op} {self.value('float', 2)}")
        else:
            self._set_statement()

    def _temporary_statement(self) -> None:
        kind, name = self.chance.choice(_KINDS), self.new("t")
        self.add(f"{name} = {self.value(kind, 2)}")
        self.names.readable[kind].append(name)
        if self.names.series and kind == "float":
            self.names.series.append(name)

    def _unpack_statement(self) -> None:
        """Of an indicator or helper with several results."""
        several = [helper for helper in self.helpers if len(helper.results) > 1]
        several = [h for h in several if self.bar or "bar" not in h.arguments]
        if several and self.likely(60):
            helper = self.chance.choice(several)
            call, kinds = self.call_of(helper), helper.results
        elif self.keeps_state:
            with self.given():
                x = self.series(self.conditional)
            call, kinds = self.one_of(*THREE_RESULTS).format(x=x), ("float",) * 3
        else:
            return self._temporary_statement()
        names = [self.new("u") for _ in kinds]
        self.add(f"{', '.join(names)} = {call}")
        for kind, name in zip(kinds, names, strict=True):
            self.names.readable[kind].append(name)
        return None

    def _call_statement(self) -> None:
        name, kind = self.one_of(*self.settable["float"]), "float"
        self.add(f"{name} = {self.call(kind, False) or self.value(kind, 2)}")

    def _jump_statement(self) -> None:
        """Under a condition, so that what follows is there for something."""
        jumps = ["break", "continue"] if self.loops else []
        if self.likely(40):
            values = ", ".join(self.value(kind, 2) for kind in self.returns)
            jumps.append(f"return {values}".rstrip())
        if not jumps:
            return self._set_statement()
        self.add(f"if {self.value('bool', 2)}:")
        jump = self.chance.choice(jumps)
        self.add(f"    {jump}")
        self.conditional = self.conditional or jump.startswith("return")
        return None

    def _if_statement(self) -> None:
        self.add(f"if {self.value('bool', 2)}:")
        outer, self.conditional = self.conditional, True
        self.block(3)
        if self.likely(30):
            self.add(f"elif {self.value('bool', 2)}:")
            self.block(2)
        if self.likely(50):
            self.add("else:")
            self.block(3)
        self.conditional = outer or self._has_returned()

    def _for_statement(self) -> None:
        name = self.new("i")
        bounds = self.one_of("3", "span", "1, span + 1", "back, -1, -1", "0, 9, 4", "back", "2, 2")
        self.add(f"for {name} in range({bounds}):")
        self.names.counters.append(name)
        self._loop_block()
        self.names.counters.remove(name)

    def _while_statement(self) -> None:
        """With an end of its own, but for a few, which the budget ends."""
        endless = self.likely(10)
        name = self.new("w")
        self.add(f"{name} = 0")
        outer, self.conditional = self.conditional, True
        test = self.value("bool", 2)
        self.conditional = outer
        if endless:
            test = self.one_of("True", test)
        self.add(f"while {test}:" if endless else f"while {name} < 4 and {test}:")
        self.add(f"    {name} += 1")
        self._loop_block()

    def _loop_block(self) -> None:
        outer, self.conditional = self.conditional, True
        self.loops += 1
        self.block(3)
        self.loops -= 1
        self.conditional = outer or self._has_returned()

    def _has_returned(self) -> bool:
        """Whether what follows is reached by some bars only."""
        return any(line.strip().startswith("return") for line in self.lines)

    def _say_statement(self) -> None:
        x, y = self.value("float", 1), self.value("float", 1)
        truth = self.value("bool", 2)
        plot = f'plot("{self.new("p")}", {self.value("float", 2)})'
        alert = f'alert({truth}, "{self.one_of("Up", "Down", "Flat")}")'
        words = {name: self.one_of(*choices) for name, choices in _WORDS.items()}
        order = self.one_of(*_ORDERS).format(x=x, y=y, **words)
        self.add(self.one_of(order, order, plot, alert, f"score({x})"))


def drawn_helper(chance: Random, helpers: list[Helper], number: int) -> tuple[Helper, str]:
    """A function and its source."""
    keeps_state = chance.random() < 0.6
    arguments = tuple(chance.choice(_KINDS) for _ in range(chance.randint(1, 3)))
    results = tuple(chance.choice(_KINDS) for _ in range(chance.choice([1, 1, 1, 2, 3])))
    has_bar = chance.random() < 0.4
    known = helpers if keeps_state else [helper for helper in helpers if not helper.keeps_state]
    body = _Body(chance, known, results, bar=has_bar, is_on_bar=False, keeps_state=keeps_state)
    names = [f"a{place}" for place in range(len(arguments))]
    for kind, name in zip(arguments, names, strict=True):
        body.names.readable[kind].append(name)
    body.declare()
    for _ in range(chance.randint(1, 4)):
        body.statement()
    body.add(f"return {', '.join(body.value(kind, 1) for kind in results)}")
    annotated = [
        f"{name}: {kind}" if chance.random() < 0.3 else name
        for kind, name in zip(arguments, names, strict=True)
    ]
    helper = Helper(f"f{number}", (*(["bar"] * has_bar), *arguments), results, keeps_state)
    signature = ", ".join([*(["bar"] * has_bar), *annotated])
    return helper, f"def {helper.name}({signature}):\n" + "\n".join(body.lines) + "\n"


def drawn_program(chance: Random) -> str:
    helpers: list[Helper] = []
    parts = [_HEADER]
    for number in range(chance.randint(0, 3)):
        helper, source = drawn_helper(chance, helpers, number)
        helpers.append(helper)
        parts.append(source)
    body = _Body(chance, helpers, (), bar=True, is_on_bar=True, keeps_state=True)
    if body.likely(60):
        body.add('week = timeframe("15m")')
        body.names.frames = ["week", 'timeframe("1h")']
    body.declare()
    for name in (*body.settable["float"], *body.settable["int"]):
        if body.likely(30):  # said at every bar, whichever way it takes
            body.add(f'plot("{body.new("p")}", {name})')
    for _ in range(chance.randint(3, 9)):
        body.statement()
    for helper in helpers:
        results = [body.new("r") for _ in helper.results]
        body.add(f"{', '.join(results)} = {body.call_of(helper)}")
    for name in (*body.settable["float"], *body.settable["int"]):
        body.add(f'plot("{name}", {name})')
    return "\n\n".join([*parts, "def on_bar(bar):\n" + "\n".join(body.lines) + "\n"])


programs = st.randoms(use_true_random=False).map(drawn_program)


@st.composite
def bars(draw: st.DrawFn) -> BarColumns:
    """A few dozen bars, some minutes apart, with odd values among them: infinities, and NaNs
    of all kinds."""
    n = draw(st.integers(1, 24))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    columns = chance.normal(0.0, 10.0, (5, n)).round(draw(st.sampled_from([0, 8])))
    words = np.array([0xFFF8_0000_0000_1234, 0x7FF0_0000_0000_0001], np.uint64)
    odd = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e308, 5e-324, *words.view(np.float64)]
    for value in draw(st.lists(st.sampled_from(odd), max_size=3)):
        columns[chance.integers(5), chance.integers(n)] = value
    minutes = np.cumsum(chance.choice([1, 5, 7, 90, 3000], n)) + draw(st.sampled_from([0, 10**6]))
    return BarColumns(minutes.astype(np.int64) * 60_000_000, *columns)
