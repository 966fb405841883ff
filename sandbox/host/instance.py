"""A strategy running: state blocks for as many series as are wanted, and their evaluation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from sandbox.errors import BlockError
from sandbox.fills import UNLIMITED, FillRules, Trading
from sandbox.host.blocks import fresh_words
from sandbox.host.geometry import geometry_of
from sandbox.host.module import StrategyModule
from sandbox.host.outputs import Floats, Outputs, TrapInfo, outputs_of
from sandbox.host.params import param_words
from sandbox.host.room import LiveBar, Room
from sandbox.metadata import Metadata
from schemas.columns import BarColumns

CHUNK_BARS = 4_096  # a call's columns stay in the cache
SAVED_AT_ONCE = 1_024
Rows = slice | NDArray[np.intp]
_NA_WORD = np.float64(np.nan).view(np.uint64)


class Instance:
    """State blocks of one module, by index from 0, at most `blocks_max` of them.

    A module's memory is fixed, so further wasm instances, its rooms, are opened as blocks are
    asked for, and closed when their last block is freed; the index hides it. Not for several
    threads at a time. After CallInterruptedError the instance is unusable: make a new one and
    restore its blocks.
    """

    def __init__(
        self, module: StrategyModule, blocks_max: int, chunk_bars: int = CHUNK_BARS
    ) -> None:
        assert blocks_max >= 1
        self.metadata = module.metadata
        self._module = module
        self._blocks_max = blocks_max
        self._per_room = geometry_of(module.metadata, chunk_bars, blocks_max).blocks_max
        self._chunk = chunk_bars
        self._names = tuple(output.name for output in module.metadata.outputs)
        self._floats = _float_places(module.metadata)
        self._limited = _limited_place(module.metadata)
        self._rooms: dict[int, Room] = {}
        self._taken: Counter[int] = Counter()  # live blocks by room
        self._live = np.zeros(0, np.bool_)
        self._used = 0  # the blocks below have been handed out at some time
        self._free: list[int] = []  # of these; a heap, so that the blocks in use stay together

    @property
    def state_bytes(self) -> int:
        """What a block takes."""
        return self.metadata.state_bytes

    def allocate(
        self, params: Mapping[str, float], fills: FillRules = UNLIMITED, begin_us: int = 0
    ) -> int:
        """The index of a fresh block with these params; the others take their defaults.
        fills: how orders fill in its account, from begin_us on.

        Raises ParamError, and BlockError when all blocks are taken.
        """
        trading = Trading(fills, begin_us)
        fresh = self._fresh(params, trading)
        block = self._open_block()
        self._words(block)[:] = fresh
        if trading.limited:
            self._rooms[block // self._per_room].limit()
        return block

    def allocate_many(
        self, count: int, params: Mapping[str, float], fills: FillRules = UNLIMITED
    ) -> NDArray[np.int32]:
        """The indexes of as many blocks, all alike; int32 (count,). Raises as allocate does."""
        trading = Trading(fills)
        fresh = self._fresh(params, trading)
        blocks = np.array([self._open_block() for _ in range(count)], np.int32)
        owners = blocks // self._per_room
        for number in np.unique(owners).tolist():
            room = self._rooms[number]
            room.states[blocks[owners == number] % self._per_room, : len(fresh)] = fresh
            if trading.limited:
                room.limit()
        return blocks

    def free(self, block: int) -> None:
        """Gives the block back; its index may be handed out again.

        The memory of a room that it leaves empty goes back to the machine; a new one takes 0.2 ms.
        """
        self._check_live(block)
        self._live[block] = False
        heappush(self._free, block)
        number = block // self._per_room
        self._taken[number] -= 1
        if not self._taken[number]:
            del self._rooms[number]

    def save(self, block: int) -> bytes:
        """The block's state, `metadata.state_bytes` long, params included; every NaN in it is
        the canonical one, whose bits are the same on every machine."""
        self._check_live(block)
        words = self._words(block).copy()
        floats = words[self._floats].view(np.float64)
        words[self._floats[np.isnan(floats)]] = _NA_WORD
        return words.tobytes()

    def save_many(self, blocks: Sequence[int]) -> Iterator[bytes]:
        """What save gives of each of the blocks, in their order, for a fraction of the cost."""
        size, words = self.metadata.state_bytes, self.metadata.state_bytes // 8
        for start in range(0, len(blocks), SAVED_AT_ONCE):
            chosen = np.array(blocks[start : start + SAVED_AT_ONCE], np.int32)
            if not self._all_live(chosen):
                raise BlockError("a block to be saved is not allocated")
            states = np.empty((len(chosen), words), np.uint64)
            owners = chosen // self._per_room
            for number in np.unique(owners).tolist():
                rows = owners == number
                states[rows] = self._rooms[number].states[chosen[rows] % self._per_room, :words]
            row, place = np.isnan(states[:, self._floats].view(np.float64)).nonzero()
            states[row, self._floats[place]] = _NA_WORD
            whole = states.tobytes()
            for first in range(0, len(whole), size):
                yield whole[first : first + size]

    def restore(self, block: int, state: bytes) -> None:
        """Puts a saved state into an allocated block, its params included."""
        self._check_live(block)
        if len(state) != self.metadata.state_bytes:
            raise BlockError(
                f"the saved state has {len(state)} bytes, not {self.metadata.state_bytes}"
            )
        words = np.frombuffer(state, np.uint64)
        self._words(block)[:] = words
        if self._limited is not None and words[self._limited]:
            self._rooms[block // self._per_room].limit()

    def evaluate(self, blocks: NDArray[np.int32], bars: BarColumns) -> Outputs:
        """Advances block blocks[i] by bar i, for each i in order; any number of bars.

        blocks: int32 (n,), each allocated; a series' bars in order, series in any mixture.
        The outputs do not depend on how bars are cut into calls. Raises BlockError before
        anything is done, and CallInterruptedError when the outer net ended a call twice.
        """
        n = len(bars)
        if len(blocks) != n:
            raise BlockError(f"there are {len(blocks)} blocks for {n} bars")
        if not self._all_live(blocks):
            raise BlockError("a bar is for a block that is not allocated")
        if n <= self._chunk and len(self._rooms) == 1 and 0 in self._rooms:
            cells, traps, steps = self._rooms[0].evaluate(blocks, bars)
        else:
            cells, traps, steps = self._evaluate_in_parts(blocks, bars)
        return outputs_of(self._names, cells, tuple(traps), steps + n * self.metadata.bar_cost)

    def step(self, block: int, bar: LiveBar) -> tuple[float, ...] | TrapInfo:
        """Advances a block by one bar; what it says, in the order of the metadata's outputs.

        The fast way of a single live bar; the same values as evaluate. Raises BlockError and
        CallInterruptedError.
        """
        if not (0 <= block < len(self._live) and self._live[block]):
            raise BlockError(f"block {block} is not allocated")
        room = self._rooms[block // self._per_room]
        return room.step(block % self._per_room, bar)

    def _all_live(self, blocks: NDArray[np.int32]) -> bool:
        if len(blocks) == 1:  # a live bar: a tenth of what numpy takes
            return 0 <= (block := int(blocks[0])) < len(self._live) and bool(self._live[block])
        if len(blocks) and self._live.all():  # nothing was freed: a sixth of what looking up takes
            return bool(blocks.view(np.uint32).max() < len(self._live))
        try:
            return bool(np.count_nonzero(self._live[blocks.view(np.uint32)]) == len(blocks))
        except IndexError:
            return False

    def _evaluate_in_parts(
        self, blocks: NDArray[np.int32], bars: BarColumns
    ) -> tuple[Floats, list[TrapInfo], int]:
        """Cuts the bars by wasm instance, which share no series, and by chunk."""
        out = np.empty((len(self._names), len(bars)))
        all_traps: list[TrapInfo] = []
        all_steps = 0
        for number, rows in self._parts(blocks):
            room, first = self._rooms[number], number * self._per_room
            room.fill_bars(bars.take(rows))
            cells, traps, steps = room.evaluate_filled(blocks[rows] - np.int32(first))
            out[:, rows] = cells
            all_steps += steps
            if traps:
                places = np.arange(len(bars))[rows]
                all_traps += [TrapInfo(int(places[t.row]), t.reason, t.line) for t in traps]
        return out, sorted(all_traps, key=lambda trap: trap.row), all_steps

    def _parts(self, blocks: NDArray[np.int32]) -> Iterator[tuple[int, Rows]]:
        """The rows of each call: which room, and which rows."""
        if len(self._rooms) == 1:
            (number,) = self._rooms
            for start in range(0, len(blocks), self._chunk):
                yield number, slice(start, start + self._chunk)
            return
        owners = blocks // self._per_room
        for number in self._rooms:
            rows = np.flatnonzero(owners == number)
            for start in range(0, len(rows), self._chunk):
                yield number, rows[start : start + self._chunk]

    def _fresh(self, params: Mapping[str, float], trading: Trading) -> NDArray[np.uint64]:
        """A block with these params. Raises ParamError."""
        words = fresh_words(self.metadata, trading)
        for offset, word in zip(
            self.metadata.param_offsets, param_words(self.metadata, params), strict=True
        ):
            words[offset // 8] = word
        return words

    def _open_block(self) -> int:
        """A block that was free, or was never used, in a room that is open."""
        block = self._free[0] if self._free else self._used
        if block >= self._blocks_max:
            raise BlockError(f"all {self._blocks_max:,} blocks are taken")
        number = block // self._per_room
        if number not in self._rooms:
            self._open_room(number)
        if self._free:
            heappop(self._free)
        else:
            self._used += 1
        self._live[block] = True
        self._taken[number] += 1
        return block

    def _open_room(self, number: int) -> None:
        first = number * self._per_room
        count = min(self._per_room, self._blocks_max - first)
        self._rooms[number] = Room(self._module, self._chunk, count)
        if first == len(self._live):
            self._live = np.concatenate([self._live, np.zeros(count, np.bool_)])

    def _words(self, block: int) -> NDArray[np.uint64]:
        words = self.metadata.state_bytes // 8
        return self._rooms[block // self._per_room].states[block % self._per_room, :words]

    def _check_live(self, block: int) -> None:
        if not (0 <= block < len(self._live) and self._live[block]):
            raise BlockError(f"block {block} is not allocated")


def _limited_place(metadata: Metadata) -> int | None:
    """The place of the word that is not 0 where a block's account has limits, if it tells."""
    if metadata.fills_offset is None or "limited" not in metadata.fills:
        return None
    return metadata.fills_offset // 8 + metadata.fills.index("limited")


def _float_places(metadata: Metadata) -> NDArray[np.intp]:
    """The places of a block's words that hold floats."""
    runs = [np.arange(first, first + count) for first, count in metadata.float_words]
    return np.concatenate(runs) if runs else np.zeros(0, np.intp)
