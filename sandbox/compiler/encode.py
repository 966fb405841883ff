"""wasm → bytes: the WebAssembly binary format (W3C WebAssembly Core §5)."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from sandbox.compiler.inlined import LOCALS, Context, context_of, depends_on_place
from sandbox.compiler.once import once
from sandbox.compiler.opcodes import INDEXED, MEMORY, PLAIN
from sandbox.compiler.wasm import (
    Block,
    Fragment,
    Function,
    IfElse,
    Inlined,
    Kind,
    Loop,
    Mark,
    Module,
    Node,
    Op,
    TrapIf,
)

_KINDS = {Kind.I32: 0x7F, Kind.I64: 0x7E, Kind.F64: 0x7C}
_NO_RESULT = 0x40
_END = 0x0B
_CANONICAL_NAN = b"\0\0\0\0\0\0\xf8\x7f"

Marks = tuple[tuple[int, Mark], ...]


@dataclass(frozen=True, slots=True)
class Encoded:
    """marks: by the offset, in the module, of the instruction that a trap's frame names: the
    one that trapped, or the call that it is in. Sections put behind the others move none."""

    code: bytes
    marks: Marks


@dataclass(slots=True)
class _Output:
    """Bytes so far, and the marks by their offset in them."""

    data: bytearray = field(default_factory=bytearray)
    marks: list[tuple[int, Mark]] = field(default_factory=list)

    def add(self, *parts: bytes | _Output) -> None:
        for part in parts:
            if isinstance(part, _Output):
                self.marks += [(len(self.data) + at, mark) for at, mark in part.marks]
                self.data += part.data
            else:
                self.data += part


def encode(module: Module) -> Encoded:
    """The same tree gives the same bytes, always."""
    kinds = list(dict.fromkeys(_type(function) for function in module.functions))
    types = [_unsigned(kinds.index(_type(function))) for function in module.functions]
    memory = b"\1" + _unsigned(module.pages) + _unsigned(module.pages)
    run = _unsigned(len(module.functions) - 1)
    exports = [_name("memory") + b"\2\0", _name("run") + b"\0" + run]
    bodies = _Output()
    bodies.add(_unsigned(len(module.functions)), *map(_code, module.functions))
    out = _Output()
    out.add(
        b"\0asm\1\0\0\0",
        section(1, _vector(kinds)),
        section(3, _vector(types)),
        section(5, _vector([memory])),
        section(7, _vector(exports)),
        b"\x0a" + _unsigned(len(bodies.data)),
        bodies,
    )
    return Encoded(bytes(out.data), tuple(out.marks))


def custom_section(name: str, content: bytes) -> bytes:
    """What may be put behind a module's code."""
    return section(0, _name(name) + content)


def section(number: int, content: bytes) -> bytes:
    return bytes([number]) + _unsigned(len(content)) + content


def _type(function: Function) -> bytes:
    sides = (function.parameters, function.results)
    return b"\x60" + b"".join(_vector([bytes([_KINDS[kind]]) for kind in side]) for side in sides)


@once
def _code(function: Function) -> _Output:
    """A function's body behind its size."""
    groups = [(kind, len(list(same))) for kind, same in groupby(function.locals)]
    body = _Output()
    body.add(_vector([_unsigned(n) + bytes([_KINDS[kind]]) for kind, n in groups]))
    _write(_Parts(function.body), context_of(function), body)
    body.data.append(_END)
    sized = _Output()
    sized.add(_unsigned(len(body.data)), body)
    return sized


