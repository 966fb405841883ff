"""A log in memory, as receipts are checked on it: what a worker wrote, on several partitions."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from processors.evaluation.core import EvaluationFold
from processors.evaluation.directory import Directory
from processors.evaluation.roster import FindDeployment, Roster
from processors.evaluation.run import Run
from sandbox.host.engine import SandboxEngine
from sandbox.host.foreign.check import LANGUAGE_VERSION
from sandbox.host.foreign.engine import ForeignEngine
from sandbox.host.foreign.instance import ForeignInstance
from sandbox.host.foreign.module import load_foreign
from sandbox.host.instance import Instance
from sandbox.host.module import load_module
from schemas.events.base import Event
from schemas.events.strategies import (
    PartitionClaimed,
    SeriesFilter,
    StrategyActivated,
    StrategyCompiled,
    StrategyDeactivated,
    StrategyDeployed,
)
from schemas.series import Series
from streams.activations import Activation, PartitionActivations, advance
from streams.admission import admit
from streams.catalog import (
    ACTIVATIONS,
    ALERTS,
    BARS,
    BY_NAME,
    DEPLOYMENTS,
    FAULTS,
    SIGNALS,
    VERSIONS,
)
from streams.codec import Outgoing
from streams.producer import partition_of
from streams.records import Record
from streams.snapshots import Snapshot
from tests.processors.evaluation.deployed import EXAMPLES, QUICK, deployment_of, version_of
from tests.records import RawRecord, event_record, walk
from tests.sandbox.foreign.modules import FOREIGN, built

PARTITIONS = 2
Parts = dict[tuple[str, int], list[RawRecord]]


@dataclass
class LyingLog:
    """Records by topic and partition. written: how far the workers have come, by partition."""

    parts: Parts
    written: dict[int, int]
    partitions: int = PARTITIONS
    directory: Directory = field(default_factory=Directory)
    erased: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for topic in (VERSIONS.name, DEPLOYMENTS.name):
            for partition in range(self.partitions):
                for event in self.events(topic, partition):
                    self.directory.apply(event)

    def events(self, topic: str, partition: int) -> list[Event]:
        lying = self.parts.get((topic, partition), [])
        return [admit(record, BY_NAME[topic], self.partitions) for record in lying]

    def activations(self, partition: int) -> Mapping[str, Activation]:
        events = self.events(ACTIVATIONS.name, partition)
        return advance(PartitionActivations(), events).activations

    def neighbours(self, partition: int) -> Mapping[str, Activation]:
        return {}

    def find(self, partition: int) -> FindDeployment:
        return self.directory.deployment

    def written_to(self, partition: int) -> int:
        return self.written[partition]

    def end(self, topic: str, partition: int) -> int:
        lying = self.parts.get((topic, partition), [])
        return lying[-1].offset + 1 if lying else 0

    async def records(self, topic: str, partition: int) -> AsyncGenerator[Record, None]:
        for record in self.parts.get((topic, partition), []):
            yield record

    def changed(self, topic: str, partition: int, records: Sequence[RawRecord]) -> LyingLog:
        """The same log with other records there, at offsets of their own."""
        moved = [replace(record, offset=offset) for offset, record in enumerate(records)]
        return LyingLog({**self.parts, (topic, partition): moved}, self.written)


def lying_log(
    versions: Iterable[StrategyCompiled],
    deployments: Sequence[StrategyDeployed],
    ends: Mapping[str, int],
    count: int = 600,
    seed: int = 3,
) -> LyingLog:
    """What workers write to a log of a random walk, whose deployments begin one after another.

    ends: by deployment, the offset from which on it is silent, on each partition.
    """
    parts = bars_of(count, seed)
    for version in versions:
        put(parts, VERSIONS.name, version.strategy_id, version)
    for deployment in deployments:
        put(parts, DEPLOYMENTS.name, deployment.strategy_id, deployment)
    for partition in range(PARTITIONS):
        claim = PartitionClaimed(partition=partition, epoch=1, owner="me")
        put(parts, ACTIVATIONS.name, f"partition-{partition}", claim, partition)
        for place, deployment in enumerate(deployments):
            name, strategy = deployment.deployment_id, deployment.strategy_id
            about = {"deployment_id": name, "strategy_id": strategy, "partition": partition}
            begin = StrategyActivated(**about, from_offset=place * 20, epoch=1)
            put(parts, ACTIVATIONS.name, name, begin, partition)
            if name in ends:
                end = StrategyDeactivated(**about, from_offset=ends[name], epoch=1)
                put(parts, ACTIVATIONS.name, name, end, partition)
    log = LyingLog(parts, {each: len(parts[BARS.name, each]) for each in range(PARTITIONS)})
    for partition in range(PARTITIONS):
        for topic, outgoing in said_by(log, partition).items():
            lying = [as_lying(topic, partition, n, each) for n, each in enumerate(outgoing)]
            parts[topic, partition] = lying
    return log


def bars_of(count: int, seed: int) -> Parts:
    """Bars of six series, each on the partition of its key."""
    series = [Series(feed, symbol, "1d") for feed in ("walk", "other") for symbol in "ABC"]
    parts: Parts = {(BARS.name, partition): [] for partition in range(PARTITIONS)}
    for record in walk(count, seed, series):
        partition = partition_of(record.key or b"", PARTITIONS)
        lying = parts[BARS.name, partition]
        lying.append(replace(record, partition=partition, offset=len(lying)))
    return parts


def put(parts: Parts, topic: str, key: str, event: Event, partition: int | None = None) -> None:
    """Write an event to the end of its partition."""
    if partition is None:
        partition = partition_of(key.encode(), PARTITIONS)
    lying = parts.setdefault((topic, partition), [])
    lying.append(event_record(len(lying), event, key, topic, partition))


def said_by(log: LyingLog, partition: int) -> Mapping[str, Sequence[Outgoing]]:
    """What a worker says of all bars of a partition, in one batch."""
    engine, foreign = SandboxEngine(), ForeignEngine()
    fold = EvaluationFold(partition, log.partitions, Roster(log.directory.deployment), Snapshot())
    for activation in log.activations(partition).values():
        deployment = log.directory.deployment(activation)
        assert deployment is not None
        version = log.directory.version_of(deployment)
        assert version is not None
        if version.language_version == LANGUAGE_VERSION:
            theirs = ForeignInstance(load_foreign(foreign, version.wasm), 100)
            fold.attach(Run(deployment, version, theirs))
        else:
            ours = Instance(load_module(engine, version.wasm), 100)
            fold.attach(Run(deployment, version, ours))
    fold.apply(log.activations(partition))
    said = asyncio.run(fold.advance(log.parts[BARS.name, partition]))
    engine.close()
    foreign.close()
    return said


def as_lying(topic: str, partition: int, offset: int, outgoing: Outgoing) -> RawRecord:
    assert outgoing.timestamp_ms is not None
    return RawRecord(
        topic,
        partition,
        offset,
        outgoing.timestamp_ms,
        outgoing.key,
        outgoing.value,
        tuple(outgoing.headers),
    )


SAID = (SIGNALS.name, ALERTS.name, FAULTS.name)

WATCHFUL = (
    '"""Divides by zero every seventh day, and alerts every fifth."""\n'
    "def on_bar(bar):\n"
    "    day = bar.time // 86400000000\n"
    '    alert(day % 5 == 0, "a fifth day")\n'
    "    if 60 // (day % 7) > 20:\n"
    "        order(-1.0, limit=bar.high)\n"
)


@cache
def sample() -> LyingLog:
    """Two authors' deployments; one is suspended for its traps, one ended, one is in C."""
    versions = {name: version_of(name, source_of(name)) for name in QUICK}
    versions["watchful"] = version_of("watchful", WATCHFUL)
    wasm = built(FOREIGN / "ema_cross_rsi.c")
    versions["in_c"] = versions["ema_cross_rsi"].model_copy(
        update={
            "strategy_id": "in_c",
            "wasm": wasm,
            "wasm_sha256": hashlib.sha256(wasm).hexdigest(),
            "language_version": LANGUAGE_VERSION,
        }
    )
    deployments = [
        deployment_of("bands", "bollinger_reversion", QUICK["bollinger_reversion"]),
        deployment_of("channel", "donchian_breakout", QUICK["donchian_breakout"]),
        deployment_of("cross", "ema_cross_rsi", QUICK["ema_cross_rsi"]),
        deployment_of("early", "in_c", {}, SeriesFilter(symbols=("A", "B"))),
        deployment_of("watchful", "watchful", {}, traps_max=5),
    ]
    theirs = [each.model_copy(update={"author": "bob"}) for each in deployments[:1]]
    return lying_log(versions.values(), theirs + deployments[1:], ends={"channel": 200})


def source_of(strategy_id: str) -> str:
    return (EXAMPLES / f"{strategy_id}.py").read_text(encoding="utf-8")
