"""What a strategy says at each bar, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.host.constant import constant

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TrapInfo:
    """Why a bar could not be evaluated. row: in the call. reason: budget, window, division or
    conversion. line: of the source, None where that is not known."""

    row: int
    reason: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Outputs:
    """n bars' outputs, in the order of the bars; what the strategy never says is read-only.

    signal: int64 (n,), as columns.unpacked reads it. size: of the order, in the unit that its
    signal says, NaN for all that is held. limit, stop: prices of the order itself. exit_limit,
    exit_stop: protective prices; exit_trail: a distance. score. alerts: int64, a bit for each of
    the metadata's messages. plots: (n_plots, n), in the order of the metadata's. All else
    float64 (n,), NaN where nothing was said.
    trapped: bool (n,), bars that could not be evaluated: they say nothing and left no trace in
    the state; traps: why, by row. steps: operations that the bars took.
    """

    signal: Ints
    size: Floats
    limit: Floats
    stop: Floats
    exit_limit: Floats
    exit_stop: Floats
    exit_trail: Floats
    score: Floats
    alerts: Ints
    plots: Floats
    trapped: NDArray[np.bool_]
    traps: tuple[TrapInfo, ...]
    steps: int

    def __len__(self) -> int:
        return len(self.signal)


def outputs_of(
    names: Sequence[str], cells: Floats, traps: tuple[TrapInfo, ...], steps: int
) -> Outputs:
    """cells: (columns, n), by name; whole numbers as the float64 of the same bits."""
    n = cells.shape[1]
    at = {name: place for place, name in enumerate(names)}
    plots = sum(name.startswith("plot.") for name in names)
    nothing = constant(np.nan, n)

    def floats(name: str) -> Floats:
        return cells[at[name]] if name in at else nothing

    def ints(name: str) -> Ints:
        return cells[at[name]].view(np.int64) if name in at else np.zeros(n, np.int64)

    trapped = np.zeros(n, np.bool_)
    trapped[[trap.row for trap in traps]] = True
    return Outputs(
        signal=ints("signal"),
        size=floats("size"),
        limit=floats("limit"),
        stop=floats("stop"),
        exit_limit=floats("exit_limit"),
        exit_stop=floats("exit_stop"),
        exit_trail=floats("exit_trail"),
        score=floats("score"),
        alerts=ints("alerts"),
        plots=cells[len(names) - plots :],  # the last columns, side by side
        trapped=trapped,
        traps=traps,
        steps=steps,
    )
