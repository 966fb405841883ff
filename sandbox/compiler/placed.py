"""Where a program's state lies in its block: what `place` builds, `interpret` and `lower` read.

A block begins with its head: the count of its bars, which moves where a history goes by it,
then a word for each param, and those of FillRules where a function reads one. Then comes
on_bar's frame, then the arrays (windows and histories) of all frames. Within a frame: the
scalars; for each window a descriptor word; for each history a descriptor word, and one for
its count unless it goes by bar; then the frames of the calls, in the order of their sites.
So a frame's size and inner offsets depend on the function alone, and its code can be shared:
where the arrays of a frame are is in the descriptors. A descriptor holds the array's offset
from the block's start in its lower 32 bits and the capacity, in words, in the upper ones.
"""

from __future__ import annotations

from dataclasses import dataclass

WORD_BYTES = 8


@dataclass(frozen=True, slots=True)
class Array:
    """offset: bytes from the block's start. capacity: in words; a power of two for histories."""

    offset: int
    capacity: int


@dataclass(frozen=True, slots=True)
class FrameShape:
    """Of a function: bytes from the frame's start. counts: None for a history by bar."""

    states: tuple[int, ...]
    windows: tuple[int, ...]
    histories: tuple[int, ...]
    counts: tuple[int | None, ...]
    sites: tuple[int, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One call path's frame. offset: bytes from the block's start. sites: their frames."""

    function: int
    offset: int
    windows: tuple[Array, ...]
    histories: tuple[Array, ...]
    sites: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Placement:
    """shapes: by function. params: offset of each param's word. fills: of the words that say how
    orders fill, None where nothing asks. state_bytes: of one block.
    float_words: (first, count) runs of words that hold floats, in words from the start."""

    shapes: tuple[FrameShape, ...]
    params: tuple[int, ...]
    fills: int | None
    root: Frame
    state_bytes: int
    initial: tuple[tuple[int, int, int], ...]
    """(offset, count, word): what a fresh block holds, but for its params; the rest is 0."""
    float_words: tuple[tuple[int, int], ...]
