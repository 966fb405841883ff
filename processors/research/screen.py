"""Which symbols a strategy picks, in which order: its score, or what it says, at the last bar."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import orjson

from sandbox.columns import CODE_BITS
from sandbox.fills import NO_COSTS, FillRules
from sandbox.host.instance import Instance
from sandbox.host.module import StrategyModule
from schemas.columns import BarColumns, Floats, Ints

_ROWS = 1 << 18  # of a call, so that memory does not grow with the universe


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
    each symbol with the bars that were seen of it: who has these can do it again."""

    matches: tuple[Match, ...]
    symbols: int
    stale: Mapping[str, int]
    receipt: str


def screen(
    strategy: StrategyModule,
    wasm_sha256: str,
    bars: Mapping[str, BarColumns],
    params: Mapping[str, float],
    rules: FillRules = NO_COSTS,
) -> Screened:
    """Runs each symbol through its bars, and ranks what is said at the last ones.

    bars: by symbol; those without any are passed over. A strategy that scores picks what has a
    score, the highest first; one that does not, what it gives an order or an alert for, in the
    order of the names. Symbols of one score are in the order of their names. Raises ParamError.
    """
    known = {symbol: columns for symbol, columns in sorted(bars.items()) if len(columns)}
    last = _last_rows(strategy, list(known.values()), params, rules)
    metadata = strategy.metadata
    scores = any(output.name == "score" for output in metadata.outputs)
    picked = ~np.isnan(last.score) if scores else (last.signal != 0) | (last.alerts != 0)
    order = np.argsort(-last.score, kind="stable") if scores else np.arange(len(known))
    names = list(known)
    matches: list[Match] = []
    for place in order[picked[order]].tolist():
        matches.append(
            Match(
                symbol=names[place],
                rank=len(matches) + 1,
                ts=int(known[names[place]].ts[-1]),
                score=_number(last.score[place]),
                signal=int(last.signal[place]) & CODE_BITS,
                alerts=tuple(
                    text
                    for bit, text in enumerate(metadata.alerts)
                    if int(last.alerts[place]) >> bit & 1
                ),
                plots=dict(zip(metadata.plots, map(_number, last.plots[:, place]), strict=True)),
            )
        )
    newest = max((int(columns.ts[-1]) for columns in known.values()), default=0)
    return Screened(
        matches=tuple(matches),
        symbols=len(known),
        stale={s: int(c.ts[-1]) for s, c in known.items() if c.ts[-1] < newest},
        receipt=_receipt(wasm_sha256, params, known),
    )


@dataclass(frozen=True, slots=True)
class _Last:
    """Of each symbol's last bar; (n,), plots (n_plots, n)."""

    signal: Ints
    score: Floats
    alerts: Ints
    plots: Floats


def _last_rows(
    strategy: StrategyModule,
    bars: Sequence[BarColumns],
    params: Mapping[str, float],
    rules: FillRules,
) -> _Last:
    n = len(bars)
    last = _Last(
        np.zeros(n, np.int64),
        np.full(n, np.nan),
        np.zeros(n, np.int64),
        np.full((len(strategy.metadata.plots), n), np.nan),
    )
    if not n:
        return last
    instance = Instance(strategy, n)
    blocks = np.array([instance.allocate(params, rules) for _ in bars], np.int32)
    first = 0
    while first < n:
        until, rows = first, 0
        while until < n and (rows == 0 or rows + len(bars[until]) <= _ROWS):
            rows += len(bars[until])
            until += 1
        part = bars[first:until]
        sizes = np.array([len(columns) for columns in part])
        said = instance.evaluate(np.repeat(blocks[first:until], sizes), _joined(part))
        ends = np.cumsum(sizes) - 1
        last.signal[first:until] = said.signal[ends]
        last.score[first:until] = said.score[ends]
        last.alerts[first:until] = said.alerts[ends]
        last.plots[:, first:until] = said.plots[:, ends]
        first = until
    return last


def _joined(bars: Sequence[BarColumns]) -> BarColumns:
    return BarColumns(
        np.concatenate([each.ts for each in bars]),
        np.concatenate([each.open for each in bars]),
        np.concatenate([each.high for each in bars]),
        np.concatenate([each.low for each in bars]),
        np.concatenate([each.close for each in bars]),
        np.concatenate([each.volume for each in bars]),
    )


def _receipt(wasm_sha256: str, params: Mapping[str, float], bars: Mapping[str, BarColumns]) -> str:
    seen = {symbol: _digest(columns) for symbol, columns in bars.items()}
    said = {"wasm_sha256": wasm_sha256, "params": dict(params), "bars": seen}
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _digest(bars: BarColumns) -> str:
    digest = hashlib.sha256()
    for column in (bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume):
        digest.update(np.ascontiguousarray(column).data)
    return digest.hexdigest()


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
