"""One wasm instance: its memory seen through numpy, its blocks, one call into it."""

from __future__ import annotations

import ctypes
from typing import TypeVar

import numpy as np
import wasmtime
from numpy.typing import NDArray

from sandbox.errors import CallInterruptedError, ModuleError
from sandbox.host.call import FastRun
from sandbox.host.module import StrategyModule
from sandbox.host.outputs import Outputs
from schemas.columns import BarColumns

_T = TypeVar("_T", bound=np.generic)
_UNDO_ENTRY_BYTES = 16
# what a strategy's own code can come to at a bar; everything else is the outer net's
_BAR_TRAPS = frozenset(
    {
        wasmtime.TrapCode.UNREACHABLE,
        wasmtime.TrapCode.INTEGER_DIVISION_BY_ZERO,
        wasmtime.TrapCode.INTEGER_OVERFLOW,
    }
)


class Room:
    """A fixed number of state blocks in one instance's memory. Not for several threads."""

    def __init__(self, module: StrategyModule) -> None:
        layout = module.metadata.layout
        self._limits = module.engine.limits
        store = wasmtime.Store(module.engine.engine)
        store.set_limits(memory_size=layout.memory_bytes, instances=1, tables=0, memories=1)
        store.set_epoch_deadline(self._limits.call_epochs_max)
        try:
            exports = wasmtime.Instance(store, module.native, []).exports(store)
        except (wasmtime.WasmtimeError, wasmtime.Trap) as error:
            raise ModuleError(f"it cannot be started: {str(error).splitlines()[0]}") from None
        memory, run = exports["memory"], exports["run"]
        assert isinstance(memory, wasmtime.Memory) and isinstance(run, wasmtime.Func)
        self._store = store  # the views below are alive as long as it is
        self._run = FastRun(store, run)
        address = ctypes.cast(memory.data_ptr(store), ctypes.c_void_p).value
        assert address is not None
        raw = (ctypes.c_ubyte * layout.memory_bytes).from_address(address)
        self._bytes = np.ctypeslib.as_array(raw)
        self._layout = layout
        self._plot_count = len(module.metadata.plots)
        self._state_words = module.metadata.state_bytes // 8
        self._view_columns()

    def _view_columns(self) -> None:
        layout, chunk = self._layout, self._layout.chunk_bars
        self._progress = self._view(layout.progress, np.int32, 1)
        self._undo_bytes = self._view(layout.undo_bytes, np.int32, 1)
        self._blocks = self._view(layout.block, np.int32, chunk)
        self._ts = self._view(layout.ts, np.int64, chunk)
        self._open = self._view(layout.open, np.float64, chunk)
        self._high = self._view(layout.high, np.float64, chunk)
        self._low = self._view(layout.low, np.float64, chunk)
        self._close = self._view(layout.close, np.float64, chunk)
        self._volume = self._view(layout.volume, np.float64, chunk)
        self._signal = self._view(layout.signal, np.int8, chunk)
        self._size = self._view(layout.size, np.float64, chunk)
        self._score = self._view(layout.score, np.float64, chunk)
        plots = self._view(layout.plots, np.float64, chunk * self._plot_count)
        self._plots = plots.reshape(self._plot_count, chunk)
        self._cut_columns(1)

    def _cut_columns(self, n: int) -> None:
        """Views of the columns' first n cells: making them costs more than a live bar, so
        they are kept for calls with as many bars as the last one."""
        self._n = n
        inputs = (self._blocks, self._ts, self._open, self._high, self._low, self._close)
        self._inputs = tuple(column[:n] for column in (*inputs, self._volume))
        self._outputs = (self._signal[:n], self._size[:n], self._score[:n], self._plots[:, :n])

    def _view(self, at: int, kind: type[_T], count: int) -> NDArray[_T]:
        view: NDArray[_T] = self._bytes[at : at + count * np.dtype(kind).itemsize].view(kind)
        return view

    def block_words(self, block: int) -> NDArray[np.uint64]:
        """The block's state as words of 8 bytes; a view."""
        at = self._layout.blocks_start + block * self._layout.stride
        return self._view(at, np.uint64, self._state_words)

    def evaluate(self, blocks: NDArray[np.int32], bars: BarColumns) -> Outputs:
        """At most `chunk_bars` bars. The caller has checked the blocks."""
        n = len(blocks)
        assert n <= self._layout.chunk_bars
        if n != self._n:
            self._cut_columns(n)
        block, ts, open_, high, low, close, volume = self._inputs
        block[...] = blocks
        ts[...] = bars.ts
        open_[...] = bars.open
        high[...] = bars.high
        low[...] = bars.low
        close[...] = bars.close
        volume[...] = bars.volume
        trapped = np.zeros(n, np.bool_)
        first = 0
        while (trap := self._run(first, n, self._limits.call_epochs_max)) is not None:
            bar = int(self._progress[0])
            if trap not in _BAR_TRAPS or not first <= bar < n:
                raise CallInterruptedError(f"the call was ended by the outer net: {trap.name}")
            self._give_up(bar)
            trapped[bar] = True
            first = bar + 1
        signal, size, score, plots = self._outputs
        return Outputs(signal.copy(), size.copy(), score.copy(), plots.copy(), trapped)

    def _give_up(self, bar: int) -> None:
        """Puts back what the bar wrote, last write first, and makes it say nothing."""
        layout = self._layout
        filled = int(self._undo_bytes[0])
        if not 0 <= filled <= layout.undo_bytes_max or filled % _UNDO_ENTRY_BYTES:
            raise CallInterruptedError("the undo log is damaged")
        log = self._view(layout.undo, np.uint64, filled // 8)
        blocks_end = layout.blocks_start + layout.blocks_max * layout.stride
        for entry in range(filled // _UNDO_ENTRY_BYTES - 1, -1, -1):
            address = int(log[2 * entry]) & 0xFFFF_FFFF
            if not layout.blocks_start <= address <= blocks_end - 8:
                raise CallInterruptedError("the undo log is damaged")
            self._view(address, np.uint64, 1)[0] = log[2 * entry + 1]
        self._signal[bar] = 0
        self._size[bar] = np.nan
        self._score[bar] = np.nan
        self._plots[:, bar] = np.nan
