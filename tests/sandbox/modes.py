"""The ways in which the same bars can be run: what they give must not depend on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sandbox.host.instance import Instance
from sandbox.host.module import StrategyModule
from sandbox.host.outputs import Outputs, TrapInfo, outputs_of
from schemas.columns import BarColumns
from tests.sandbox.market import joined, random_bars
from tests.sandbox.running import columns_of

_SMALL_CHUNK = 5  # bars a call: batches of a few bars are cut already


@dataclass(frozen=True)
class Ran:
    """What the bars gave, and the block that they left."""

    outputs: Outputs
    state: bytes


def whole(module: StrategyModule, bars: BarColumns, params: Mapping[str, float]) -> Ran:
    """All bars in one call."""
    instance = Instance(module, 1)
    block = instance.allocate(params)
    outputs = instance.evaluate(all_to(block, len(bars)), bars)
    return Ran(outputs, instance.save(block))


def in_small_chunks(module: StrategyModule, bars: BarColumns, params: Mapping[str, float]) -> Ran:
    """In one call, which the host cuts into many."""
    instance = Instance(module, 1, _SMALL_CHUNK)
    block = instance.allocate(params)
    outputs = instance.evaluate(all_to(block, len(bars)), bars)
    return Ran(outputs, instance.save(block))


def bar_by_bar(module: StrategyModule, bars: BarColumns, params: Mapping[str, float]) -> Ran:
    """A call for each bar."""
    return cut(module, bars, params, range(1, len(bars)), moves=False)


def cut(
    module: StrategyModule,
    bars: BarColumns,
    params: Mapping[str, float],
    cuts: Sequence[int],
    *,
    moves: bool = True,
) -> Ran:
    """A call for each part. moves: and each on a new instance, with the state carried over."""
    instance = Instance(module, 3)
    block = instance.allocate(params)
    parts = []
    for start, end in zip([0, *cuts], [*cuts, len(bars)], strict=True):
        if moves:
            state = instance.save(block)
            instance = Instance(module, 3)
            block = [instance.allocate({}) for _ in range(3)][-1]
            instance.restore(block, state)
        rows = slice(start, end)
        parts.append(instance.evaluate(all_to(block, end - start), bars.take(rows)))
    return Ran(in_a_row(parts), instance.save(block))


def stepped(
    module: StrategyModule, bars: BarColumns, params: Mapping[str, float], steps: int
) -> Ran:
    """By the way of a live bar, which does not count steps: they are as given."""
    instance = Instance(module, 2)
    block = [instance.allocate(params) for _ in range(2)][-1]
    columns = module.metadata.outputs
    cells = np.full((len(columns), len(bars)), np.nan)
    traps = []
    for row in range(len(bars)):
        said = instance.step(block, live_bar(bars, row))
        if isinstance(said, TrapInfo):
            traps.append(replace(said, row=row))
            said = tuple(np.nan if column.type == "float" else 0 for column in columns)
        for place, (column, value) in enumerate(zip(columns, said, strict=True)):
            kind = np.float64 if column.type == "float" else np.int64
            cells[place].view(kind)[row] = value
    names = [column.name for column in columns]
    return Ran(outputs_of(names, cells, tuple(traps), steps), instance.save(block))


def interleaved(
    module: StrategyModule, bars: BarColumns, params: Mapping[str, float], steps: int
) -> Ran:
    """Among the bars of two other blocks, in calls of a few bars. Their steps cannot be told
    apart: they are as given."""
    n = len(bars)
    instance = Instance(module, 3, _SMALL_CHUNK)
    blocks = [instance.allocate(params if number == 1 else {}) for number in range(3)]
    order = np.random.default_rng(n).permutation(np.repeat(np.arange(3), n))
    owners = np.array(blocks, np.int32)[order]
    places = np.empty(3 * n, np.intp)
    for number in range(3):
        places[order == number] = np.arange(n) + number * n
    three = joined(random_bars(n, seed=9), bars, random_bars(n, seed=8))
    outputs = instance.evaluate(owners, three.take(places))
    mine = replace(at_rows(outputs, np.flatnonzero(order == 1)), steps=steps)
    return Ran(mine, instance.save(blocks[1]))


def live_bar(bars: BarColumns, row: int) -> tuple[int, float, float, float, float, float]:
    """One bar as plain numbers, which is how it comes from a stream."""
    return (
        int(bars.ts[row]),
        float(bars.open[row]),
        float(bars.high[row]),
        float(bars.low[row]),
        float(bars.close[row]),
        float(bars.volume[row]),
    )


def all_to(block: int, n: int) -> NDArray[np.int32]:
    return np.full(n, block, np.int32)


def at_rows(outputs: Outputs, rows: NDArray[np.intp]) -> Outputs:
    """Some rows of the outputs; the steps are those of all."""
    place_of = {int(row): place for place, row in enumerate(rows)}
    traps = [replace(t, row=place_of[t.row]) for t in outputs.traps if t.row in place_of]
    columns = {name: value[..., rows] for name, value in columns_of(outputs).items()}
    return Outputs(**columns, traps=tuple(traps), steps=outputs.steps)


def in_a_row(parts: Sequence[Outputs]) -> Outputs:
    """Outputs of one call after the other."""
    starts = np.cumsum([0, *(len(part) for part in parts)])
    traps = [
        replace(trap, row=trap.row + int(start))
        for part, start in zip(parts, starts, strict=False)
        for trap in part.traps
    ]
    columns = {
        name: np.concatenate([columns_of(part)[name] for part in parts], axis=-1)
        for name in columns_of(parts[0])
    }
    return Outputs(**columns, traps=tuple(traps), steps=sum(part.steps for part in parts))
