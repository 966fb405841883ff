"""A strategy running: state blocks for as many series as are wanted, and their evaluation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sandbox.errors import BlockError
from sandbox.host.module import StrategyModule
from sandbox.host.outputs import Outputs
from sandbox.host.params import param_words
from sandbox.host.room import Room
from schemas.columns import BarColumns

Rows = slice | NDArray[np.intp]


class Instance:
    """State blocks of one module, by index from 0, at most `blocks_max` of them.

    A module's memory is fixed, so further wasm instances are made as blocks are asked for;
    the index hides it. Not for several threads at a time. After CallInterruptedError the
    instance is unusable: make a new one and restore its blocks.
    """

    def __init__(self, module: StrategyModule, blocks_max: int) -> None:
        assert blocks_max >= 1
        self.metadata = module.metadata
        self._module = module
        self._blocks_max = blocks_max
        self._per_room = module.metadata.layout.blocks_max
        self._chunk = module.metadata.layout.chunk_bars
        self._rooms: list[Room] = []
        self._live = np.zeros(0, np.bool_)
        self._free: list[int] = []

    def allocate(self, params: Mapping[str, float]) -> int:
        """The index of a fresh block with these params; the others take their defaults.

        Raises ParamError, and BlockError when all blocks are taken.
        """
        words = param_words(self.metadata, params)
        if not self._free:
            self._open_room()
        block = self._free.pop()
        state = self._words(block)
        state[:] = 0
        for fill in self.metadata.initial:
            state[fill.offset // 8 : fill.offset // 8 + fill.count] = fill.word
        for offset, word in zip(self.metadata.param_offsets, words, strict=True):
            state[offset // 8] = word
        self._live[block] = True
        return block

    def free(self, block: int) -> None:
        """Gives the block back; its index may be handed out again."""
        self._check_live(block)
        self._live[block] = False
        self._free.append(block)

    def save(self, block: int) -> bytes:
        """The block's state, `metadata.state_bytes` long, params included."""
        self._check_live(block)
        return self._words(block).tobytes()

    def restore(self, block: int, state: bytes) -> None:
        """Puts a saved state into an allocated block, its params included."""
        self._check_live(block)
        if len(state) != self.metadata.state_bytes:
            raise BlockError(
                f"the saved state has {len(state)} bytes, not {self.metadata.state_bytes}"
            )
        self._words(block)[:] = np.frombuffer(state, np.uint64)

    def evaluate(self, blocks: NDArray[np.int32], bars: BarColumns) -> Outputs:
        """Advances block blocks[i] by bar i, for each i in order; any number of bars.

        blocks: int32 (n,), each allocated; a series' bars in order, series in any mixture.
        The outputs do not depend on how bars are cut into calls. Raises BlockError before
        anything is done, and CallInterruptedError.
        """
        n = len(bars)
        if len(blocks) != n:
            raise BlockError(f"there are {len(blocks)} blocks for {n} bars")
        if not self._all_live(blocks):
            raise BlockError("a bar is for a block that is not allocated")
        if len(self._rooms) == 1 and n <= self._chunk:
            return self._rooms[0].evaluate(blocks, bars)
        return self._evaluate_in_parts(blocks, bars)

    def _all_live(self, blocks: NDArray[np.int32]) -> bool:
        if len(blocks) == 1:  # a live bar: a tenth of what numpy takes
            return 0 <= (block := int(blocks[0])) < len(self._live) and bool(self._live[block])
        try:
            return bool(np.count_nonzero(self._live[blocks.view(np.uint32)]) == len(blocks))
        except IndexError:
            return False

    def _evaluate_in_parts(self, blocks: NDArray[np.int32], bars: BarColumns) -> Outputs:
        """Cuts the bars by wasm instance, which share no series, and by chunk."""
        out = _empty_outputs(len(self.metadata.plots), len(bars))
        if len(self._rooms) == 1:
            for start in range(0, len(bars), self._chunk):
                part = slice(start, start + self._chunk)
                done = self._rooms[0].evaluate(blocks[part], _rows_of(bars, part))
                _put(out, part, done)
            return out
        owners = blocks // self._per_room
        for number, room in enumerate(self._rooms):
            rows = np.flatnonzero(owners == number)
            for start in range(0, len(rows), self._chunk):
                some = rows[start : start + self._chunk]
                local = blocks[some] - np.int32(number * self._per_room)
                _put(out, some, room.evaluate(local, _rows_of(bars, some)))
        return out

    def _open_room(self) -> None:
        first = len(self._rooms) * self._per_room
        count = min(self._per_room, self._blocks_max - first)
        if count <= 0:
            raise BlockError(f"all {self._blocks_max:,} blocks are taken")
        self._rooms.append(Room(self._module))
        self._live = np.concatenate([self._live, np.zeros(count, np.bool_)])
        self._free.extend(range(first + count - 1, first - 1, -1))

    def _words(self, block: int) -> NDArray[np.uint64]:
        return self._rooms[block // self._per_room].block_words(block % self._per_room)

    def _check_live(self, block: int) -> None:
        if not (0 <= block < len(self._live) and self._live[block]):
            raise BlockError(f"block {block} is not allocated")


def _empty_outputs(plots: int, n: int) -> Outputs:
    return Outputs(
        np.empty(n, np.int8), np.empty(n), np.empty(n), np.empty((plots, n)), np.empty(n, np.bool_)
    )


def _put(out: Outputs, rows: Rows, done: Outputs) -> None:
    out.signal[rows] = done.signal
    out.size[rows] = done.size
    out.score[rows] = done.score
    out.plots[:, rows] = done.plots
    out.trapped[rows] = done.trapped


def _rows_of(bars: BarColumns, rows: Rows) -> BarColumns:
    return BarColumns(
        bars.ts[rows],
        bars.open[rows],
        bars.high[rows],
        bars.low[rows],
        bars.close[rows],
        bars.volume[rows],
    )
