"""The lowered tree: WebAssembly's own structure, before it is bytes.

Frozen. What can trap carries a mark, which says why and for which line of the source.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

SEGMENT = 2**32
FRAME = SEGMENT
ARRAYS = 2 * SEGMENT
"""Addresses from SEGMENT on count from what lies elsewhere for each place where a fragment is
written out: from FRAME its frame, from array_start(n) its nth array."""


def array_start(number: int) -> int:
    return ARRAYS + number * SEGMENT


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
    depth, or a memory access's offset. Beside WebAssembly's own there are window.cells and
    history.mask, of an array by its number: its capacity as an i64, and, less 1, as an i32."""

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


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Fragment:
    """A function's code, whichever its place. locals: by its own numbers, those that are given
    first. results: locals."""

    locals: tuple[Kind, ...]
    results: tuple[int, ...]
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Inlined:
    """A fragment's code, written out here. locals, array: which of the code around its locals and
    its first array are. frame: its address. line: for its marks that have none."""

    fragment: Fragment
    locals: tuple[int, ...]
    frame: int
    array: int
    line: int


Node = Op | Block | Loop | IfElse | TrapIf | Inlined


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Function:
    """`locals` are those after the parameters. name: for people. arrays: offset and capacity of
    each."""

    name: str
    parameters: tuple[Kind, ...]
    results: tuple[Kind, ...]
    locals: tuple[Kind, ...]
    body: tuple[Node, ...]
    arrays: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Module:
    """Exports `memory` of exactly `pages` × 64 KiB, and its last function as `run`; imports
    nothing."""

    functions: tuple[Function, ...]
    pages: int
