"""One wasm instance: its memory seen through numpy, its blocks, calls into it."""

from __future__ import annotations

import ctypes
import struct

import numpy as np
import wasmtime
from numpy.typing import NDArray

from sandbox.abi import PROGRESS, SHARED, SHARED_BYTES, SPENT
from sandbox.errors import CallInterruptedError, ModuleError
from sandbox.host.call import FastRun
from sandbox.host.geometry import CELL_BYTES, MEMORY_BYTES, geometry_of
from sandbox.host.keep import Keep
from sandbox.host.module import StrategyModule
from sandbox.host.orders import Orders
from sandbox.host.outputs import Floats, TrapInfo
from schemas.columns import BarColumns

# what a strategy's own code can come to at a bar; everything else is the outer net's
_BAR_TRAPS = frozenset(
    {
        wasmtime.TrapCode.UNREACHABLE,
        wasmtime.TrapCode.INTEGER_DIVISION_BY_ZERO,
        wasmtime.TrapCode.INTEGER_OVERFLOW,
        wasmtime.TrapCode.BAD_CONVERSION_TO_INTEGER,
    }
)
_LIVE_ROW = struct.Struct("<i4xq5d")
_COLUMN_OF = {"time": "ts"}

LiveBar = tuple[int, float, float, float, float, float]
"""ts, open, high, low, close, volume."""


