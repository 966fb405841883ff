"""Blocks as they were before a call, so that a bar that traps leaves no trace."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]


class Keep:
    """Copies of the blocks that a call is about to change; or of a range that holds them all,
    where that is less to copy.

    states: uint64 (blocks, words), the live blocks.
    """

    def __init__(self, states: Words) -> None:
        self._states = states
        self._blocks = np.zeros(0, np.int32)
        self._low = 0
        self._copies: Words = states[:0].copy()
        self._later: dict[int, tuple[int, Words]] = {}
        self._one = states[0].copy()
        self._is_one = False

    def one(self, block: int) -> None:
        """Before a call for one block."""
        self._one[:] = self._states[block]
        self._is_one = True

    def many(self, blocks: NDArray[np.int32]) -> None:
        """Before a call for these blocks."""
        self._is_one = False
        self._later.clear()
        if not len(blocks):
            return
        low, high = int(blocks.min()), int(blocks.max()) + 1
        if high - low <= len(blocks):
            self._low, self._blocks = low, blocks[:0]
            self._copies = self._states[low:high].copy()
        else:
            self._blocks = blocks
            self._copies = self._states[blocks]

    def restore(self, block: int) -> int:
        """Puts the block back as it was kept; the first row that it has not seen."""
        if self._is_one:
            self._states[block] = self._one
            return 0
        start, words = self._later.get(block, (0, None))
        if words is None:
            place = (
                int(np.argmax(self._blocks == block)) if len(self._blocks) else block - self._low
            )
            words = self._copies[place]
        self._states[block] = words
        return start

    def restore_all(self) -> None:
        """Puts all blocks of the call back as they were before it."""
        if len(self._blocks):
            self._states[self._blocks] = self._copies
        else:
            self._states[self._low : self._low + len(self._copies)] = self._copies

    def again(self, block: int, row: int) -> None:
        """Keeps the block as it is now, before that row."""
        self._later[block] = (row, self._states[block].copy())
