"""Where a program's state lies in its block: what `place` builds, `interpret` and `lower` read.

A block begins with its head: the count of its bars, which moves where a history goes by it,
then those of FillRules where a function reads one, and a word for each param. Then comes
on_bar's frame, then the arrays (windows and histories) of all frames. Within a frame: the
scalars; for each window a descriptor word; for each history a descriptor word, and one for
its count unless it goes by bar; then the frames of the calls, in the order of their sites.
So a frame's size and inner offsets depend on the function alone, and its code can be shared:
where the arrays of a frame are is in the descriptors. A descriptor holds the array's offset
from the block's start in its lower 32 bits and the capacity, in words, in the upper ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from sandbox.compiler import typed
from sandbox.compiler.once import once
from sandbox.fills import FILL_FIELDS

WORD_BYTES = 8
FILLS = WORD_BYTES
"""Where the words are that say how orders fill: at the same place in every block that has them, so
that the code of an account is the same in every program."""


@dataclass(frozen=True, slots=True)
class Array:
    """offset: bytes from the block's start. capacity: in words; a power of two for histories."""

    offset: int
    capacity: int


@dataclass(frozen=True, slots=True)
class FrameShape:
    """Of a function: bytes from the frame's start. counts: None for a history by bar. arrays: how
    many there are, those of the frames of its calls included, which come behind its own: firsts:
    the number of each site's first."""

    states: tuple[int, ...]
    windows: tuple[int, ...]
    histories: tuple[int, ...]
    counts: tuple[int | None, ...]
    sites: tuple[int, ...]
    firsts: tuple[int, ...]
    size: int
    arrays: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One call path's frame. offset: bytes from the block's start. sites: their frames."""

    function: typed.Function
    offset: int
    windows: tuple[Array, ...]
    histories: tuple[Array, ...]
    sites: tuple[Frame, ...]

    def arrays(self) -> Iterator[Array]:
        """By their numbers, as FrameShape has them."""
        yield from self.windows
        yield from self.histories
        for site in self.sites:
            yield from site.arrays()


@dataclass(frozen=True, slots=True)
class Placement:
    """reads_fills: whether the words are there that say how orders fill. params: offset of each
    param's word. state_bytes: of one block.
    float_words: (first, count) runs of words that hold floats, in words from the start."""

    reads_fills: bool
    params: tuple[int, ...]
    root: Frame
    state_bytes: int
    initial: tuple[tuple[int, int, int], ...]
    """(offset, count, word): what a fresh block holds, but for its params; the rest is 0."""
    float_words: tuple[tuple[int, int], ...]


def head_bytes(*, reads_fills: bool, params: int) -> int:
    """Of a block, with so many params."""
    return FILLS + WORD_BYTES * (len(FILL_FIELDS) * reads_fills + params)


@once
def shape_of(function: typed.Function) -> FrameShape:
    at = 0

    def take(size: int) -> int:
        nonlocal at
        at += size
        return at - size

    states = tuple(take(WORD_BYTES) for _ in function.states)
    windows = tuple(take(WORD_BYTES) for _ in function.windows)
    histories, counts = [], []
    for slot in function.histories:
        histories.append(take(WORD_BYTES))
        counts.append(None if slot.by_bar else take(WORD_BYTES))
    callees = [shape_of(callee) for callee in function.sites]
    sites = tuple(take(callee.size) for callee in callees)
    own = len(windows) + len(histories)
    *firsts, arrays = accumulate((callee.arrays for callee in callees), initial=own)
    return FrameShape(
        states, windows, tuple(histories), tuple(counts), sites, tuple(firsts), at, arrays
    )
