"""The book running: one cash account for the orders of many series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.compiler.book import OUTPUTS, compiled_book
from sandbox.errors import CallInterruptedError
from sandbox.fills import FillRules, Trading
from sandbox.host.blocks import fresh_words
from sandbox.host.engine import SandboxEngine
from sandbox.host.module import StrategyModule, load_module
from sandbox.host.orders import FewOrders, Orders
from sandbox.host.room import Room
from sandbox.host.still import SHARE_MAX, Account, Rows, can_stand_still, rows_to_see
from schemas.columns import Floats, Ints

CHUNK_BARS = 4_096
_REASONS = OUTPUTS.index("reasons")


@dataclass(frozen=True, slots=True)
class Booked:
    """What came of n bars. equity: cash and positions at the bar's close; exposure: absolute value
    of the positions; float64 (n,).

    rows: int64 (m,), those bars at which an order filled or was refused, or a position had
    income. said: float64 (m, len(OUTPUTS)), the book's outputs at these.
    """

    equity: Floats
    exposure: Floats
    rows: Ints
    said: Floats


def book_module(engine: SandboxEngine) -> StrategyModule:
    """The book, ready to be opened any number of times."""
    compiled = compiled_book()
    return load_module(engine, compiled.wasm, inputs=compiled.metadata.inputs)


class Book:
    """One account. fills: of each series, by its number; cash and leverage those of the first."""

    def __init__(
        self, module: StrategyModule, fills: Sequence[FillRules], chunk_bars: int = CHUNK_BARS
    ) -> None:
        self._chunk = chunk_bars
        self._room = Room.opened(module, chunk_bars, len(fills))
        words = module.metadata.state_bytes // 8
        states = self._room.states[: len(fills), :words]
        states[:] = [fresh_words(module.metadata, Trading(each)) for each in fills]
        self._maintenance = fills[0].maintenance
        self._account = Account(fills[0].cash)
        self._may_stand_still = len(fills) == 1 and can_stand_still(fills[0])

    def close(self) -> None:
        """Leaves its memory to the module's next book; it must not be used any more, and no call
        may have been interrupted."""
        self._room.leave()

    def advance(self, series: NDArray[np.int32], orders: FewOrders) -> Booked:
        """The next n bars, of any of the series, each later than those before or of the same
        time; the result does not depend on how bars are cut into calls.

        Raises CallInterruptedError when the outer net ended it; then it is unusable.
        """
        seen = rows_to_see(orders) if self._may_stand_still else None
        self._may_stand_still = seen is not None
        found = None
        if seen is not None and len(seen) <= SHARE_MAX * len(orders):
            found = self._standing_still(series, orders, seen)
        if found is None:
            found = booked(self._room, series, orders, self._chunk)
        self._account.keep(found.said)
        return found

    def _standing_still(
        self, series: NDArray[np.int32], orders: FewOrders, seen: Rows
    ) -> Booked | None:
        """The same by these rows alone; None, and nothing done, where positions would be called
        in, for which each bar must be looked at."""
        states, shared = self._room.states.copy(), self._room.shared.copy()
        found = booked(self._room, series[seen], orders.take(seen), self._chunk)
        rows = seen[found.rows]
        equity, exposure = self._account.over(orders.bars.close, rows, found.said)
        required = self._maintenance * exposure if self._maintenance else 0.0
        if (equity < required).any():
            self._room.states[:], self._room.shared[:] = states, shared
            self._may_stand_still = False
            return None
        assert np.array_equal(equity[seen], found.equity), "the account did not stand still"
        return Booked(equity, exposure, rows, found.said)


def booked(
    room: Room, blocks: NDArray[np.int32], orders: Orders | FewOrders, chunk_bars: int
) -> Booked:
    """What the next n bars come to, in a room of the book's. Raises CallInterruptedError."""
    n = len(orders)
    account = np.empty((2, n))
    rows, said = [], []
    for start in range(0, n, chunk_bars):
        part = orders.part(slice(start, min(start + chunk_bars, n)))
        length = len(part)
        room.fill(blocks[start : start + length], part)
        if room.run(0, length) is not None:
            raise CallInterruptedError("the book was ended by the outer net")
        cells = room.said(length)
        account[:, start : start + length] = cells[:2]
        found = np.flatnonzero(cells[_REASONS])
        if len(found):
            rows.append(found + start)
            said.append(cells[:, found].T.copy())
    return Booked(
        account[0],
        account[1],
        np.concatenate(rows) if rows else np.zeros(0, np.int64),
        np.concatenate(said) if said else np.zeros((0, len(OUTPUTS))),
    )
