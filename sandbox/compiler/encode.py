"""wasm → bytes: the WebAssembly binary format (W3C WebAssembly Core §5)."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from sandbox.compiler.once import once
from sandbox.compiler.opcodes import INDEXED, MEMORY, PLAIN
from sandbox.compiler.wasm import (
    Block,
    Function,
    IfElse,
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
    _body(function.body, body)
    body.data.append(_END)
    sized = _Output()
    sized.add(_unsigned(len(body.data)), body)
    return sized


def _body(nodes: Iterable[Node], out: _Output) -> None:
    for node in nodes:
        match node:
            case Op():
                _op(node, out)
            case Block(body=body) | Loop(body=body):
                out.data += bytes([0x02 if isinstance(node, Block) else 0x03, _NO_RESULT])
                _body(body, out)
                out.data.append(_END)
            case IfElse():
                result = _NO_RESULT if node.result is None else _KINDS[node.result]
                out.data += bytes([0x04, result])
                _body(node.then, out)
                if node.otherwise:
                    out.data.append(0x05)
                    _body(node.otherwise, out)
                out.data.append(_END)
            case TrapIf(mark=mark):
                at = len(out.data)
                out.marks += [(at, mark), (at + 2, mark)]
                out.data += bytes([0x04, _NO_RESULT, PLAIN["unreachable"], _END])


def _op(op: Op, out: _Output) -> None:
    if op.mark is not None:
        out.marks.append((len(out.data), op.mark))
    if op.name == "f64.const":
        assert op.value is not None
        out.data.append(0x44)
        out.data += struct.pack("<d", op.value) if op.value == op.value else _CANONICAL_NAN
    else:
        assert not isinstance(op.value, float), op
        out.data += _plain(op.name, op.value)


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