class Room:
    """A fixed number of state blocks in one instance's memory. Not for several threads.

    states: uint64 (blocks_max, words a block), a view of all blocks. shared: uint64, a view of
    what all blocks of a book have in common.
    """

    @classmethod
    def opened(cls, module: StrategyModule, chunk_bars: int, blocks_max: int) -> Room:
        """A room of these, one that was left if there is one: to open one takes as long as some
        thousand bars, and its memory is the machine's to find.

        Only for a module of our own that never limits, as the book: what ran in it is still in
        its memory, where a strategy that reads what is not its own would find other bars. Blocks
        have to be filled before they are run; what they have in common is 0."""
        left, kind = module.engine.left, (chunk_bars, blocks_max)
        for _ in range(len(left)):
            try:
                room = left.popleft()
            except IndexError:  # another thread was quicker
                break
            if room._module is module and room._kind == kind:
                return room
            left.append(room)
        return cls(module, chunk_bars, blocks_max)

    def leave(self) -> None:
        """Keeps it for who opens one of these next. Nobody may use it, or a view of it, any more;
        nor may a call in it have been interrupted."""
        self.shared[:] = 0
        self._module.engine.left.append(self)

    def __init__(self, module: StrategyModule, chunk_bars: int, blocks_max: int) -> None:
        self._module, self._kind = module, (chunk_bars, blocks_max)
        self._epochs_max = module.engine.limits.call_epochs_max
        self._epoch_bars = module.engine.limits.epoch_bars
        self.geometry = geometry_of(module.metadata, chunk_bars, blocks_max)
        self._open()
        geometry, metadata = self.geometry, module.metadata
        words = self._bytes[geometry.blocks :][: geometry.blocks_max * geometry.stride]
        self.states = words.view(np.uint64).reshape(geometry.blocks_max, geometry.stride // 8)
        self.shared = self._bytes[SHARED : SHARED + SHARED_BYTES].view(np.uint64)
        self._keep = Keep(self.states) if module.may_trap else None
        self._progress = self._bytes[PROGRESS : PROGRESS + 4].view(np.int32)
        self._spent = self._bytes[SPENT : SPENT + 8].view(np.int64)
        self._tables()
        cells = self._bytes[geometry.column(0) : geometry.blocks].view(np.float64)
        inputs = module.metadata.inputs
        width, pitch = len(inputs) + geometry.outputs, geometry.pitch // CELL_BYTES
        self._cells = cells[: width * pitch].reshape(width, pitch)
        self._inputs_count = len(inputs)
        self._addresses = self._cells[0].view(np.int64)
        self._reads = [(name, inputs.index(name)) for name in metadata.reads]
        self._limited_reads = [(name, inputs.index(name)) for name in metadata.limited_reads]
        kinds = "".join("d" if column.type == "float" else "q" for column in metadata.outputs)
        self._said = struct.Struct("<" + kinds)
        self._said_at = geometry.row + CELL_BYTES * len(inputs)

    def _open(self) -> None:
        engine = self._module.engine
        store = wasmtime.Store(engine.engine)
        store.set_limits(memory_size=MEMORY_BYTES, instances=1, tables=0, memories=1)
        store.set_epoch_deadline(self._epochs_max)
        try:
            exports = wasmtime.Instance(store, self._module.native, []).exports(store)
        except (wasmtime.WasmtimeError, wasmtime.Trap) as error:
            raise ModuleError(f"it cannot be started: {str(error).splitlines()[0]}") from None
        memory, run = exports["memory"], exports["run"]
        assert isinstance(memory, wasmtime.Memory) and isinstance(run, wasmtime.Func)
        self._store = store  # the views are alive as long as it is
        self._run = FastRun(store, run, engine.epochs)
        address = ctypes.cast(memory.data_ptr(store), ctypes.c_void_p).value
        assert address is not None
        self._raw = (ctypes.c_ubyte * MEMORY_BYTES).from_address(address)
        self._bytes = np.ctypeslib.as_array(self._raw)

    def _tables(self) -> None:
        geometry = self.geometry
        width = len(self._module.metadata.inputs) + geometry.outputs
        for at, first, step in (
            (geometry.row_table, geometry.row, CELL_BYTES),
            (geometry.table, geometry.columns, geometry.pitch),
        ):
            table = self._bytes[at : at + 4 * width].view(np.int32)
            table[:] = first + step * np.arange(width)

    def limit(self) -> None:
        """From now on some block's account has limits."""
        self._reads += self._limited_reads
        self._limited_reads = []

    # one bar

    def step(self, block: int, bar: LiveBar) -> tuple[float, ...] | TrapInfo:
        """Advances one block by one bar: what it says, by the metadata's outputs, or why it
        could not. The way of a live bar, without numpy."""
        geometry = self.geometry
        address = geometry.blocks + block * geometry.stride
        _LIVE_ROW.pack_into(self._raw, geometry.row, address, *bar)
        if self._keep is not None:
            self._keep.one(block)
        trap = self._run(geometry.row_table, 0, 1, self._epochs_max)
        if trap is None:
            return self._said.unpack_from(self._raw, self._said_at)
        info = self._explained(trap, 0, 1)
        assert self._keep is not None
        self._keep.restore(block)
        return info

    # many bars

    def fill(self, blocks: NDArray[np.int32], bars: BarColumns | Orders) -> None:
        """Puts at most chunk_bars bars into the columns that the module reads."""
        self.fill_blocks(blocks)
        self.fill_bars(bars)

    def fill_blocks(self, blocks: NDArray[np.int32]) -> None:
        """Which block each row is for."""
        n = len(blocks)
        geometry = self.geometry
        np.multiply(blocks, geometry.stride, out=self._addresses[:n], casting="unsafe")
        self._addresses[:n] += geometry.blocks

    def fill_bars(self, bars: BarColumns | Orders) -> None:
        """What each row's bar is; it stays for any number of evaluations."""
        n = len(bars)
        for name, place in self._reads:
            column = getattr(bars, _COLUMN_OF.get(name, name))
            cells = self._cells[place, :n]
            cells.view(column.dtype)[...] = column

    def inputs(self, name: str) -> Floats:
        """The cells of an input column, a view; whole numbers as the float64 of the same bits."""
        cells: Floats = self._cells[self._module.metadata.inputs.index(name)]
        return cells

    def run(self, first: int, last: int) -> wasmtime.Trap | None:
        """Evaluates rows first … last − 1 of what was filled in; stops at a trap."""
        epochs_max = self._epochs_max + (last - first) // self._epoch_bars
        return self._run(self.geometry.table, first, last, epochs_max)

    def said(self, n: int) -> Floats:
        """The first n rows of the output columns, (outputs, n); a view."""
        return self._cells[self._inputs_count :, :n]

    def evaluate(
        self, blocks: NDArray[np.int32], bars: BarColumns
    ) -> tuple[Floats, list[TrapInfo], int]:
        """At most chunk_bars bars, the blocks checked by the caller: the output columns,
        (outputs, n), the traps and the steps of loops."""
        self.fill_bars(bars)
        cells, traps, steps = self.evaluate_filled(blocks)
        return cells.copy(), traps, steps

    def evaluate_filled(self, blocks: NDArray[np.int32]) -> tuple[Floats, list[TrapInfo], int]:
        """The same for bars that were filled in before; the output columns are a view.

        A call that the outer net ends is made once more, from the same states: the net goes by
        the wall clock, so a machine that stood still must not decide what becomes of a strategy.
        """
        self.fill_blocks(blocks)
        try:
            return self._evaluate(blocks)
        except CallInterruptedError:
            if self._keep is None:
                raise
            self._keep.restore_all()
            return self._evaluate(blocks)

    def _evaluate(self, blocks: NDArray[np.int32]) -> tuple[Floats, list[TrapInfo], int]:
        n = len(blocks)
        if self._keep is not None:
            self._keep.many(blocks)
        self._spent[0] = 0
        traps: list[TrapInfo] = []
        trapped: set[int] = set()
        first = 0
        while (trap := self.run(first, n)) is not None:
            info = self._explained(trap, first, n)
            traps.append(info)
            trapped.add(info.row)
            self._give_up(info.row, blocks, trapped)
            first = info.row + 1
        out = self.said(n)
        if traps:
            self._silence(out, traps)
        return out, traps, int(self._spent[0])

    def _give_up(self, row: int, blocks: NDArray[np.int32], trapped: set[int]) -> None:
        """Has the row's block be as it was before the row: as it was kept, and then its rows
        since once more."""
        assert self._keep is not None
        block, spent = int(blocks[row]), int(self._spent[0])
        start = self._keep.restore(block)
        for again in np.flatnonzero(blocks[start:row] == block) + start:
            if again not in trapped and self.run(int(again), int(again) + 1) is not None:
                raise CallInterruptedError("a bar trapped that did not before")
        self._spent[0] = spent  # the rows were counted when they first ran
        self._keep.again(block, row + 1)

    def _silence(self, out: Floats, traps: list[TrapInfo]) -> None:
        rows = [trap.row for trap in traps]
        for place, column in enumerate(self._module.metadata.outputs):
            if column.type == "float":
                out[place, rows] = np.nan
            else:
                out[place].view(np.int64)[rows] = 0

    def _explained(self, trap: wasmtime.Trap, first: int, last: int) -> TrapInfo:
        row = int(self._progress[0])
        foreseen = self._keep is not None and trap.trap_code in _BAR_TRAPS
        if not foreseen or not first <= row < last:
            raise CallInterruptedError(f"the call was ended by the outer net: {trap.trap_code}")
        reason, line = self._module.explain([frame.module_offset for frame in trap.frames])
        return TrapInfo(row, reason, line)
