"""A module and its params → what it says about bars, each time from a fresh state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from processors.research.market import fills_from
from processors.research.merged import merged
from sandbox.fills import FillRules
from sandbox.host.foreign.instance import ForeignInstance
from sandbox.host.foreign.module import ForeignModule
from sandbox.host.instance import Instance
from sandbox.host.module import StrategyModule
from sandbox.host.outputs import Outputs
from schemas.columns import BarColumns


class Evaluates(Protocol):
    """An instance, of our compiler's modules or another's."""

    def evaluate(self, blocks: NDArray[np.int32], bars: BarColumns) -> Outputs:
        """Advances blocks[i] by bar i."""
        ...


Open = Callable[[Sequence[int], Sequence[BarColumns]], tuple[Evaluates, NDArray[np.int32]]]
"""Fresh states for series of these symbols, by index, with these bars: what evaluates them, and
the block of each."""
Say = Callable[[int, BarColumns], Outputs]
"""What a strategy says about bars of a symbol, by index, from a fresh state."""


def open_ours(
    module: StrategyModule,
    params: Mapping[str, float],
    rules: Sequence[FillRules],
    begin_us: int | None = None,
) -> Open:
    """Of our compiler's module; rules: of the account that it reads, by symbol; begin_us: from when
    on it trades, as in a backtest; None as in a deployment. Opening raises ParamError."""

    def opened(
        symbols: Sequence[int], bars: Sequence[BarColumns]
    ) -> tuple[Evaluates, NDArray[np.int32]]:
        instance = Instance(module, len(bars))
        blocks = [
            instance.allocate(params, rules[symbol], fills_from(each.ts, begin_us))
            for symbol, each in zip(symbols, bars, strict=True)
        ]
        return instance, np.array(blocks, np.int32)

    return opened


def open_foreign(
    module: ForeignModule, params: Mapping[str, float], rules: Sequence[FillRules]
) -> Open:
    """The same of another compiler's module, whose account trades from its first bar on."""

    def opened(
        symbols: Sequence[int], bars: Sequence[BarColumns]
    ) -> tuple[Evaluates, NDArray[np.int32]]:
        instance = ForeignInstance(module, len(bars))
        blocks = [instance.allocate(params, rules[symbol]) for symbol in symbols]
        return instance, np.array(blocks, np.int32)

    return opened


def whole(open_: Open) -> Say:
    """All bars in one call."""

    def say(symbol: int, bars: BarColumns) -> Outputs:
        instance, (block,) = open_([symbol], [bars])
        return instance.evaluate(np.full(len(bars), block, np.int32), bars)

    return say


def side_by_side(
    open_: Open, symbols: Sequence[int], bars: Sequence[BarColumns], chunk_bars: int
) -> list[dict[str, Any]]:
    """Columns of each series' outputs by name, run among the others' bars, as a backtest, a sweep
    and a screen do, in calls of about so many bars. symbols: of each series."""
    instance, blocks = open_(symbols, bars)
    parts: list[list[dict[str, Any]]] = [[] for _ in bars]
    for rows in merged(bars, chunk_bars):
        said = columns_of(instance.evaluate(blocks[rows.symbol], rows.bars))
        for symbol, mine in enumerate(parts):
            places = np.flatnonzero(rows.symbol == symbol)
            mine.append({name: column[..., places] for name, column in said.items()})
    return [
        {name: np.concatenate([part[name] for part in mine], axis=-1) for name in mine[0]}
        for mine in parts
    ]


def columns_of(outputs: Outputs) -> dict[str, NDArray[Any]]:
    """Every column by name, the last axis being that of the bars; NaN has one form."""
    found = {field.name: getattr(outputs, field.name) for field in fields(outputs)}
    columns = {name: each for name, each in found.items() if isinstance(each, np.ndarray)}
    return {
        name: np.where(np.isnan(each), np.nan, each) if each.dtype == np.float64 else each
        for name, each in columns.items()
    }
