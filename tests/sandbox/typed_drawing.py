"""Typed programs that use all there is, drawn by chance, and bars for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from sandbox.compiler import typed
from sandbox.compiler.check.cost import cost_of
from sandbox.compiler.placed import Placement
from sandbox.compiler.syntax import Span
from sandbox.compiler.typed import Type
from tests.sandbox.typed_programs import (
    BOOL,
    FLOAT,
    INT,
    bar,
    builtin,
    calc,
    const,
    function,
    local,
    program,
    put,
)

NAN = float("nan")
FLOATS = [0.0, -0.0, 1.0, 2.5, -2.5, 0.5, 1e300, -1e19, 5e-324, float("inf"), NAN]
INTS = [0, 1, -1, 2, -3, 63, 64, 2**62, 2**63 - 1, -(2**63), 0x7FF0_0000_0000_0001]
INT_OPS = ["+", "-", "*", "//", "%", "&", "|", "^", "<<", ">>", ">>>"]
COMPARISONS = ["<", "<=", ">", ">=", "==", "!="]
_CAPACITY = 4
_VALUES: dict[Type, list[float] | list[int] | list[bool]] = {
    FLOAT: FLOATS,
    INT: INTS,
    BOOL: [True, False],
}
PARAMS = (
    typed.Param("level", FLOAT, 0.5, None, None, None, None),
    typed.Param("span", INT, 3, None, None, None, None),
    typed.Param("switch", BOOL, True, None, None, None, None),
)


@dataclass
class _Body:
    """A function in the making. kinds: of its locals. settable, readable: locals that
    statements may set, and that are set wherever the next node comes to be."""

    chance: Random
    callees: list[typed.Function]
    is_on_bar: bool
    kinds: list[Type] = field(default_factory=list)
    settable: list[int] = field(default_factory=list)
    readable: list[int] = field(default_factory=list)
    sites: list[int] = field(default_factory=list)
    loops: int = 0
    line: int = 1

    def new_local(self, kind: Type) -> int:
        self.kinds.append(kind)
        return len(self.kinds) - 1

    def here(self) -> Span:
        """A line of its own, or none, as library code has."""
        self.line += 1
        line = self.chance.choice([self.line, self.line, 0])
        return Span(line, 1, line, 2)

    # expressions

    def value(self, kind: Type, depth: int) -> typed.Expression:
        if depth == 0 or self.chance.random() < 0.15:
            return self.leaf(kind)
        return {FLOAT: self.a_float, INT: self.a_whole, BOOL: self.a_truth}[kind](depth - 1)

    def leaf(self, kind: Type) -> typed.Expression:
        known = [index for index in self.readable if self.kinds[index] is kind]
        if known and self.chance.random() < 0.6:
            return local(kind, self.chance.choice(known))
        if self.is_on_bar and kind is not BOOL and self.chance.random() < 0.5:
            names = ["time"] if kind is INT else ["open", "high", "low", "close", "volume"]
            return bar(self.chance.choice(names))
        if self.chance.random() < 0.3:
            index = [FLOAT, INT, BOOL].index(kind)
            return typed.ParamValue(kind, index, self.here())
        return const(self.chance.choice(_VALUES[kind]))

    def a_float(self, depth: int) -> typed.Expression:
        def inner(kind: Type = FLOAT) -> typed.Expression:
            return self.value(kind, depth)

        match self.chance.randrange(10):
            case 0 | 1 | 2:
                return calc(self.chance.choice("+-*/"), inner(), inner())
            case 3:
                return typed.Negate(FLOAT, inner(), self.here())
            case 4:
                return typed.Choose(FLOAT, inner(BOOL), inner(), inner(), self.here())
            case 5:
                back = const(self.chance.randint(1, _CAPACITY))
                return typed.History(FLOAT, self.chance.randrange(2), back, self.here())
            case 6:
                return typed.CellRead(FLOAT, self.chance.randrange(2), self.cell(), self.here())
            case 7:
                return typed.ToFloat(FLOAT, inner(INT), self.here())
            case 8:
                name = self.chance.choice(["min", "max", "copysign"])
                return builtin(FLOAT, name, inner(), inner())
        names = ["abs", "floor", "ceil", "trunc", "nearest", "sqrt", "from_bits"]
        name = self.chance.choice(names)
        return builtin(FLOAT, name, inner(INT if name == "from_bits" else FLOAT))

    def cell(self) -> typed.Expression:
        """An index that is in the window more often than not."""
        if self.chance.random() < 0.15:
            return self.value(INT, 1)
        mask = const(_CAPACITY // 2 - 1)
        return calc("&", self.value(INT, 1), mask)

    def a_whole(self, depth: int) -> typed.Expression:
        def inner(kind: Type = INT) -> typed.Expression:
            return self.value(kind, depth)

        match self.chance.randrange(8):
            case 0 | 1 | 2:
                op = self.chance.choice(INT_OPS)
                return typed.Arithmetic(INT, op, inner(), inner(), self.here())
            case 3:
                return typed.Negate(INT, inner(), self.here())
            case 4:
                return typed.Choose(INT, inner(BOOL), inner(), inner(), self.here())
            case 5:
                return typed.ToInt(INT, inner(FLOAT), self.here())
            case 6:
                return builtin(INT, self.chance.choice(["min", "max"]), inner(), inner())
        name = self.chance.choice(["abs", "bits"])
        return builtin(INT, name, inner(FLOAT if name == "bits" else INT))

    def a_truth(self, depth: int) -> typed.Expression:
        def inner(kind: Type = BOOL) -> typed.Expression:
            return self.value(kind, depth)

        match self.chance.randrange(6):
            case 0 | 1:
                kind = self.chance.choice([FLOAT, INT])
                ops = tuple(self.chance.choices(COMPARISONS, k=self.chance.randint(1, 3)))
                operands = tuple(inner(kind) for _ in range(len(ops) + 1))
                return typed.Chain(BOOL, ops, operands, self.here())
            case 2:
                op = self.chance.choice(["and", "or"])
                operands = tuple(inner() for _ in range(self.chance.randint(2, 3)))
                return typed.Logic(BOOL, op, operands, self.here())
            case 3:
                return typed.Not(BOOL, inner(), self.here())
            case 4:
                return builtin(BOOL, "isna", inner(FLOAT))
        return typed.Choose(BOOL, inner(), inner(), inner(), self.here())

    # statements

    def statements(self, depth: int) -> tuple[typed.Statement, ...]:
        return tuple(self.statement(depth) for _ in range(self.chance.randint(1, 4)))

    def statement(self, depth: int) -> typed.Statement:
        choice = self.chance.randrange(12)
        if depth > 0 and choice in (0, 1):
            test, then = self.value(BOOL, 2), self.statements(depth - 1)
            otherwise = self.statements(depth - 1) if self.chance.random() < 0.5 else ()
            return typed.If(test, then, otherwise, self.here())
        if depth > 0 and choice in (2, 3):
            return self.loop(depth - 1)
        if choice in (4, 5, 9) and self.callees and len(self.sites) < 5:
            return self.call()
        if choice == 6:
            return typed.CellWrite(
                self.chance.randrange(2), self.cell(), self.value(FLOAT, 2), self.here()
            )
        if choice == 7:
            return typed.Push(1, self.value(FLOAT, 2), self.here())
        if choice == 8:
            jumps: list[type] = [typed.Break, typed.Continue] if self.loops else [typed.Leave]
            jump = self.chance.choice(jumps)(self.here())
            return typed.If(self.value(BOOL, 2), (jump,), (), self.here())
        index = self.chance.choice(self.settable)
        return put(index, self.value(self.kinds[index], 3))

    def loop(self, depth: int) -> typed.Statement:
        self.loops += 1
        if self.chance.random() < 0.3:
            body = self.statements(depth)
            end = typed.If(self.value(BOOL, 1), (typed.Break(self.here()),), (), self.here())
            loop: typed.Statement = typed.Forever(self.cost(body), (*body, end), self.here())
        else:
            index = self.new_local(INT)
            start, stop = self.loop_ends()
            step = self.chance.choice([1, 1, 2, -1, -3, 2**62, -(2**63)])
            self.readable.append(index)
            body = self.statements(depth)
            self.readable.remove(index)
            loop = typed.Loop(index, start, stop, step, self.cost(body), body, self.here())
        self.loops -= 1
        return loop

    def cost(self, body: tuple[typed.Statement, ...]) -> int:
        return cost_of(body, [self.callees[site] for site in self.sites])

    def loop_ends(self) -> tuple[typed.Expression, typed.Expression]:
        if self.chance.random() < 0.3:
            return self.value(INT, 1), self.value(INT, 1)
        near = self.chance.choice([0, 0, 2**63 - 5, -(2**63) + 5])
        ends = [near + self.chance.randint(-4, 4) for _ in range(2)]
        return const(ends[0]), const(ends[1])

    def call(self) -> typed.Statement:
        callee = self.chance.randrange(len(self.callees))
        function_ = self.callees[callee]
        arguments = tuple(self.value(function_.locals[index], 2) for index in function_.arguments)
        results: list[int] = []
        for index in function_.results:
            fits = [mine for mine in self.settable if self.kinds[mine] is function_.locals[index]]
            results.append(self.chance.choice(fits))
        self.sites.append(callee)
        site = len(self.sites) - 1
        return typed.Call(site, arguments, tuple(results), self.here())


def _drawn_function(
    chance: Random, callees: list[typed.Function], is_on_bar: bool
) -> typed.Function:
    body = _Body(chance, callees, is_on_bar)
    arguments = tuple(body.new_local(kind) for kind in ([] if is_on_bar else [FLOAT, INT]))
    states = tuple(
        typed.StateSlot(body.new_local(kind), kind, chance.choice(_VALUES[kind]))
        for kind in (FLOAT, INT, BOOL)
    )
    body.settable = list(range(len(body.kinds)))
    body.readable = list(body.settable)
    plain = [body.new_local(kind) for kind in (FLOAT, FLOAT, INT, BOOL)]
    first = tuple(put(index, body.leaf(body.kinds[index])) for index in plain)
    body.settable += plain
    body.readable += plain
    statements = (*first, *body.statements(2))
    closing: tuple[typed.Statement, ...] = (typed.Push(0, local(FLOAT, plain[0]), body.here()),)
    backs = (const(_CAPACITY),)
    return function(
        "on_bar" if is_on_bar else f"f{len(callees)}",
        tuple(body.kinds),
        *statements,
        arguments=arguments,
        results=() if is_on_bar else tuple(plain[1:]),
        states=states,
        windows=tuple(typed.WindowSlot(const(n), body.here()) for n in (2, _CAPACITY)),
        histories=(typed.HistorySlot(backs, is_on_bar), typed.HistorySlot(backs, False)),
        sites=tuple(body.sites),
        closing=closing,
    )


def drawn_program(chance: Random) -> tuple[typed.Program, Placement]:
    """Up to three functions under on_bar, with all kinds of state; outputs: on_bar's locals
    that are numbers and not a loop's."""
    functions: list[typed.Function] = []
    for _ in range(chance.choice([0, 1, 2, 3, 3, 3])):
        functions.append(_drawn_function(chance, functions, is_on_bar=False))
    functions.append(_drawn_function(chance, functions, is_on_bar=True))
    budget = chance.choice([0, 40, 400, 4_000])
    return program(*functions, outputs=(0, 1, 3, 4, 5), params=PARAMS, budget=budget)


def drawn_bars(chance: Random, count: int) -> list[dict[str, float]]:
    names = ("open", "high", "low", "close", "volume")

    def some() -> float:
        return chance.choice(FLOATS) if chance.random() < 0.2 else chance.gauss(0.0, 10.0)

    return [
        {"time": chance.choice([row, row * 60_000_000, chance.choice(INTS)])}
        | {name: some() for name in names}
        for row in range(count)
    ]
