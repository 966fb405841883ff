"""Params by name → the 8-byte words at the head of a state block."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import Protocol

from sandbox.errors import ParamError
from schemas.events.strategies import ParamSpec


class HasParams(Protocol):
    """The metadata of any strategy."""

    @property
    def params(self) -> tuple[ParamSpec, ...]: ...


def param_words(metadata: HasParams, given: Mapping[str, float]) -> list[int]:
    """One word a param, in the metadata's order; what is not given takes its default.

    Raises ParamError for an unknown name, a value of the wrong type or out of bounds. The
    bounds are a matter of safety too: they size rings.
    """
    known = {param.name for param in metadata.params}
    for name in given:
        if name not in known:
            names = ", ".join(sorted(known)) or "none"
            raise ParamError(name, f"the strategy has no such param; it has {names}")
    return [_word(param, given.get(param.name, param.default)) for param in metadata.params]


def _word(param: ParamSpec, value: float) -> int:
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise ParamError(param.name, f"{value!r} is not a number")
    if param.type == "bool" and value not in (0, 1):
        raise ParamError(param.name, f"{value!r} is neither 0 nor 1")
    if param.type == "int" and (value != int(value) or abs(value) > 2**53):
        raise ParamError(param.name, f"{value!r} is not a whole number")
    if param.low is not None and value < param.low:
        raise ParamError(param.name, f"{value!r} is below {param.low!r}")
    if param.high is not None and value > param.high:
        raise ParamError(param.name, f"{value!r} is above {param.high!r}")
    packed = struct.pack("<d", value) if param.type == "float" else struct.pack("<q", int(value))
    return int.from_bytes(packed, "little")
