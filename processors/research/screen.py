"""Which symbols a strategy picks, in which order: its score, or what it says, at the last bar."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import orjson
from numpy.typing import NDArray

from processors.research.resident import Part, Resident, resident_of
from sandbox.columns import CODE_BITS
from sandbox.fills import UNLIMITED, FillRules
from sandbox.host.instance import Instance
from sandbox.host.module import StrategyModule
from sandbox.metadata import Metadata
from schemas.columns import BarColumns, Floats, Ints

CHUNK_BARS = 32_768
"""Of a call: of 4,096 a screen of 5,000 symbols took a fifth longer, and two threads as long as
one, since they wait for each other between calls."""
THREADS = os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Match:
    """A symbol that the strategy picks. rank: from 1. ts: the open of its last bar, UTC µs. score:
    None where the strategy scores nothing. signal: SignalCode of its order at that bar, 0 for
    none. alerts: messages. plots: by name, None where na."""

    symbol: str
    rank: int
    ts: int
    score: float | None
    signal: int
    alerts: tuple[str, ...]
    plots: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Screened:
    """matches: by rank. symbols: how many were looked at; stale: those of them whose last bar is
    older than the newest of all, by symbol. receipt: SHA-256 over the module, the params, and
    each symbol with its bars as the strategy saw them: who has these can do it again."""

    matches: tuple[Match, ...]
    symbols: int
    stale: Mapping[str, int]
    receipt: str


@dataclass(frozen=True, slots=True)
class Last:
    """What is said at the last bar of each of n series: (n,), plots (n_plots, n)."""

    ts: Ints
    signal: Ints
    score: Floats
    alerts: Ints
    plots: Floats

    def take(self, rows: NDArray[np.intp]) -> Last:
        """Of some of them, in that order."""
        return Last(
            self.ts[rows],
            self.signal[rows],
            self.score[rows],
            self.alerts[rows],
            self.plots[:, rows],
        )


def nothing_said(metadata: Metadata, n: int) -> Last:
    """Of series that have seen no bar."""
    ints, plots = np.zeros(n, np.int64), np.full((len(metadata.plots), n), np.nan)
    return Last(ints, ints.copy(), np.full(n, np.nan), ints.copy(), plots)


def screen(
    strategy: StrategyModule,
    wasm_sha256: str,
    bars: Mapping[str, BarColumns] | Resident,
    params: Mapping[str, float],
    rules: FillRules = UNLIMITED,
) -> Screened:
    """Runs each symbol through its bars, and ranks what is said at the last ones.

    bars: by symbol, as the strategy shall see them; those without any are passed over. Raises
    ParamError.
    """
    known = bars if isinstance(bars, Resident) else resident_of(bars)
    last = _last_rows(strategy, known, params, rules)
    newest = known.last_ts.max(initial=0)
    return Screened(
        matches=ranked(strategy.metadata, known.symbols, last),
        symbols=len(known.symbols),
        stale={
            known.symbols[place]: int(known.last_ts[place])
            for place in np.flatnonzero(known.last_ts < newest)
        },
        receipt=receipt_of(wasm_sha256, params, known.digests),
    )


def ranked(metadata: Metadata, symbols: Sequence[str], last: Last) -> tuple[Match, ...]:
    """Those that the strategy picks, the best first. symbols: by name, each with its last bar.

    A strategy that scores picks what has a score, the highest first; one that does not, what it
    gives an order or an alert for, in the order of the names. Symbols of one score are in the
    order of their names.
    """
    scores = any(output.name == "score" for output in metadata.outputs)
    picked = np.isfinite(last.score) if scores else (last.signal != 0) | (last.alerts != 0)
    order = np.argsort(-last.score, kind="stable") if scores else np.arange(len(symbols))
    return tuple(
        Match(
            symbol=symbols[place],
            rank=rank,
            ts=int(last.ts[place]),
            score=_number(last.score[place]),
            signal=int(last.signal[place]) & CODE_BITS,
            alerts=tuple(
                text for bit, text in enumerate(metadata.alerts) if last.alerts[place] >> bit & 1
            ),
            plots=dict(zip(metadata.plots, map(_number, last.plots[:, place]), strict=True)),
        )
        for rank, place in enumerate(order[picked[order]].tolist(), start=1)
    )


def _last_rows(
    strategy: StrategyModule, known: Resident, params: Mapping[str, float], rules: FillRules
) -> Last:
    last = nothing_said(strategy.metadata, len(known.symbols))
    last.ts[:] = known.last_ts
    fresh = partial(_evaluate, strategy, params=params, rules=rules, last=last)
    shares = [known.parts[start::THREADS] for start in range(min(THREADS, len(known.parts)))]
    if len(shares) < 2:
        fresh(known.parts)
        return last
    with ThreadPoolExecutor(len(shares)) as threads:  # a module's code runs beside Python
        list(threads.map(fresh, shares))
    return last


def _evaluate(
    strategy: StrategyModule,
    parts: Sequence[Part],
    *,
    params: Mapping[str, float],
    rules: FillRules,
    last: Last,
) -> None:
    """Writes what is said at the last bars of these parts' series."""
    count = sum(len(part.sizes) for part in parts)
    if not count:
        return
    instance = Instance(strategy, count, CHUNK_BARS)
    free = instance.allocate_many(count, params, rules)
    for part in parts:
        blocks, free = np.split(free, [len(part.sizes)])
        said = instance.evaluate(np.repeat(blocks, part.sizes), part.bars)
        rows = slice(part.first, part.first + len(part.sizes))
        ends = np.cumsum(part.sizes) - 1
        last.signal[rows] = said.signal[ends]
        last.score[rows] = said.score[ends]
        last.alerts[rows] = said.alerts[ends]
        last.plots[:, rows] = said.plots[:, ends]


def receipt_of(wasm_sha256: str, params: Mapping[str, float], digests: Mapping[str, str]) -> str:
    """digests: by symbol, SHA-256 over the row_bytes of all its bars."""
    said = {"wasm_sha256": wasm_sha256, "params": dict(params), "bars": dict(digests)}
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
