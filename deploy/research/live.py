"""Strategies over history by the way of live bars → what they say, as lines to compare.

The same code as the worker's: bars are records of a log, which come one by one or as batches, on
one partition or several, and now and then the state is saved, and restored into fresh instances,
as when a worker follows another.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np
import orjson

from processors.evaluation.core import EvaluationFold
from processors.evaluation.history import resume
from processors.evaluation.instances import AnyInstance
from processors.evaluation.roster import Roster
from processors.evaluation.run import Run
from processors.research.merged import merged
from processors.research.verification.intents import LEVELS, Intent
from sandbox.fills import UNLIMITED, FillRules
from schemas.columns import BarColumns
from schemas.events.fills import FillTerms
from schemas.events.strategies import (
    ParamSpec,
    SeriesFilter,
    StrategyCompiled,
    StrategyDeployed,
)
from schemas.series import Series
from streams.activations import Activation
from streams.catalog import ALERTS, BARS, FAULTS, SIGNALS
from streams.codec import Headers, Outgoing
from streams.producer import partition_of
from streams.snapshots import Snapshot
from streams.sources.encoding import BarEncoder

FEED = "verify"
_SHOWN_EVERY_BARS = 256
_WORDS = {"sizing": "units", "at": "open", "tif": "gtc", "exits_from": "fill"}
"""Of a signal, with what they are where they are left out."""


@dataclass(frozen=True, slots=True)
class _Record:
    """A bar as a client of the log hands it over."""

    offset: int
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    topic: str = BARS.name
    timestamp: int = 0


class Described(Protocol):
    """What a module says of itself, whoever compiled it."""

    @property
    def params(self) -> Sequence[ParamSpec]: ...
    @property
    def plots(self) -> Sequence[str]: ...
    @property
    def alerts(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Live:
    """What is deployed. open_: a fresh instance with room for so many series. wasm: the module.
    rules: by symbol, of the account of its series. name: of the strategy."""

    wasm: bytes
    described: Described
    params: Mapping[str, float]
    open_: Callable[[int], AnyInstance]
    rules: Mapping[str, FillRules]
    name: str = "verified"

    def version(self) -> StrategyCompiled:
        """As the log would have it."""
        return StrategyCompiled(
            strategy_id=self.name,
            edit_id=self.name,
            version=1,
            name=self.name,
            author=self.name,
            source="",
            source_sha256="",
            wasm=self.wasm,
            wasm_sha256=hashlib.sha256(self.wasm).hexdigest(),
            language_version="",
            library_version="",
            params=tuple(self.described.params),
            plots=tuple(self.described.plots),
            alerts=tuple(self.described.alerts),
            state_bytes=0,
            source_offset=0,
            seq=0,
        )

    def deployments(self) -> Iterator[StrategyDeployed]:
        """One for all symbols of the same rules; the first by the strategy's name."""
        symbols: dict[FillRules, list[str]] = {}
        for symbol, rules in self.rules.items():
            symbols.setdefault(rules, []).append(symbol)
        for number, (rules, mine) in enumerate(symbols.items()):
            deployment = StrategyDeployed(
                deployment_id=f"{self.name}:{number}" if number else self.name,
                strategy_id=self.name,
                version=1,
                params=dict(self.params),
                series=SeriesFilter(symbols=tuple(mine)),
                author=self.name,
                rules=None if rules == UNLIMITED else FillTerms(**asdict(rules)),
            )
            # A suspension depends on what else is on its partition.
            yield deployment.model_copy(update={"traps_max": sys.maxsize})


class Way(NamedTuple):
    """How bars come. batch_bars: how many at a time, about, cut by chance; None for all at once.
    restarts: how often, on each partition, at bars by chance, the state is saved and a fresh worker
    goes on from it."""

    partitions: int = 1
    batch_bars: int | None = None
    restarts: int = 0


def said_by(
    lives: Sequence[Live],
    bars: Mapping[str, BarColumns],
    interval: str,
    way: Way,
    *,
    seed: int = 0,
    heard: Callable[[int, int], object] = lambda *_: None,
) -> list[tuple[str, Intent]]:
    """What they say that way, each with its deployment; by partition, and there as the log would
    have it. heard: told now and then of how many bars how many are done."""
    return asyncio.run(_said_by(lives, bars, interval, way, seed, heard))


