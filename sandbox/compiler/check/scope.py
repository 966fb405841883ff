"""What the parts of the checker share: the function being typed, and the program so far."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sandbox.compiler import syntax, typed
from sandbox.compiler.check import build
from sandbox.compiler.check.build import unknown
from sandbox.compiler.library import Functions
from sandbox.compiler.limits import Limits
from sandbox.compiler.report import Report
from sandbox.compiler.syntax import Span
from sandbox.compiler.typed import Type

BAR_FIELDS = ("open", "high", "low", "close", "volume", "time")
NOWHERE = Span(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class WindowName:
    """A name for a window of the function."""

    window: int


@dataclass(frozen=True, slots=True)
class BarName:
    """A name for the bar."""


@dataclass(frozen=True, slots=True)
class TimeframeName:
    """A name for a higher timeframe, such as 1w."""

    interval: str


Meaning = typed.Expression | WindowName | BarName | TimeframeName


@dataclass(slots=True)
class Body:
    """A function being typed.

    assigned: names that have a value wherever the walk is now. emitted: the statement list
    being filled. Where the walk is at a place that not every bar reaches, `conditional` says
    what leads there, `steady` is the list that runs at every bar just before, and `changed`
    has the names that were assigned since; guard: the same within an expression, whose calls
    run before it all the same. single: names that one statement sets. counters:
    of loops. bar_fields: the arguments that carry the bar's fields. ranged: arguments whose
    range every caller knows; sure: those that are never na. pasts: histories, by what they are
    of; kept: the locals of those that a name is for. ends: of each return, the names that have
    a value there.
    clocks: of locals that change with a higher timeframe only, the timeframe; ticked: of
    histories. timeframes: the results of their machinery.
    """

    name: str
    is_library: bool = False
    names: dict[str, Meaning] = field(default_factory=dict)
    variables: set[str] = field(default_factory=set)
    assigned: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    single: set[str] = field(default_factory=set)
    counters: set[str] = field(default_factory=set)
    arguments: list[int] = field(default_factory=list)
    lengths: set[int] = field(default_factory=set)
    ranged: set[int] = field(default_factory=set)
    sure: set[int] = field(default_factory=set)
    bar_fields: dict[str, typed.Local] = field(default_factory=dict)
    locals: list[Type] = field(default_factory=list)
    states: list[typed.StateSlot] = field(default_factory=list)
    windows: list[typed.WindowSlot] = field(default_factory=list)
    histories: list[typed.HistorySlot] = field(default_factory=list)
    pasts: dict[str, int] = field(default_factory=dict)
    bounds: list[typed.Bounds] = field(default_factory=list)
    sites: list[typed.Function] = field(default_factory=list)
    preamble: list[typed.Statement] = field(default_factory=list)
    emitted: list[typed.Statement] = field(default_factory=list)
    closing: list[typed.Statement] = field(default_factory=list)
    results: list[int] | None = None
    reachable: bool = True
    loops: int = 0
    conditional: str | None = None
    guard: str | None = None
    steady: list[typed.Statement] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    clocks: dict[int, str | None] = field(default_factory=dict)
    ticked: dict[int, str] = field(default_factory=dict)
    timeframes: dict[str, dict[str, typed.Expression]] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)
    ends: list[set[str]] = field(default_factory=list)

    @property
    def is_on_bar(self) -> bool:
        return self.name == "on_bar"


class Scope:
    """The state that the parts of the checker share. helpers: the strategy's own functions.
    functions: each after those that it calls, and which bar fields it gets. stateful: by name, as
    far as known. uncallable: helpers that were reported, and are left alone."""

    def __init__(self, library: Functions, limits: Limits, report: Report) -> None:
        self.library = library
        self.limits = limits
        self.report = report
        self.helpers: dict[str, syntax.Function] = {}
        self.params: list[typed.Param] = []
        self.functions: dict[typed.Function, tuple[str, ...]] = {}
        self.stateful: dict[str, bool] = {}
        self.uncallable: frozenset[str] = frozenset()
        self.body = Body("on_bar")
        self.typed_nodes = 0
        self.exhausted = False

    def place(self, node: syntax.Node) -> Span:
        """Where to point; library code has no place in the user's source."""
        return NOWHERE if self.body.is_library else node.span

    def refuse(self, node: syntax.Node, code: str, message: str, remedy: str) -> typed.Expression:
        """Reports, and stands for the value that could not be made."""
        assert not self.body.is_library, (self.body.name, node.span, message)
        self.report.add(node.span, code, message, remedy)
        return unknown(node.span)

    def counted(self, node: syntax.Node) -> None:
        """Counts a node of the user's."""
        if not self.body.is_library:
            self.count(1, node.span)

    def count(self, nodes: int, span: Span) -> None:
        """Counts typed nodes; beyond the cap the walk stops making more of them."""
        self.typed_nodes += nodes
        if self.typed_nodes > self.limits.typed_nodes_max and not self.exhausted:
            self.exhausted = True
            self.report.add(
                span,
                "strategy-too-large",
                f"The strategy and the functions it uses have more than"
                f" {self.limits.typed_nodes_max:,} operations.",
                "Use fewer indicators, or split it into several strategies.",
            )

    def emit(self, statement: typed.Statement) -> None:
        self.body.emitted.append(statement)

    def new_local(self, kind: Type) -> int:
        self.body.locals.append(kind)
        return len(self.body.locals) - 1

    def set_new_local(self, value: typed.Expression) -> typed.Local:
        """Keeps a value in a fresh local, from here to the end of the function."""
        index = self.new_local(value.type)
        self.emit(typed.SetLocal(index, value, value.span))
        self.body.clocks[index] = self.clock(value)
        return typed.Local(value.type, index, value.span)

    def new_state(self, kind: Type, initial: float | int | bool) -> typed.Local:
        """A local that keeps its value from bar to bar."""
        local = self.new_local(kind)
        self.body.states.append(typed.StateSlot(local, kind, initial))
        return typed.Local(kind, local, NOWHERE)

    @contextmanager
    def conditionally(self, reason: str) -> Iterator[None]:
        """Within, statements may not be reached at every bar; `steadily` gets before them."""
        body = self.body
        if body.conditional is not None:
            yield
            return
        outer = body.emitted
        body.emitted, body.steady, body.changed, body.conditional = [], [], set(), reason
        yield
        outer.extend(body.steady)
        outer.extend(body.emitted)
        body.emitted, body.conditional = outer, None

    @contextmanager
    def steadily(self) -> Iterator[None]:
        """Within, statements run at every bar, in the order of the program."""
        body = self.body
        if body.conditional is None:
            yield
            return
        inner, reason, steady = body.emitted, body.conditional, body.steady
        body.emitted, body.conditional = steady, None
        yield
        body.emitted, body.conditional, body.steady = inner, reason, steady

    @contextmanager
    def guarded(self, reason: str) -> Iterator[None]:
        """Within, what an expression says may not be asked for."""
        outer, self.body.guard = self.body.guard, self.body.guard or reason
        yield
        self.body.guard = outer

    @contextmanager
    def first(self) -> Iterator[None]:
        """Within, statements run before all others of the function."""
        body = self.body
        outer = body.emitted, body.conditional
        body.emitted, body.conditional = body.preamble, None
        yield
        body.emitted, body.conditional = outer

    def bounded(self) -> dict[int, tuple[int, int]]:
        """The locals with a known range, each with one that stands for it."""
        bounds = {bound.local: (1, 1) for bound in self.body.bounds}
        return bounds | dict.fromkeys(self.body.lengths | self.body.ranged, (1, 1))

    def is_sure(self, value: typed.Expression) -> bool:
        """Whether a float is never na; a bar's fields are numbers, whoever sends them."""
        match value:
            case typed.BarValue() | typed.FillValue() | typed.ToFloat():
                return True
            case typed.Const(value=number):
                return number == number
            case typed.Local(index=index):
                return index in self.body.sure
        return False

    # higher timeframes

    def clock(self, value: typed.Expression) -> str | None:
        """The timeframe at whose closes the value changes; None for every bar, '' for never."""
        found = {""}
        stack = [value]
        while stack:
            node = stack.pop()
            match node:
                case typed.BarValue() | typed.History() | typed.CellRead():
                    if not (isinstance(node, typed.History) and node.history in self.body.ticked):
                        return None
                    found.add(self.body.ticked[node.history])
                case typed.Local(index=index):
                    known = self.body.clocks.get(index, None)
                    if known is None:
                        return None
                    found.add(known)
            stack.extend(build.operands(node))
        found.discard("")
        return None if len(found) > 1 else found.pop() if found else ""

    def is_unknown(self, *values: typed.Expression) -> bool:
        return any(value.type is Type.UNKNOWN for value in values)
