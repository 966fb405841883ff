"""The instructions that we use, by their names in the text format (W3C WebAssembly Core §5.4)."""

from __future__ import annotations

from types import MappingProxyType

# no immediate
PLAIN = MappingProxyType(
    {
        "unreachable": 0x00,
        "select": 0x1B,
        "i32.eqz": 0x45,
        "i32.eq": 0x46,
        "i32.ne": 0x47,
        "i32.ge_s": 0x4E,
        "i32.lt_s": 0x48,
        "i64.eq": 0x51,
        "i64.ne": 0x52,
        "i64.lt_s": 0x53,
        "i64.gt_s": 0x55,
        "i64.le_s": 0x57,
        "i64.le_u": 0x58,
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
        "i32.and": 0x71,
        "i32.or": 0x72,
        "i32.shl": 0x74,
        "i32.shr_u": 0x76,
        "i64.add": 0x7C,
        "i64.sub": 0x7D,
        "i64.mul": 0x7E,
        "i64.div_s": 0x7F,
        "i64.rem_s": 0x81,
        "i64.and": 0x83,
        "i64.or": 0x84,
        "i64.xor": 0x85,
        "i64.shl": 0x86,
        "i64.shr_s": 0x87,
        "i64.shr_u": 0x88,
        "f64.abs": 0x99,
        "f64.neg": 0x9A,
        "f64.ceil": 0x9B,
        "f64.floor": 0x9C,
        "f64.trunc": 0x9D,
        "f64.nearest": 0x9E,
        "f64.sqrt": 0x9F,
        "f64.add": 0xA0,
        "f64.sub": 0xA1,
        "f64.mul": 0xA2,
        "f64.div": 0xA3,
        "f64.min": 0xA4,
        "f64.max": 0xA5,
        "f64.copysign": 0xA6,
        "i32.wrap_i64": 0xA7,
        "i64.trunc_f64_s": 0xB0,
        "f64.convert_i64_s": 0xB9,
        "i64.reinterpret_f64": 0xBD,
        "f64.reinterpret_i64": 0xBF,
    }
)
# an index: of a label, a function or a local
INDEXED = MappingProxyType(
    {
        "br": 0x0C,
        "br_if": 0x0D,
        "call": 0x10,
        "local.get": 0x20,
        "local.set": 0x21,
        "local.tee": 0x22,
    }
)
# an offset; with the log2 of the natural alignment
MEMORY = MappingProxyType(
    {
        "i32.load": (0x28, 2),
        "i64.load": (0x29, 3),
        "f64.load": (0x2B, 3),
        "i64.load32_u": (0x35, 2),
        "i32.store": (0x36, 2),
        "i64.store": (0x37, 3),
        "f64.store": (0x39, 3),
    }
)
