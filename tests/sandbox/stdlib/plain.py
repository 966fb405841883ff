"""sandbox/stdlib/math as plain Python: its sources run as they stand, given the language's names.

Python's floats are the language's (IEEE doubles, one rounding an operation), so what comes out
are the bits that the compiled functions must give. Whole numbers of the library stay within 64
bits by themselves, except in `_shl`, which wraps.
"""

from __future__ import annotations
import __future__

import math
from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

from sandbox.compiler import semantics

LANGUAGE: dict[str, Any] = {
    "na": semantics.NA,
    "isna": semantics.is_na,
    "min": semantics.minimum,
    "max": semantics.maximum,
    "abs": semantics.absolute,
    "int": semantics.to_int,
    "math": SimpleNamespace(**semantics.BUILTINS, isinf=math.isinf, isfinite=math.isfinite),
    "_bits": semantics.bits,
    "_from_bits": semantics.from_bits,
    "_shl": partial(semantics.int_arithmetic, "<<"),
    "_shr": partial(semantics.int_arithmetic, ">>"),
    "_and": partial(semantics.int_arithmetic, "&"),
    "_or": partial(semantics.int_arithmetic, "|"),
}


def sources() -> dict[str, str]:
    """The library's sources by file name."""
    folder = files("sandbox").joinpath("stdlib", "math")
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".py")]
    return {entry.name: entry.read_text(encoding="utf-8") for entry in found}


@cache
def plain_math() -> dict[str, Callable[..., float]]:
    """The library's functions by name, those for itself included."""
    names: dict[str, Any] = dict(LANGUAGE)
    for source in sources().values():
        exec(compile(source, "math", "exec", flags=__future__.annotations.compiler_flag), names)
    found = {name: names[name] for name in names.keys() - LANGUAGE.keys() - {"__builtins__"}}
    return {**found, "log": lambda x, *base: found["_log_to_base" if base else "_log"](x, *base)}
