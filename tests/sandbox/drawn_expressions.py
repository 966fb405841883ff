"""Expressions of the strategy language, drawn by chance, as source text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

FIELDS = ("open", "high", "low", "close", "volume")
MEANS = ("hl2", "hlc3", "ohlc4", "hlcc4")
_TIME_PARTS = ("minute", "hour", "weekday", "day", "month", "year")
_FLOATS = ("0.0", "-0.0", "1.0", "0.5", "-3.25", "7.5", "1e-12", "math.pi", "math.e")
_ODD = ("1e300", "math.inf", "math.nan")
_INTS = ("0", "1", "2", "-7", "3", "64", "9007199254740992")
_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
_ONE = (
    "math.sqrt", "math.floor", "math.ceil", "math.trunc", "math.fabs", "abs", "-", "round",
    "math.exp", "math.log", "math.sin", "math.atan",
)  # fmt: skip
STATEFUL = (
    "ta.sma({x}, 3)",
    "ta.ema({x}, span)",
    "ta.rsi({x}, 2)",
    "ta.highest({x}, span)",
    "ta.lowest({x}, 4)",
    "ta.ma({x}, 3, {k})",
    "ta.wma({x}, span)",
    "ta.linearreg({x}, 3)",
    "ta.cum({x})",
    "ta.atr(bar.high, bar.low, {x}, 3)",
    "valuewhen({b}, {x}, 1)",
    "total({x}, span)",
    "total({x}, back + 1)",
    "total({x}, min(3, span))",
    "smoothed({x}, span)",
    "pressed(bar, {x})",
)
STATEFUL_TRUTHS = ("crossover({x}, {y})", "crossunder({x}, {y})", "ta.rising({x}, 2)")
THREE_RESULTS = ("ta.macd({x}, 2, 4, 3)", "ta.bbands({x}, 3, 2.0, 1.5)")


@dataclass(frozen=True)
class Helper:
    """A function that a strategy may call. arguments, results: kinds; an argument may be 'bar'."""

    name: str
    arguments: tuple[str, ...]
    results: tuple[str, ...]
    keeps_state: bool


@dataclass
class Names:
    """What an expression may mention. readable: by kind, what has a value here. steady: those
    that were computed at every bar, and are not set again. series: names with a history.
    counters: of the loops around. windows: (name, length)."""

    readable: dict[str, list[str]] = field(
        default_factory=lambda: {"float": [], "int": [], "bool": []}
    )
    steady: dict[str, list[str]] = field(
        default_factory=lambda: {"float": [], "int": [], "bool": []}
    )
    series: list[str] = field(default_factory=list)
    counters: list[str] = field(default_factory=list)
    windows: list[tuple[str, str]] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)


class ExpressionDrawing:
    """helpers: those that may be called. bar: whether the bar is there; is_on_bar: whether the
    position is too. keeps_state: whether the function may. conditional: whether what is drawn
    stands where some bars do not get; guards: how many sides of expressions around it some
    bars may leave out. safe: whether it must not trap, as what is given to a call there."""

    def __init__(
        self,
        chance: Random,
        helpers: list[Helper],
        *,
        bar: bool,
        is_on_bar: bool,
        keeps_state: bool,
    ) -> None:
        self.chance = chance
        self.helpers = helpers
        self.names = Names()
        self.bar = bar
        self.is_on_bar = is_on_bar
        self.keeps_state = keeps_state
        self.conditional = False
        self.guards = 0
        self.safe = False

    def one_of(self, *options: str) -> str:
        return self.chance.choice(options)

    def value(self, kind: str, depth: int, *, steady: bool = False) -> str:
        """steady: of what every bar has computed before any branch."""
        if depth == 0 or self.chance.random() < 0.1:
            return self.leaf(kind, steady)
        if kind == "float":
            return self._float(depth - 1, steady)
        return self._int(depth - 1, steady) if kind == "int" else self._bool(depth - 1, steady)

    def leaf(self, kind: str, steady: bool) -> str:
        known = self.names.steady[kind] if steady else self.names.readable[kind]
        if kind == "int" and not steady:
            known = [*known, *self.names.counters]
        if known and self.chance.random() < 0.5:
            return self.one_of(*known)
        if kind == "float":
            return self._float_leaf(steady)
        if kind == "int":
            options = [*_INTS, "span", "back", *(["position.bars_held"] if self.is_on_bar else [])]
            if self.bar:
                options += ["bar.time // 60000000", f"bar.{self.one_of(*_TIME_PARTS)}"]
            if self.bar and self.keeps_state:
                options += ["bar.index"]
            return self.one_of(*options)
        options = ["True", "False", "switch"]
        if self.bar:
            options += ["(bar.close > bar.open)"]
            options += ["bar.session_open"] if self.keeps_state else []
        return self.one_of(*options)

    def _float_leaf(self, steady: bool) -> str:
        options = [*_FLOATS, "level", "nz(na, 2.5)", self.one_of(*_ODD)]
        if self.bar:
            options += 2 * [f"bar.{name}" for name in (*FIELDS, *MEANS)]
        if self.bar and self.keeps_state:
            options += [f"bar.{self.one_of(*FIELDS)}[{self.back(steady)}]" for _ in range(3)]
        if self.is_on_bar:
            options += ["position.size", "position.entry_price", "position.open_profit"]
            options += ["position.size[1]"]
        for frame in self.names.frames:
            options += [f"{frame}.{self.one_of(*FIELDS)}", f"{frame}.hl2", f"{frame}.close[2]"]
        series = self.names.steady["float"] if steady else self.names.series
        if series:
            options += 3 * [f"{self.one_of(*series)}[{self.back(steady)}]"]
        return self.one_of(*options)

    def back(self, steady: bool = False) -> str:
        options = ["1", "1", "2", "5", "span", "back", "span - 1", "0"]
        if self.names.counters and not steady:
            counter = self.one_of(*self.names.counters)
            options += 3 * [counter, f"{counter} + 1", f"min({counter}, 2)"]
        return self.one_of(*options)

    def _float(self, depth: int, steady: bool) -> str:
        def inner(kind: str = "float") -> str:
            return self.value(kind, depth, steady=steady)

        match self.chance.randrange(13):
            case 0 | 1 | 2:
                return f"({inner()} {self.one_of('+', '-', '*', '/')} {inner()})"
            case 3:
                return f"({inner()} {self.one_of('//', '%')} {inner()})"
            case 4:
                return f"({inner()} ** {self.one_of('2', '3', '0.5', inner('int'))})"
            case 5:
                with self.guarded():
                    other = inner(self.one_of("float", "int"))
                    return f"({inner()} if {inner('bool')} else {other})"
            case 6:
                return f"{self.one_of('min', 'max')}({inner()}, {inner('int')}, {inner()})"
            case 7:
                return f"{self.one_of('nz', 'math.copysign')}({inner()}, {inner()})"
            case 8:
                return f"({inner('int')} / {inner('int')})"
            case 9:
                return f"round({inner()}, {self.one_of('1', '-1', 'back')})"
            case 10 if self.names.windows and not steady and not self.safe:
                return self.cell()
            case 11 if self.keeps_state:
                return self.history(steady)
            case 12 if self.keeps_state:
                return self.call("float", steady) or self.indicator()
            case 12:
                return self.call("float", steady) or inner()
        return f"{self.one_of(*_ONE)}({inner()})"

    def history(self, steady: bool) -> str:
        """Of an expression: computed at every bar, also where it stands in a branch."""
        return f"({self.value('float', 1, steady=True)} * 0.5)[{self.back(steady)}]"

    def cell(self) -> str:
        window, length = self.chance.choice(self.names.windows)
        return f"{window}[{self.place(length)}]"

    def place(self, length: str) -> str:
        """A cell's number, inside of the window more often than not."""
        if self.chance.random() < 0.05:
            return self.value("int", 1)
        return f"{self.value('int', 1)} % {length}"

    def indicator(self) -> str:
        """A call that keeps state: in branches with what is there before them."""
        steady = self.conditional
        with self.given():
            kinds = {
                "x": self.series(steady),
                "b": self.value("bool", 1, steady=steady),
                "k": str(self.chance.randrange(14)),
            }
        return self.one_of(*(text for text in STATEFUL if self.bar or "bar" not in text)).format(
            **kinds
        )

    def series(self, steady: bool) -> str:
        """What changes from bar to bar: an indicator of a number is refused."""
        changing = [*self.names.steady["float"], *(["bar.close", "bar.hl2"] if self.bar else [])]
        if not steady:
            changing += self.names.readable["float"]
        if not changing or self.chance.random() < 0.4:
            return f"bounded({self.value('float', 1, steady=steady)})"
        return self.one_of(*changing)

    @contextmanager
    def guarded(self) -> Iterator[None]:
        self.guards += 1
        yield
        self.guards -= 1

    @contextmanager
    def given(self) -> Iterator[None]:
        """To a call: it may be made before what guards it is known."""
        outer, self.safe = self.safe, self.safe or self.conditional or self.guards > 0
        yield
        self.safe = outer

    def call(self, kind: str, steady: bool) -> str | None:
        """Of a helper with one result; None where there is none of the kind."""
        fitting = [helper for helper in self.helpers if helper.results == (kind,)]
        fitting = [h for h in fitting if "bar" not in h.arguments or self.bar]
        if not fitting:
            return None
        return self.call_of(self.chance.choice(fitting), steady)

    def call_of(self, helper: Helper, steady: bool = False) -> str:
        steady = steady or (helper.keeps_state and self.conditional)
        with self.given():
            arguments = [
                "bar" if kind == "bar" else self.value(kind, 1, steady=steady)
                for kind in helper.arguments
            ]
        return f"{helper.name}({', '.join(arguments)})"

    def _int(self, depth: int, steady: bool) -> str:
        def inner(kind: str = "int") -> str:
            return self.value(kind, depth, steady=steady)

        match self.chance.randrange(8):
            case 0 | 1:
                return f"({inner()} {self.one_of('+', '-', '*')} {inner()})"
            case 2 if not self.safe:
                divisor = self.one_of("3", "-2", "(2 + abs(back))")
                if self.chance.random() < 0.1:
                    divisor = inner()
                return f"({inner()} {self.one_of('//', '%')} {divisor})"
            case 3:
                return f"{self.one_of('min', 'max')}({inner()}, {inner()})"
            case 4 if not self.safe:
                with self.given():
                    number = inner("float")
                if self.chance.random() < 0.95:
                    number = f"bounded({number})"
                return f"int({self.one_of(number, inner('bool'))})"
            case 5:
                with self.guarded():
                    return f"({inner()} if {inner('bool')} else {inner()})"
            case 6:
                return self.call("int", steady) or f"abs({inner()})"
        return f"(-{inner()})"

    def _bool(self, depth: int, steady: bool) -> str:
        def inner(kind: str = "bool") -> str:
            return self.value(kind, depth, steady=steady)

        match self.chance.randrange(8):
            case 0 | 1:
                kind = self.one_of("float", "int")
                return f"({inner(kind)} {self.one_of(*_COMPARISONS)} {inner('float')})"
            case 2:
                ops = [self.one_of(*_COMPARISONS) for _ in range(2)]
                return f"({inner('float')} {ops[0]} {inner('int')} {ops[1]} {inner('float')})"
            case 3 | 4:
                words = self.one_of("{} and {}", "{} or {}", "{} and {} or {}", "not {}")
                with self.guarded():
                    return f"({words.format(*(inner() for _ in range(3)))})"
            case 5:
                return f"isna({inner('float')})"
            case 6:
                return f"({inner()} {self.one_of('==', '!=')} {inner()})"
        if self.keeps_state and not steady and self.chance.random() < 0.5:
            with self.given():
                x, y = (self.series(self.conditional) for _ in range(2))
            return self.one_of(*STATEFUL_TRUTHS).format(x=x, y=y)
        return self.call("bool", steady) or f"bool({inner('int')})"