async def _said_by(
    lives: Sequence[Live],
    bars: Mapping[str, BarColumns],
    interval: str,
    way: Way,
    seed: int,
    heard: Callable[[int, int], object],
) -> list[tuple[str, Intent]]:
    chance = np.random.default_rng(seed)
    total, done = sum(map(len, bars.values())), 0
    plots = {
        each.deployment_id: live.described.plots for live in lives for each in live.deployments()
    }
    said = []
    for partition, records in enumerate(_records(bars, interval, way.partitions)):
        worker = _Worker(lives, partition, way.partitions)
        stops = _places(chance, len(records), way.restarts)
        cuts = _cuts(chance, len(records), way.batch_bars)
        shown = 0
        for begin, end in pairwise(sorted({0, len(records)} | stops | cuts)):
            if begin in stops:
                worker.restart(begin)
            for topic, outgoing in (await worker.fold.advance(records[begin:end])).items():
                said += [_intent(topic, each, plots) for each in outgoing]
            if begin == 0 or begin - shown >= _SHOWN_EVERY_BARS:
                heard(done + begin, total)
                shown = begin
        done += len(records)
        worker.fold.close()
    return said


def _places(chance: np.random.Generator, count: int, wanted: int) -> set[int]:
    """At most so many by chance, behind the first of `count` records."""
    return set(chance.integers(1, count, wanted).tolist()) if count > 1 else set()


def _cuts(chance: np.random.Generator, count: int, batch_bars: int | None) -> set[int]:
    if batch_bars is None:
        return set()
    return set(range(count)) if batch_bars == 1 else _places(chance, count, count // batch_bars)


class _Worker:
    """The owner of a partition, and then the next one."""

    def __init__(self, lives: Sequence[Live], partition: int, partitions: int) -> None:
        self._partition, self._partitions = partition, partitions
        self._deployed = {
            each.deployment_id: (each, live, live.version())
            for live in lives
            for each in live.deployments()
        }
        self._active = {
            name: Activation(name, each.strategy_id, 0)
            for name, (each, _, _) in self._deployed.items()
        }
        self._entries: dict[str, bytes] = {}
        self.fold = self._started(0)

    def restart(self, next_offset: int) -> None:
        """Save what has changed, as a checkpoint does, and go on with what was saved alone."""
        for name, entry in self.fold.entries(everything=False):
            if entry is None:
                self._entries.pop(name, None)
            else:
                self._entries[name] = entry
        self.fold.close()
        self.fold = self._started(next_offset)

    def _started(self, next_offset: int) -> EvaluationFold:
        snapshot = Snapshot(next_offset, dict(self._entries))
        roster = Roster(lambda each: self._deployed[each.deployment_id][0])
        fold = EvaluationFold(self._partition, self._partitions, roster, snapshot)
        runs = [
            Run(each, version, live.open_(len(live.rules)))
            for each, live, version in self._deployed.values()
        ]
        resume(fold, self._partitions, self._active, runs, snapshot).hand_over(fold)
        return fold


def _records(bars: Mapping[str, BarColumns], interval: str, partitions: int) -> list[list[_Record]]:
    """By partition, in the order of time and symbol."""
    series = [Series(FEED, symbol, interval) for symbol in bars]
    encoders = [BarEncoder(each, "/peripheral/verify") for each in series]
    homes = [partition_of(each.key.encode(), partitions) for each in series]
    found: list[list[_Record]] = [[] for _ in range(partitions)]
    for rows in merged(list(bars.values())):
        columns = rows.bars
        cells = (columns.open, columns.high, columns.low, columns.close, columns.volume)
        values = zip(columns.ts.tolist(), *(each.tolist() for each in cells), strict=True)
        for symbol, row in zip(rows.symbol.tolist(), values, strict=True):
            out, lying = encoders[symbol].encode(*row), found[homes[symbol]]
            place = len(lying), homes[symbol]
            lying.append(_Record(*place, out.key, out.value, out.headers))
    return found


def _intent(
    topic: str, outgoing: Outgoing, plots: Mapping[str, Sequence[str]]
) -> tuple[str, Intent]:
    assert outgoing.value is not None
    event = orjson.loads(outgoing.value)
    name, where = event["deployment_id"], (event["symbol"], event["ts"])
    if topic == ALERTS.name:
        return name, Intent(*where, f"alert {event['alert']}")
    if topic == FAULTS.name:  # how many traps there were is counted by partition
        return name, Intent(*where, "trap")
    assert topic == SIGNALS.name
    words = [event.get(word, default) for word, default in _WORDS.items()]
    levels = [event.get(level) for level in LEVELS]
    drawn = [event["plots"][plot] for plot in plots[name]]
    terms = (*words, event["size"], event["score"], *levels, *drawn)
    return name, Intent(*where, event["action"], terms)
