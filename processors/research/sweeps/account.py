"""What came of one run of many, as the book left it; figures are drawn from it where wanted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from processors.research.fills import fills_of, income_of, units_of
from processors.research.results import Fills, Income, Trades
from processors.research.sweeps.tape import Scene
from processors.research.trades import closed_count, trades_of
from processors.research.visits import visits_of
from sandbox.fills import FillRules
from schemas.columns import Floats, Ints


@dataclass(frozen=True)
class Account:
    """equity, exposure: at the scene's closes. rows: of the tape, at which something happened,
    int64 (m,); said: the book's outputs there, (m, len(OUTPUTS)). traps: bars that the strategy
    could not evaluate."""

    scene: Scene
    rules: FillRules
    equity: Floats
    exposure: Floats
    rows: Ints
    said: Floats
    traps: int

    @cached_property
    def _symbols(self) -> Ints:
        return self.scene.tape.symbol[self.rows].astype(np.int64)

    @cached_property
    def _times(self) -> Ints:
        return self.scene.tape.rows.ts[self.rows]

    @cached_property
    def fills(self) -> Fills:
        """As a backtest's."""
        volumes = self.scene.tape.rows.volume[self.rows]
        return fills_of(self.said, self._times, self._symbols, volumes, self.rules)[0]

    @cached_property
    def income(self) -> Income:
        """As a backtest's."""
        return income_of(self.said, self._times, self._symbols)

    @cached_property
    def trades(self) -> Trades:
        """As a backtest's."""
        markets, fills = self.scene.markets, self.fills
        visits = visits_of(markets.bars, markets.frames(), fills.symbol, fills.ts)
        return trades_of(fills, self.income, visits)

    @cached_property
    def closed_trades(self) -> int:
        """How many there are of `trades`, without the others of their columns."""
        units, rows = units_of(self.said)
        count = closed_count(units, self._symbols[rows])
        return int(np.count_nonzero(self.trades.closed)) if count is None else count
