"""One strategy with many params, or many accounts, over the same bars: these are filled in once,
and each lane, a state of its own, is run over them as they lie there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sandbox.compiler.book import OUTPUTS
from sandbox.errors import CallInterruptedError
from sandbox.fills import FillRules, Trading
from sandbox.host.blocks import fresh_words
from sandbox.host.book import Booked, booked
from sandbox.host.geometry import geometry_of
from sandbox.host.module import StrategyModule
from sandbox.host.orders import FewOrders, Orders
from sandbox.host.params import param_words
from sandbox.host.room import Room
from schemas.columns import BarColumns, Floats, Ints

_REASONS = OUTPUTS.index("reasons")


def lanes_fitting(module: StrategyModule, series: int, chunk_bars: int, lanes_max: int) -> int:
    """How many lanes of so many series have a place in one room; 0 for none, lanes_max at most."""
    return geometry_of(module.metadata, chunk_bars, series * lanes_max).blocks_max // series


class StrategyLanes:
    """A strategy once with each of several params, each with a block for every series. Not for
    several threads; unusable after CallInterruptedError."""

    def __init__(
        self, module: StrategyModule, fills: Sequence[FillRules], lanes: int, chunk_bars: int
    ) -> None:
        """fills: by series."""
        self._metadata = module.metadata
        series = self._series = len(fills)
        self._fills = fills
        self._room = Room(module, chunk_bars, series * lanes)
        self._words = module.metadata.state_bytes // 8
        self._begins: Sequence[int] = ()
        self.trade_from([0] * series)
        self._offsets = [offset // 8 for offset in module.metadata.param_offsets]
        self._symbol = np.zeros(0, np.int32)
        self.outputs = tuple(output.name for output in module.metadata.outputs)

    def trade_from(self, begins_us: Sequence[int]) -> None:
        """For lanes that begin from now on: when each series' orders fill at first."""
        if begins_us == self._begins:
            return
        self._begins = begins_us
        trading = list(map(Trading, self._fills, begins_us))
        self._fresh = np.stack([fresh_words(self._metadata, each) for each in trading])
        if any(each.limited for each in trading):
            self._room.limit()

    def begin(self, lane: int, params: Mapping[str, float]) -> None:
        """A lane with no bar seen yet. Raises ParamError."""
        first = self._series * lane
        states = self._room.states[first : first + self._series, : self._words]
        states[:] = self._fresh
        states[:, self._offsets] = np.array(param_words(self._metadata, params), np.uint64)

    def fill(self, symbol: NDArray[np.int32], bars: BarColumns) -> None:
        """The next bars, for all lanes. symbol: which series each is of."""
        self._symbol = symbol
        self._room.fill_bars(bars)

    def evaluate(self, lane: int) -> tuple[Floats, int]:
        """Runs a lane over the bars: its outputs, (outputs, n), a view until the next call; and
        how many bars trapped."""
        blocks = self._symbol + np.int32(self._series * lane)
        cells, traps, _ = self._room.evaluate_filled(blocks)
        return cells, len(traps)


class BookLanes:
    """Accounts that know nothing of each other, each over all series. Not for several threads;
    unusable after CallInterruptedError."""

    def __init__(
        self, module: StrategyModule, fills: Sequence[FillRules], lanes: int, chunk_bars: int
    ) -> None:
        """fills: by series; cash and leverage those of the first."""
        series = self._series = len(fills)
        self._chunk = chunk_bars
        self._room = Room(module, chunk_bars, series * lanes)
        self._fresh = np.stack([fresh_words(module.metadata, Trading(each)) for each in fills])
        self._shared = np.zeros((lanes, len(self._room.shared)), np.uint64)
        self._symbol = np.zeros(0, np.int32)

    def begin(self, lane: int) -> None:
        """A lane with an account that never traded."""
        first = self._series * lane
        self._room.states[first : first + self._series, : self._fresh.shape[1]] = self._fresh
        self._shared[lane] = 0

    def fill(self, symbol: NDArray[np.int32], bars: Orders) -> None:
        """The next bars, for all lanes; what is ordered at them each lane may write over."""
        self._symbol = symbol
        self._room.fill_bars(bars)

    def ordered(self, name: str) -> Floats:
        """The cells of a column of orders at the bars that were filled in, to be written; `code`
        is an int64 of the same bits."""
        return self._room.inputs(name)[: len(self._symbol)]

    def advance(self, lane: int, first: int) -> tuple[Floats, Ints]:
        """Runs a lane's account over the bars from row `first` on: the book's outputs,
        (len(OUTPUTS), n), a view until the next call, those beyond the first three only where
        something happened; and the rows where it did."""
        n = len(self._symbol)
        self._room.fill_blocks(self._symbol + np.int32(self._series * lane))
        self._room.shared[:] = self._shared[lane]
        if self._room.run(first, n) is not None:
            raise CallInterruptedError("the book was ended by the outer net")
        self._shared[lane] = self._room.shared
        cells = self._room.said(n)
        return cells, np.flatnonzero(cells[_REASONS, first:]) + first

    def advance_over(self, lane: int, symbol: NDArray[np.int32], orders: FewOrders) -> Booked:
        """Runs a lane's account over bars of its own; those that were filled in are gone."""
        self._room.shared[:] = self._shared[lane]
        blocks = symbol + np.int32(self._series * lane)
        found = booked(self._room, blocks, orders, self._chunk)
        self._shared[lane] = self._room.shared
        return found
