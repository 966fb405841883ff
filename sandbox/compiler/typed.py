"""The typed tree: one bar's work, every name resolved, every function typed once.

Built by `check`, given its places by `place`, its meaning by `interpret`, read by `lower`.
Frozen. Expressions have no effect: whatever advances state is a statement, in the order of
the program. So an expression may be evaluated or not, and nothing but a trap tells.

A function's state is its frame: scalars, windows, histories, and the frames of its calls,
one for each place where it calls. A function that is called at two places has two frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sandbox.abi import INPUTS
from sandbox.compiler.syntax import Span


class Type(Enum):
    """UNKNOWN stands for what was reported already; no finished program has it."""

    FLOAT = "float"
    INT = "int"
    BOOL = "bool"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Const:
    type: Type
    value: float | int | bool
    span: Span


@dataclass(frozen=True, slots=True)
class Local:
    type: Type
    index: int
    span: Span


@dataclass(frozen=True, slots=True)
class ParamValue:
    type: Type
    index: int
    span: Span


@dataclass(frozen=True, slots=True)
class FillValue:
    """field: of FILL_FIELDS, which the host sets for a block; a float that is never na."""

    type: Type
    field: str
    span: Span


@dataclass(frozen=True, slots=True)
class BarValue:
    """field: of the program's inputs; in `on_bar` itself only, functions get it as an argument."""

    type: Type
    field: str
    span: Span


@dataclass(frozen=True, slots=True)
class Negate:
    type: Type
    operand: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Not:
    type: Type
    operand: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Both operands are of the node's type; op: + - * of both kinds, / of floats, and of
    whole numbers // % & | ^ << >> >>>, the last three by the lowest six bits of the right."""

    type: Type
    op: str
    left: Expression
    right: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Chain:
    """a < b <= c …: each operand once, left to right, up to the first that is false."""

    type: Type
    ops: tuple[str, ...]
    operands: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Logic:
    type: Type
    op: str
    operands: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Choose:
    type: Type
    test: Expression
    then: Expression
    otherwise: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class History:
    """The float pushed `back` ≥ 1 pushes ago; na where there was no such push."""

    type: Type
    history: int
    back: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class CellRead:
    """A float of a window; traps outside of its capacity."""

    type: Type
    window: int
    index: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class ToFloat:
    """Of a whole number."""

    type: Type
    operand: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class ToInt:
    """Of a float, toward zero; traps on na and outside of 64 bits."""

    type: Type
    operand: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Builtin:
    """name: 'abs', 'floor', 'ceil', 'trunc', 'nearest' (ties to even), 'sqrt', 'isna', 'bits'
    (IEEE 754 of a float as a whole number, na as the canonical NaN), 'from_bits' (one
    operand), 'min', 'max', 'copysign' (two; na if either is)."""

    type: Type
    name: str
    operands: tuple[Expression, ...]
    span: Span


Expression = (
    Const
    | Local
    | ParamValue
    | FillValue
    | BarValue
    | Negate
    | Not
    | Arithmetic
    | Chain
    | Logic
    | Choose
    | History
    | CellRead
    | ToFloat
    | ToInt
    | Builtin
)


@dataclass(frozen=True, slots=True)
class SetLocal:
    index: int
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """Runs a function of the program on the frame of this place.

    site: which of the caller's calls it is, from 0 in the order of the source: the caller's
    `sites` say which function that is.
    results: the caller's locals that get the function's results.
    """

    site: int
    arguments: tuple[Expression, ...]
    results: tuple[int, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class If:
    test: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Loop:
    """local goes from start by step ≠ 0 up to, not including, stop; start and stop are
    evaluated once. Each round takes `cost` from the bar's budget. The body never sets it."""

    local: int
    start: Expression
    stop: Expression
    step: int
    cost: int
    body: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Forever:
    """Rounds until Break or Leave; each takes `cost` from the bar's budget."""

    cost: int
    body: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Break:
    """Ends the innermost loop."""

    span: Span


@dataclass(frozen=True, slots=True)
class Continue:
    """Ends this round of the innermost loop."""

    span: Span


@dataclass(frozen=True, slots=True)
class Leave:
    """Ends the function's body; its closing still runs."""

    span: Span


@dataclass(frozen=True, slots=True)
class CellWrite:
    """Traps outside of the window's capacity."""

    window: int
    index: Expression
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Push:
    """The history's next value, a float."""

    history: int
    value: Expression
    span: Span


Statement = SetLocal | Call | If | Loop | Forever | Break | Continue | Leave | CellWrite | Push


@dataclass(frozen=True, slots=True)
class Param:
    name: str
    type: Type
    default: float | int | bool
    low: float | int | None
    high: float | int | None
    step: float | int | None
    title: str | None


@dataclass(frozen=True, slots=True)
class StateSlot:
    """A scalar of the frame. Its local holds it from the function's start on; what the local
    holds when the function ends is kept."""

    local: int
    type: Type
    initial: float | int | bool


@dataclass(frozen=True, slots=True)
class WindowSlot:
    """Float cells, na at first; as many as `length` can at most be."""

    length: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class HistorySlot:
    """The last values that were pushed, as many as the largest of `backs` can be.

    by_bar: pushed once at every bar by on_bar itself, so that it needs no count of its own.
    """

    backs: tuple[Expression, ...]
    by_bar: bool


@dataclass(frozen=True, slots=True)
class Bounds:
    """A whole-number local that never leaves [low's least, high's largest] value."""

    local: int
    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Function:
    """Equal to none but itself: the stdlib's are the same ones in every program of a process, so
    that what follows from one is found out once.

    name, and names of the locals: for people. arguments: locals, filled by the caller in
    this order. lengths: those of them that are lengths, so from 1 to the cap. bounds: in an
    order in which each needs only earlier ones. sites: the function that each call site calls.
    closing: runs whenever the body has ended. results: locals. cost: of one call without the
    rounds of its loops, calls included.
    """

    name: str
    arguments: tuple[int, ...]
    lengths: frozenset[int]
    locals: tuple[Type, ...]
    names: tuple[str, ...]
    states: tuple[StateSlot, ...]
    windows: tuple[WindowSlot, ...]
    histories: tuple[HistorySlot, ...]
    bounds: tuple[Bounds, ...]
    sites: tuple[Function, ...]
    body: tuple[Statement, ...]
    closing: tuple[Statement, ...]
    results: tuple[int, ...]
    cost: int
    span: Span


@dataclass(frozen=True, slots=True)
class Output:
    """A column that on_bar fills from one of its locals (float or int), at each bar, or only
    at those where the local `when` is not 0.0: at the others it holds what was there."""

    name: str
    local: int
    when: int | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """functions: each after those that it calls; the last is on_bar. alerts: messages, by bit.
    inputs: of a bar, in their order in the table. common: the function whose scalars all blocks
    share, each 0 at first; it is called once.
    """

    docstring: str
    params: tuple[Param, ...]
    functions: tuple[Function, ...]
    outputs: tuple[Output, ...]
    plots: tuple[str, ...]
    alerts: tuple[str, ...]
    bar_budget: int
    inputs: tuple[str, ...] = INPUTS
    common: Function | None = None

    @property
    def on_bar(self) -> Function:
        return self.functions[-1]
