"""What the checker knows while it walks: names, slots, the place in the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.compiler import syntax, typed
from sandbox.compiler.build import unknown
from sandbox.compiler.limits import Limits
from sandbox.compiler.report import Report
from sandbox.compiler.slots import Slots
from sandbox.compiler.syntax import Span
from sandbox.compiler.typed import Type


@dataclass(frozen=True, slots=True)
class RingName:
    """A library function's name for a ring of its own."""

    ring: int


Meaning = typed.Expression | RingName


@dataclass(slots=True)
class Frame:
    """The names of one function body. call: where user code called it, None in user code.

    assigned: locals that have a value wherever the walk is now.
    """

    call: Span | None = None
    names: dict[str, Meaning] = field(default_factory=dict)
    variables: set[str] = field(default_factory=set)
    assigned: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)


class Scope:
    """The state that the parts of the checker share.

    emitted: the statement list being filled. conditional: how the walk got to a place that
    is not reached at every bar, or None.
    """

    def __init__(
        self, library: Mapping[str, syntax.Function], limits: Limits, report: Report
    ) -> None:
        self.library = library
        self.limits = limits
        self.report = report
        self.slots = Slots()
        self.frame = Frame()
        self.emitted: list[typed.Statement] = []
        self.conditional: str | None = None
        self.plots: list[str] = []
        self.uses_score = False
        self.calls = 0
        self.typed_nodes = 0
        self.ring_writes_max = 0
        self.loop_rounds_max = 1
        self.exhausted = False
        self.last_values: dict[str, Span] = {}

    def place(self, node: syntax.Node) -> Span:
        """Where to point: the user's call for what library code contains."""
        return self.frame.call or node.span

    def refuse(self, node: syntax.Node, code: str, message: str, remedy: str) -> typed.Expression:
        """Reports, and stands for the value that could not be made."""
        span = self.place(node)
        self.report.add(span, code, message, remedy)
        return unknown(span)

    def counted(self, node: syntax.Node) -> None:
        """Counts a typed node; beyond the cap the walk stops making more of them."""
        self.typed_nodes += 1
        if self.typed_nodes > self.limits.typed_nodes_max and not self.exhausted:
            self.exhausted = True
            self.refuse(
                node,
                "strategy-too-large",
                f"With its indicators the strategy has more than"
                f" {self.limits.typed_nodes_max:,} operations a bar.",
                "Use fewer indicators, or split it into several strategies.",
            )

    def emit(self, statement: typed.Statement) -> None:
        self.emitted.append(statement)

    def set_new_local(self, value: typed.Expression) -> typed.Local:
        """Keeps a value in a fresh local, from here to the end of the bar."""
        index = self.slots.new_local(value.type)
        self.emit(typed.SetLocal(index, value, value.span))
        return typed.Local(value.type, index, value.span)

    def check_state_size(self, node: syntax.Node) -> None:
        total = self.slots.state_bytes + self.slots.history_bytes
        if total > self.limits.state_bytes_max and not self.exhausted:
            self.exhausted = True
            self.refuse(
                node,
                "state-too-large",
                f"The strategy keeps more than {self.limits.state_bytes_max:,} bytes a series.",
                "Use shorter lengths, a smaller high= on params, or fewer indicators.",
            )

    def is_unknown(self, *values: typed.Expression) -> bool:
        return any(value.type is Type.UNKNOWN for value in values)
