"""The lowered tree: WebAssembly's own structure, before it is bytes.

Frozen. What can trap carries a mark, which says why and for which line of the source.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """A value's type."""

    I32 = "i32"
    I64 = "i64"
    F64 = "f64"


class Reason(Enum):
    """What a trap at an instruction means; CALL: ask the frame that was called."""

    BUDGET = "budget"
    WINDOW = "window"
    DIVISION = "division"
    CONVERSION = "conversion"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Mark:
    """line: of the source, from 1; 0 where the code is no line of the user's."""

    reason: Reason
    line: int


@dataclass(frozen=True, slots=True)
class Op:
    """One plain instruction. value: a local's or function's index, a constant, a branch's
    depth, or a memory access's offset."""

    name: str
    value: int | float | None = None
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A branch to it goes to its end."""

    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """A branch to it goes to its beginning."""

    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class IfElse:
    """Takes an i32; result: what both sides leave, or None."""

    result: Kind | None
    then: tuple[Node, ...]
    otherwise: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class TrapIf:
    """Takes an i32; traps unless it is 0. A node of its own, since an engine may report
    either of the two instructions that it becomes as the one that trapped."""

    mark: Mark


Node = Op | Block | Loop | IfElse | TrapIf


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Function:
    """`locals` are those after the parameters. name: for people."""

    name: str
    parameters: tuple[Kind, ...]
    results: tuple[Kind, ...]
    locals: tuple[Kind, ...]
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """Exports `memory` of exactly `pages` × 64 KiB, and its last function as `run`; imports
    nothing."""

    functions: tuple[Function, ...]
    pages: int
