"""A foreign strategy before it is let on: its rules, and whether it keeps state elsewhere.

Nothing in a module says where its state is. So it runs twice side by side: once as always, and
once in an instance that starts afresh at every bar and gets the region only. Where they differ,
something else was remembered, and a restart of the platform would have changed what it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sandbox.compiler.library import LIBRARY_VERSION
from sandbox.errors import ModuleError
from sandbox.host.foreign.abi import VERSION
from sandbox.host.foreign.engine import ForeignEngine
from sandbox.host.foreign.instance import bar_records, packed_params
from sandbox.host.foreign.metadata import ForeignMetadata
from sandbox.host.foreign.module import ForeignModule, load_foreign
from sandbox.host.foreign.series import ForeignSeries
from schemas.columns import BarColumns

SAMPLE_BARS = 500
LANGUAGE_VERSION = f"wasm-abi/{VERSION}"
"""In place of the strategy language's version: by it a worker knows whose module it is."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What a version of a foreign strategy is. state_bytes: all that a series takes, since its
    instance is its own. library_version: of the library, which has its account."""

    wasm: bytes
    metadata: ForeignMetadata
    state_bytes: int
    language_version: str = LANGUAGE_VERSION
    library_version: str = LIBRARY_VERSION


def examine(engine: ForeignEngine, wasm: bytes) -> ForeignModule:
    """The module, if it keeps every rule, that of its state on sample bars with default params.

    Raises ModuleError and CallInterruptedError.
    """
    module = load_foreign(engine, wasm)
    bar = hidden_state_at(module, sample_bars(SAMPLE_BARS), {})
    if bar is not None:
        raise ModuleError(
            f"rule state: after a restart before sample bar {bar} it says something else than "
            "without; keep in the state region whatever is to last"
        )
    return module


def sample_bars(n: int) -> BarColumns:
    """Daily bars of prices that rise and fall in two rhythms; the same on every machine."""
    day = np.arange(n)
    close = 100.0 + (day * 7 % 41) - (day * 3 % 29) * 0.5
    opening = np.concatenate([[100.0], close[:-1]])
    return BarColumns(
        ts=day.astype(np.int64) * 86_400_000_000,
        open=opening,
        high=np.maximum(opening, close) + 0.25,
        low=np.minimum(opening, close) - 0.25,
        close=close,
        volume=(1_000 + day * 13 % 101).astype(np.float64),
    )


def hidden_state_at(
    module: ForeignModule, bars: BarColumns, params: Mapping[str, float]
) -> int | None:
    """The first bar whose output or state depends on more than the region; None without one.

    A start costs 0.1 ms, so that is the cost of a bar. Raises ParamError and CallInterruptedError.
    """
    words = packed_params(module.metadata, params)
    running, restarted = ForeignSeries(module, words), ForeignSeries(module, words)
    for i, bar in enumerate(bar_records(bars)):
        restarted.restore(running.save())
        if running.advance(bar) != restarted.advance(bar) or running.save() != restarted.save():
            return i
    return None
