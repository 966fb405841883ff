"""Where lowered code finds a function's frame: as constants, or by the frame's descriptors.

Code that is inlined all the way from on_bar knows the path to its frame, so everything is a
constant offset from the block, which each place where a fragment is written out has its own of.
Code that several places share gets its frame's address, and reads where the frame's arrays lie
from their descriptors.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.compiler.lower.code import Code
from sandbox.compiler.placed import FrameShape
from sandbox.compiler.wasm import Kind, Op, array_start


@dataclass(frozen=True, slots=True)
class FramePlace:
    """Begins at the address in the local `base` + offset. is_known: not so in shared code."""

    base: int
    offset: int
    shape: FrameShape
    is_known: bool


@dataclass(frozen=True, slots=True)
class ArrayPlace:
    """Cell i is at the address in the local `base` + offset + 8 × i.

    extent: leaves a window's capacity as an i64, or a history's capacity − 1 as an i32.
    """

    base: int
    offset: int
    extent: Op


def window_places(code: Code, block: int, frame: FramePlace) -> tuple[ArrayPlace, ...]:
    if frame.is_known:
        return tuple(
            ArrayPlace(block, array_start(number), Op("window.cells", number))
            for number in range(len(frame.shape.windows))
        )
    return tuple(
        _described(code, block, frame, descriptor, Kind.I64) for descriptor in frame.shape.windows
    )


def history_places(code: Code, block: int, frame: FramePlace) -> tuple[ArrayPlace, ...]:
    if frame.is_known:
        first = len(frame.shape.windows)
        return tuple(
            ArrayPlace(block, array_start(number), Op("history.mask", number))
            for number in range(first, first + len(frame.shape.histories))
        )
    return tuple(
        _described(code, block, frame, descriptor, Kind.I32) for descriptor in frame.shape.histories
    )


def _described(
    code: Code, block: int, frame: FramePlace, descriptor: int, extent_kind: Kind
) -> ArrayPlace:
    """Reads a descriptor into locals: its lower half is the offset, its upper the capacity."""
    base, extent = code.new_local(Kind.I32), code.new_local(extent_kind)
    code.get(block, frame.base)
    code.op("i32.load", frame.offset + descriptor)
    code.op("i32.add")
    code.put(base)
    code.get(frame.base)
    if extent_kind is Kind.I64:
        code.op("i64.load32_u", frame.offset + descriptor + 4)
    else:
        code.op("i32.load", frame.offset + descriptor + 4)
        code.op("i32.const", 1)
        code.op("i32.sub")
    code.put(extent)
    return ArrayPlace(base, 0, Op("local.get", extent))
