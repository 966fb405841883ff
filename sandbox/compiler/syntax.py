"""The syntax tree: what a source says, in the language's own terms, before any typing.

Frozen; every node carries the span of source that it came from. `parse` builds it and
`check` reads it. Strategies and library functions (the stdlib) are the same tree.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Any

_LEAVES = ("Span", "str", "int", "float | int | bool", "tuple[str, ...]", "frozenset[str]")


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
class Field(Node):
    """owner.name: of a bar, the position, math, or a higher timeframe."""

    owner: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """op: '-' or 'not'."""

    op: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """op: '+', '-', '*', '/', '//', '%' or '**'."""

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
    """x[k]: history of a series, or a cell of a window."""

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
    | Field
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
class Window(Node):
    """name = window(length): float cells that live from bar to bar, na at first."""

    name: str
    length: Expression


@dataclass(frozen=True, slots=True)
class StoreItem(Node):
    window: Name
    index: Expression
    value: Expression


@dataclass(frozen=True, slots=True)
class For(Node):
    """for variable in range(start, stop, step)."""

    variable: str
    start: Expression
    stop: Expression
    step: int
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class While(Node):
    test: Expression
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Break(Node):
    pass


@dataclass(frozen=True, slots=True)
class Continue(Node):
    pass


@dataclass(frozen=True, slots=True)
class Return(Node):
    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class BadStatement(Node):
    """Stands for a statement that was reported already, and the names it would bind."""

    names: frozenset[str]


Statement = (
    Assign
    | Evaluate
    | If
    | State
    | Window
    | StoreItem
    | For
    | While
    | Break
    | Continue
    | Return
    | BadStatement
)


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
class Argument(Node):
    """kind: 'float', 'int', 'bool', 'Length' (a whole number ≥ 1 whose largest value is known),
    'Choice' (a whole number known at compile time), 'Bar', or '' for whatever it is given."""

    name: str
    kind: str
    default: float | int | bool | None


@dataclass(frozen=True, slots=True)
class Function(Node):
    """A helper of a strategy, or a library function."""

    name: str
    docstring: str
    arguments: tuple[Argument, ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Strategy(Node):
    """constants: names for numbers, at the top level. bad_names: what rejected top-level
    statements would have bound."""

    docstring: str
    params: tuple[Param, ...]
    constants: tuple[tuple[Name, Constant], ...]
    functions: tuple[Function, ...]
    body: tuple[Statement, ...]
    bad_names: frozenset[str]


@cache
def _below(kind: Any) -> tuple[str, ...]:
    """The fields of a class that may hold nodes."""
    return tuple(field.name for field in fields(kind) if field.type not in _LEAVES)


def names_in(tree: Node) -> set[str]:
    """Every name that an expression or statement mentions."""
    found, stack = set(), [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Name):
            found.add(node.id)
        stack.extend(children(node))
    return found


def children(node: Node) -> list[Node]:
    """The nodes right below, in the order of the source."""
    below: list[Node] = []
    kind: Any = type(node)
    for name in _below(kind):
        value = getattr(node, name)
        if isinstance(value, Node):
            below.append(value)
        elif isinstance(value, tuple):
            for item in value:
                if isinstance(item, Node):
                    below.append(item)
                elif isinstance(item, tuple):  # a keyword and its value
                    below.append(item[1])
    return below
