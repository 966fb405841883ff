"""wasm → bytes: the WebAssembly 1.0 binary format (W3C WebAssembly Core §5)."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from itertools import groupby

from sandbox.compiler.wasm import Block, Function, IfElse, Kind, Loop, Module, Node, Op
from sandbox.metadata import SECTION

_KINDS = {Kind.I32: 0x7F, Kind.I64: 0x7E, Kind.F64: 0x7C}
_NO_RESULT = 0x40
_CANONICAL_NAN = b"\0\0\0\0\0\0\xf8\x7f"

PLAIN = {
    "unreachable": 0x00,
    "select": 0x1B,
    "i32.eqz": 0x45,
    "i32.eq": 0x46,
    "i32.ne": 0x47,
    "i32.lt_s": 0x48,
    "i32.ge_s": 0x4E,
    "i64.eqz": 0x50,
    "i64.eq": 0x51,
    "i64.ne": 0x52,
    "i64.lt_s": 0x53,
    "i64.gt_s": 0x55,
    "i64.le_s": 0x57,
    "i64.ge_s": 0x59,
    "i64.ge_u": 0x5A,
    "f64.eq": 0x61,
    "f64.ne": 0x62,
    "f64.lt": 0x63,
    "f64.gt": 0x64,
    "f64.le": 0x65,
    "f64.ge": 0x66,
    "i32.add": 0x6A,
    "i32.sub": 0x6B,
    "i32.mul": 0x6C,
    "i32.and": 0x71,
    "i32.or": 0x72,
    "i32.shl": 0x74,
    "i64.add": 0x7C,
    "i64.sub": 0x7D,
    "i64.mul": 0x7E,
    "i64.div_s": 0x7F,
    "i64.rem_s": 0x81,
    "i64.xor": 0x85,
    "f64.abs": 0x99,
    "f64.neg": 0x9A,
    "f64.floor": 0x9C,
    "f64.sqrt": 0x9F,
    "f64.add": 0xA0,
    "f64.sub": 0xA1,
    "f64.mul": 0xA2,
    "f64.div": 0xA3,
    "f64.min": 0xA4,
    "f64.max": 0xA5,
    "i32.wrap_i64": 0xA7,
    "f64.convert_i64_s": 0xB9,
}
INDEXED = {"br": 0x0C, "br_if": 0x0D, "local.get": 0x20, "local.set": 0x21, "local.tee": 0x22}
# opcode and the log2 of the natural alignment
MEMORY = {
    "i32.load": (0x28, 2),
    "i64.load": (0x29, 3),
    "f64.load": (0x2B, 3),
    "i32.store": (0x36, 2),
    "i64.store": (0x37, 3),
    "f64.store": (0x39, 3),
    "i32.store8": (0x3A, 0),
}


def encode(module: Module) -> bytes:
    """The same tree gives the same bytes, always."""
    parameters = _vector([bytes([_KINDS[Kind.I32]])] * 2)
    memory = b"\1" + _unsigned(module.pages) + _unsigned(module.pages)
    exports = [_name("memory") + b"\2\0", _name("run") + b"\0\0"]
    code = _code(module.function)
    return b"\0asm\1\0\0\0" + b"".join(
        (
            _section(1, _vector([b"\x60" + parameters + _vector([])])),
            _section(3, _vector([_unsigned(0)])),
            _section(5, _vector([memory])),
            _section(7, _vector(exports)),
            _section(10, _vector([_unsigned(len(code)) + code])),
            _section(0, _name(SECTION) + module.metadata),
        )
    )


def _code(function: Function) -> bytes:
    groups = [(kind, len(list(same))) for kind, same in groupby(function.locals)]
    out = bytearray(_vector([_unsigned(n) + bytes([_KINDS[kind]]) for kind, n in groups]))
    _body(function.body, out)
    out.append(0x0B)
    return bytes(out)


def _body(nodes: Iterable[Node], out: bytearray) -> None:
    for node in nodes:
        match node:
            case Op():
                _op(node, out)
            case Block(body=body) | Loop(body=body):
                out += bytes([0x02 if isinstance(node, Block) else 0x03, _NO_RESULT])
                _body(body, out)
                out.append(0x0B)
            case IfElse():
                out += bytes([0x04, _NO_RESULT if node.result is None else _KINDS[node.result]])
                _body(node.then, out)
                if node.otherwise:
                    out.append(0x05)
                    _body(node.otherwise, out)
                out.append(0x0B)


def _op(op: Op, out: bytearray) -> None:
    name, value = op.name, op.value
    if name in PLAIN:
        out.append(PLAIN[name])
    elif name in INDEXED:
        assert isinstance(value, int)
        out.append(INDEXED[name])
        out += _unsigned(value)
    elif name in MEMORY:
        assert isinstance(value, int)
        code, alignment = MEMORY[name]
        out += bytes([code, alignment]) + _unsigned(value)
    elif name == "f64.const":
        assert value is not None
        out.append(0x44)
        out += struct.pack("<d", value) if value == value else _CANONICAL_NAN
    else:
        assert name in ("i32.const", "i64.const") and isinstance(value, int), op
        out.append(0x41 if name == "i32.const" else 0x42)
        out += _signed(value)


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


def _section(number: int, content: bytes) -> bytes:
    return bytes([number]) + _unsigned(len(content)) + content
