"""The syntax tree: what a source says, in the language's own terms, before any typing.

Frozen; every node carries the span of source that it came from. `parse` builds it and
`check` reads it. Library functions (the stdlib) use the same tree with a few statements
more: State, Ring, StoreItem, For, Return.
"""

from __future__ import annotations

from dataclasses import dataclass

BAR_FIELDS = ("open", "high", "low", "close", "volume", "time")


@dataclass(frozen=True, slots=True)
class Span:
    """From (line, column) up to, not including, (end_line, end_column); all from 1."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Node:
    span: Span


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A float, int or bool as written; na is a Name."""

    value: float | int | bool


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A string, which only names things."""

    value: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    id: str


@dataclass(frozen=True, slots=True)
class BarField(Node):
    field: str


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """op: '-' or 'not'."""

    op: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """op: '+', '-', '*', '/', '//' or '%'."""

    op: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """operands[0] ops[0] operands[1] ops[1] …; ops of '<', '<=', '>', '>=', '==', '!='."""

    ops: tuple[str, ...]
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """op: 'and' or 'or', over two or more operands."""

    op: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    test: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Item(Node):
    """x[k]: history of a series, or an element of a ring in library code."""

    series: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Call(Node):
    """function: 'ta.ema', 'math.sqrt', 'min', 'enter_long', …"""

    function: str
    arguments: tuple[Expression, ...]
    keywords: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Bad(Node):
    """Stands for an expression that was reported already."""


Expression = (
    Constant
    | Text
    | Name
    | BarField
    | Unary
    | Binary
    | Compare
    | Logic
    | Conditional
    | Item
    | Call
    | Bad
)


@dataclass(frozen=True, slots=True)
class Assign(Node):
    """One target, or several that unpack a call's results."""

    targets: tuple[Name, ...]
    value: Expression


@dataclass(frozen=True, slots=True)
class Evaluate(Node):
    """A call for its effect: enter_long(), plot(…), score(…)."""

    call: Expression


@dataclass(frozen=True, slots=True)
class If(Node):
    test: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class State(Node):
    """name = state(initial): a scalar that lives from bar to bar."""

    name: str
    initial: Expression


@dataclass(frozen=True, slots=True)
class Ring(Node):
    """name = ring(length): float cells that live from bar to bar, na at first."""

    name: str
    length: Expression


@dataclass(frozen=True, slots=True)
class StoreItem(Node):
    ring: Name
    index: Expression
    value: Expression


@dataclass(frozen=True, slots=True)
class For(Node):
    """for variable in range(count), counting from 0."""

    variable: str
    count: Expression
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Return(Node):
    """The last statement of a library function, and only there."""

    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class BadStatement(Node):
    """Stands for a statement that was reported already, and the names it would bind."""

    names: frozenset[str]


Statement = Assign | Evaluate | If | State | Ring | StoreItem | For | Return | BadStatement


@dataclass(frozen=True, slots=True)
class Param(Node):
    """name = param(default, low=, high=, step=, name=title) at the top level."""

    name: str
    default: float | int | bool
    low: float | int | None
    high: float | int | None
    step: float | int | None
    title: str | None


@dataclass(frozen=True, slots=True)
class Strategy(Node):
    """bad_names: what rejected top-level statements would have bound."""

    docstring: str
    params: tuple[Param, ...]
    body: tuple[Statement, ...]
    bad_names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """kind: 'float', 'int' or 'Length' (a whole number ≥ 1 whose largest value is known)."""

    name: str
    kind: str
    default: float | int | None


@dataclass(frozen=True, slots=True)
class Function(Node):
    """A library function."""

    name: str
    docstring: str
    arguments: tuple[Argument, ...]
    body: tuple[Statement, ...]