class _Parts:
    """Code, as much of it as bytes as is the same at every place. pieces: those bytes, with
    nothing for the instructions that are not, which are in locals (the piece's number, name and
    local) and others. steps: the numbers of pieces one behind the other; a mark of what comes
    next; other code."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.pieces: list[bytes] = []
        self.locals: list[tuple[int, str, int]] = []
        self.others: list[tuple[int, Op]] = []
        self.steps: list[list[int] | Mark | Inlined] = []
        self._numbers: dict[bytes | tuple[str, float | None], int] = {}
        self._bytes = bytearray()
        self._row: list[int] = []
        self._add(nodes)
        self._end_row()

    def _add(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            match node:
                case Op():
                    self._op(node)
                case Inlined():
                    self._step(node)
                case Block(body=body) | Loop(body=body):
                    self._bytes += bytes([0x02 if isinstance(node, Block) else 0x03, _NO_RESULT])
                    self._add(body)
                    self._bytes.append(_END)
                case IfElse():
                    result = _NO_RESULT if node.result is None else _KINDS[node.result]
                    self._bytes += bytes([0x04, result])
                    self._add(node.then)
                    if node.otherwise:
                        self._bytes.append(0x05)
                        self._add(node.otherwise)
                    self._bytes.append(_END)
                case TrapIf(mark=mark):
                    self._step(mark)
                    self._bytes += bytes([0x04, _NO_RESULT])
                    self._step(mark)
                    self._bytes += bytes([PLAIN["unreachable"], _END])

    def _op(self, op: Op) -> None:
        if op.mark is not None:
            self._step(op.mark)
        if depends_on_place(op):
            self._end_bytes()
            self._moved(op)
        elif op.name == "f64.const":
            assert op.value is not None
            self._bytes.append(0x44)
            self._bytes += struct.pack("<d", op.value) if op.value == op.value else _CANONICAL_NAN
        else:
            assert not isinstance(op.value, float), op
            self._bytes += _plain(op.name, op.value)

    def _moved(self, op: Op) -> None:
        known = len(self.pieces)
        number = self._piece((op.name, op.value), b"")
        if number == known and op.name in LOCALS:
            assert isinstance(op.value, int), op
            self.locals.append((number, op.name, op.value))
        elif number == known:
            self.others.append((number, op))

    def _piece(self, key: bytes | tuple[str, float | None], piece: bytes) -> int:
        """Its number in the row, which is a new one if the key is."""
        number = self._numbers.setdefault(key, len(self.pieces))
        if number == len(self.pieces):
            self.pieces.append(piece)
        self._row.append(number)
        return number

    def _end_bytes(self) -> None:
        if self._bytes:
            piece = bytes(self._bytes)
            self._piece(piece, piece)
            self._bytes.clear()

    def _end_row(self) -> None:
        self._end_bytes()
        if self._row:
            self.steps.append(self._row)
            self._row = []

    def _step(self, step: Mark | Inlined) -> None:
        self._end_row()
        self.steps.append(step)


@once
def _parts_of(fragment: Fragment) -> _Parts:
    return _Parts(fragment.body)


def _write(parts: _Parts, context: Context, out: _Output) -> None:
    pieces = list(parts.pieces)
    for number, name, local in parts.locals:  # nearly all: context.operand, but for the call
        pieces[number] = _plain(name, context.locals[local])
    for number, op in parts.others:
        pieces[number] = _plain(*context.operand(op))
    for step in parts.steps:
        match step:
            case Mark():
                out.marks.append((len(out.data), context.mark(step)))
            case Inlined():
                _write(_parts_of(step.fragment), context.inside(step), out)
            case numbers:
                out.data += b"".join([pieces[number] for number in numbers])


@lru_cache(maxsize=16_384)
def _plain(name: str, value: int | None) -> bytes:
    """An instruction without a float, of which there are few different ones."""
    if name in PLAIN:
        return bytes([PLAIN[name]])
    assert value is not None, name
    if name in INDEXED:
        return bytes([INDEXED[name]]) + _unsigned(value)
    if name in MEMORY:
        return bytes(MEMORY[name]) + _unsigned(value)
    assert name in ("i32.const", "i64.const"), name
    return bytes([0x41 if name == "i32.const" else 0x42]) + _signed(value)


def _unsigned(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _signed(value: int) -> bytes:
    out = bytearray()
    while not -64 <= value < 64:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)
    return bytes(out)


def _vector(items: list[bytes]) -> bytes:
    return _unsigned(len(items)) + b"".join(items)


def _name(text: str) -> bytes:
    return _unsigned(len(text.encode())) + text.encode()
