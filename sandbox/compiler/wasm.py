"""The lowered tree: WebAssembly's own structure, before it is bytes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """A value's type."""

    I32 = "i32"
    I64 = "i64"
    F64 = "f64"


@dataclass(frozen=True, slots=True)
class Op:
    """One plain instruction. value: a local's index, a constant, a branch's depth, or a
    memory access's offset."""

    name: str
    value: int | float | None = None


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


Node = Op | Block | Loop | IfElse


@dataclass(frozen=True, slots=True)
class Function:
    """run(first: i32, last: i32), no result; `locals` are those after the two parameters."""

    locals: tuple[Kind, ...]
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """Exports `memory` of exactly `pages` × 64 KiB and `run`; imports nothing."""

    function: Function
    pages: int
    metadata: bytes
