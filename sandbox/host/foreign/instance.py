"""A foreign strategy running: the same face as sandbox.host.instance.Instance."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sandbox.columns import INT_COLUMNS
from sandbox.errors import BlockError
from sandbox.fills import UNLIMITED, FillRules
from sandbox.host.foreign.abi import BAR, OUTPUT_CELLS
from sandbox.host.foreign.metadata import ForeignMetadata
from sandbox.host.foreign.module import ForeignModule
from sandbox.host.foreign.orders import settle
from sandbox.host.foreign.series import ForeignSeries
from sandbox.host.outputs import Outputs, TrapInfo, outputs_of
from sandbox.host.params import param_words
from schemas.columns import BarColumns


class ForeignInstance:
    """Series of one module, by index from 0; each in a wasm instance of its own.

    At most `blocks_max`, and no more than their memories have room for. Not for several
    threads at a time. After CallInterruptedError it is unusable.
    """

    def __init__(self, module: ForeignModule, blocks_max: int) -> None:
        assert blocks_max >= 1
        self.metadata = module.metadata
        self._module = module
        room = module.engine.foreign_limits.memories_bytes_max
        self._blocks_max = min(blocks_max, room // module.memory_bytes)
        self._series: dict[int, ForeignSeries] = {}
        self._free: list[int] = []
        self._names = (*OUTPUT_CELLS, *(f"plot.{name}" for name in module.metadata.plots))

    @property
    def state_bytes(self) -> int:
        """What a block takes: a memory."""
        return self._module.memory_bytes

    def allocate(self, params: Mapping[str, float], fills: FillRules = UNLIMITED) -> int:
        """The index of a fresh series with these params; the others take their defaults.
        fills: how orders fill in its account.

        Raises ParamError, and BlockError when all are taken.
        """
        words = packed_params(self.metadata, params)
        if not self._free and len(self._series) >= self._blocks_max:
            raise BlockError(f"all {self._blocks_max:,} blocks are taken")
        series = ForeignSeries(self._module, words, fills)
        block = self._free.pop() if self._free else len(self._series)
        self._series[block] = series
        return block

    def free(self, block: int) -> None:
        """Ends the series; its index may be handed out again."""
        self._live(block)
        del self._series[block]
        self._free.append(block)

    def save(self, block: int) -> bytes:
        """The series' state, params included."""
        return self._live(block).save()

    def save_many(self, blocks: Sequence[int]) -> Iterator[bytes]:
        """What save gives of each of the blocks, in their order."""
        return map(self.save, blocks)

    def restore(self, block: int, state: bytes) -> None:
        """Puts a saved state into an allocated series, its params included."""
        self._live(block).restore(state)

    def evaluate(self, blocks: NDArray[np.int32], bars: BarColumns) -> Outputs:
        """Advances series blocks[i] by bar i, for each i in order; any number of bars.

        Raises BlockError before anything is done, and CallInterruptedError.
        """
        n = len(bars)
        if len(blocks) != n:
            raise BlockError(f"there are {len(blocks)} blocks for {n} bars")
        series = [self._live(block) for block in blocks.tolist()]
        said = [one.advance(bar) for one, bar in zip(series, bar_records(bars), strict=True)]
        traps = [
            TrapInfo(row, one.trap, None) for row, one in enumerate(said) if one.trap is not None
        ]
        cells = np.frombuffer(b"".join(one.output for one in said), np.float64)
        columns = cells.reshape(n, len(self._names)).T.copy()
        self._tidy(columns)
        return outputs_of(self._names, columns, tuple(traps), sum(one.steps for one in said))

    def _tidy(self, columns: NDArray[np.float64]) -> None:
        """What the ABI promises of outputs: one NaN, known alerts only, orders that can be."""
        signal, alerts = columns[: len(INT_COLUMNS)].view(np.int64)
        alerts &= (1 << len(self.metadata.alerts)) - 1
        floats = columns[len(INT_COLUMNS) :]
        floats[np.isnan(floats)] = np.nan
        settle(signal, floats)

    def _live(self, block: int) -> ForeignSeries:
        series = self._series.get(block)
        if series is None:
            raise BlockError(f"block {block} is not allocated")
        return series


def packed_params(metadata: ForeignMetadata, params: Mapping[str, float]) -> bytes:
    """The params record. Raises ParamError."""
    words = param_words(metadata, params)
    return struct.pack(f"<{len(words)}Q", *words)


def bar_records(bars: BarColumns) -> list[bytes]:
    """The bars as on_bar gets them."""
    records = np.empty(len(bars), BAR)
    records["time"] = bars.ts
    for name in ("open", "high", "low", "close", "volume"):
        records[name] = getattr(bars, name)
    data = records.tobytes()
    return [data[at : at + BAR.itemsize] for at in range(0, len(data), BAR.itemsize)]
