"""A strategy over history by the way of live bars → what it says, as lines to compare.

The same code as the worker's: each bar is a record of the log, evaluated by itself, and now and
then the state is saved, and restored into fresh instances, as when a worker follows another.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import orjson

from processors.evaluation.core import EvaluationFold
from processors.evaluation.history import resume
from processors.evaluation.instances import AnyInstance
from processors.evaluation.roster import Roster
from processors.evaluation.run import Run
from processors.research.merged import merged
from processors.research.verification.intents import LEVELS, Intent
from sandbox.fills import FillRules
from schemas.columns import BarColumns
from schemas.events.fills import FillTerms
from schemas.events.strategies import (
    TRAPS_MAX_MAX,
    ParamSpec,
    SeriesFilter,
    StrategyCompiled,
    StrategyDeployed,
)
from schemas.series import Series
from streams.activations import Activation
from streams.catalog import ALERTS, BARS, FAULTS, SIGNALS
from streams.codec import Headers, Outgoing
from streams.snapshots import Snapshot
from streams.sources.encoding import BarEncoder

FEED = "verify"
_NAME = "verified"
_PARTITION, _PARTITIONS = 0, 1
_WORDS = {"sizing": "units", "at": "open", "tif": "gtc", "exits_from": "fill"}
"""Of a signal, with what they are where they are left out."""


@dataclass(frozen=True, slots=True)
class _Record:
    """A bar as a client of the log hands it over."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    topic: str = BARS.name
    partition: int = _PARTITION
    timestamp: int = 0


@dataclass(frozen=True, slots=True)
class Live:
    """What is deployed. open_: a fresh instance with room for so many series. wasm: the module.
    rules: by symbol, of the account of its series."""

    wasm: bytes
    specs: Sequence[ParamSpec]
    plots: Sequence[str]
    alerts: Sequence[str]
    params: Mapping[str, float]
    open_: Callable[[int], AnyInstance]
    rules: Mapping[str, FillRules]

    def version(self) -> StrategyCompiled:
        """As the log would have it."""
        return StrategyCompiled(
            strategy_id=_NAME,
            edit_id=_NAME,
            version=1,
            name=_NAME,
            author=_NAME,
            source="",
            source_sha256="",
            wasm=self.wasm,
            wasm_sha256=hashlib.sha256(self.wasm).hexdigest(),
            language_version="",
            library_version="",
            params=tuple(self.specs),
            plots=tuple(self.plots),
            alerts=tuple(self.alerts),
            state_bytes=0,
            source_offset=0,
            seq=0,
        )

    def deployments(self) -> dict[str, StrategyDeployed]:
        """By id, one for all symbols of the same rules."""
        symbols: dict[FillRules, list[str]] = {}
        for symbol, rules in self.rules.items():
            symbols.setdefault(rules, []).append(symbol)
        found = [
            StrategyDeployed(
                deployment_id=f"{_NAME}-{number}",
                strategy_id=_NAME,
                version=1,
                params=dict(self.params),
                series=SeriesFilter(symbols=tuple(mine)),
                author=_NAME,
                traps_max=TRAPS_MAX_MAX,
                rules=FillTerms(**asdict(rules)),
            )
            for number, (rules, mine) in enumerate(symbols.items())
        ]
        return {each.deployment_id: each for each in found}


def streamed(
    live: Live,
    bars: Mapping[str, BarColumns],
    interval: str,
    *,
    restarts: int,
    seed: int = 0,
    heard: Callable[[int, int], object] = lambda *_: None,
) -> list[Intent]:
    """What it says, bar by bar of all symbols. restarts: how often, at bars by chance, its state
    is saved and a fresh instance goes on from it."""
    return asyncio.run(_streamed(live, bars, interval, restarts, seed, heard))


async def _streamed(
    live: Live,
    bars: Mapping[str, BarColumns],
    interval: str,
    restarts: int,
    seed: int,
    heard: Callable[[int, int], object],
) -> list[Intent]:
    version, deployments = live.version(), live.deployments()
    active = {name: Activation(name, _NAME, 0) for name in deployments}
    total = sum(map(len, bars.values()))
    chance = np.random.default_rng(seed)
    stops = set(chance.integers(1, max(total, 2), restarts).tolist())

    def started(snapshot: Snapshot) -> EvaluationFold:
        roster = Roster(lambda each: deployments[each.deployment_id])
        fold = EvaluationFold(_PARTITION, _PARTITIONS, roster, snapshot)
        runs = [
            Run(each, version, live.open_(len(each.series.symbols)))
            for each in deployments.values()
        ]
        resume(fold, _PARTITIONS, active, runs, snapshot).hand_over(fold)
        return fold

    fold, said = started(Snapshot()), []
    for record in _records(bars, interval):
        if record.offset in stops:
            entries = {name: each for name, each in fold.entries(everything=True) if each}
            fold.close()
            fold = started(Snapshot(record.offset, entries))
        for topic, outgoing in (await fold.advance([record])).items():
            said += [_intent(topic, each, live.plots) for each in outgoing]
        if record.offset % 256 == 0:
            heard(record.offset, total)
    fold.close()
    return said


def _records(bars: Mapping[str, BarColumns], interval: str) -> Iterator[_Record]:
    """In the order of time and symbol."""
    encoders = [BarEncoder(Series(FEED, symbol, interval), "/peripheral/verify") for symbol in bars]
    offset = 0
    for rows in merged(list(bars.values())):
        columns = rows.bars
        cells = (columns.open, columns.high, columns.low, columns.close, columns.volume)
        values = zip(columns.ts.tolist(), *(each.tolist() for each in cells), strict=True)
        for symbol, row in zip(rows.symbol.tolist(), values, strict=True):
            out = encoders[symbol].encode(*row)
            yield _Record(offset, out.key, out.value, out.headers)
            offset += 1


def _intent(topic: str, outgoing: Outgoing, plots: Sequence[str]) -> Intent:
    assert outgoing.value is not None
    event = orjson.loads(outgoing.value)
    where = event["symbol"], event["ts"]
    if topic == ALERTS.name:
        return Intent(*where, f"alert {event['alert']}")
    if topic == FAULTS.name:
        return Intent(*where, "trap")
    assert topic == SIGNALS.name
    words = [event.get(name, default) for name, default in _WORDS.items()]
    levels = [event.get(name) for name in LEVELS]
    drawn = [event["plots"][name] for name in plots]
    return Intent(*where, event["action"], (*words, event["size"], event["score"], *levels, *drawn))
