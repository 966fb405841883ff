"""The typed tree: one bar's work, every name resolved, every library call inlined.

Built by `check`, given its meaning by `interpret`, read by `lower`. Frozen. Expressions
have no effect: whatever advances state is a statement, in the order of the program. So
an expression may be evaluated or not, and nothing but a trap tells the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

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
class BarValue:
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
    """Both operands are of the node's type."""

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
    """The series' value `back` ≥ 1 bars ago; na where there was no such bar."""

    type: Type
    history: int
    back: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class RingRead:
    type: Type
    ring: int
    index: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class ToFloat:
    type: Type
    operand: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Builtin:
    """name: 'abs', 'floor', 'sqrt', 'isna' (one operand), 'min', 'max' (two)."""

    type: Type
    name: str
    operands: tuple[Expression, ...]
    span: Span


Expression = (
    Const
    | Local
    | ParamValue
    | BarValue
    | Negate
    | Not
    | Arithmetic
    | Chain
    | Logic
    | Choose
    | History
    | RingRead
    | ToFloat
    | Builtin
)


@dataclass(frozen=True, slots=True)
class SetLocal:
    index: int
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class LoadState:
    """Puts a state slot into its local; what the local holds at the end of the bar is kept."""

    state: int
    span: Span


@dataclass(frozen=True, slots=True)
class If:
    test: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Loop:
    """local counts from 0 to below count; each round takes `cost` from the bar's budget."""

    local: int
    count: Expression
    cost: int
    body: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class RingWrite:
    ring: int
    index: Expression
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Signal:
    """code: 1 enter_long, 2 enter_short, 3 exit; the bar's last one counts."""

    code: int
    size: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Plot:
    plot: int
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Score:
    value: Expression
    span: Span


Statement = SetLocal | LoadState | If | Loop | RingWrite | Signal | Plot | Score


@dataclass(frozen=True, slots=True)
class Param:
    """offset: of its 8 bytes in the block; a float, or a whole number for int and bool."""

    name: str
    type: Type
    default: float | int | bool
    low: float | int | None
    high: float | int | None
    step: float | int | None
    title: str | None
    offset: int


@dataclass(frozen=True, slots=True)
class StateSlot:
    offset: int
    type: Type
    local: int
    initial: float | int | bool


@dataclass(frozen=True, slots=True)
class RingSlot:
    """capacity floats, na at first."""

    offset: int
    capacity: int


@dataclass(frozen=True, slots=True)
class HistorySlot:
    """The last `capacity` values of `source`, a power of two; cell (bar & (capacity - 1))."""

    offset: int
    capacity: int
    source: Expression


@dataclass(frozen=True, slots=True)
class Program:
    """state_bytes: of one block. ring_writes_max: in one bar. The first 8 bytes of a block
    count its bars."""

    docstring: str
    params: tuple[Param, ...]
    locals: tuple[Type, ...]
    states: tuple[StateSlot, ...]
    rings: tuple[RingSlot, ...]
    histories: tuple[HistorySlot, ...]
    plots: tuple[str, ...]
    uses_score: bool
    body: tuple[Statement, ...]
    state_bytes: int
    ring_writes_max: int
    bar_budget: int
