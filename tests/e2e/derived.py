"""The oracle of the derived topics: what a pure fold of the log computes, from the beginning.

No snapshot, no Kafka client, no batch but the whole partition: nothing that agents add to cores.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence

from processors.bars.core import BarsFold
from processors.evaluation.core import EvaluationFold
from processors.evaluation.directory import Directory
from processors.evaluation.roster import Roster
from processors.evaluation.run import Run
from processors.indicators.agent import panel_source
from processors.indicators.core import IndicatorsFold
from sandbox.compiler.driver import compile_source
from sandbox.host.engine import SandboxEngine
from sandbox.host.foreign.check import LANGUAGE_VERSION
from sandbox.host.foreign.engine import ForeignEngine
from sandbox.host.foreign.instance import ForeignInstance
from sandbox.host.foreign.module import load_foreign
from sandbox.host.instance import Instance
from sandbox.host.module import load_module
from schemas.events.base import DerivedEvent, Event
from schemas.events.strategies import StrategyCompiled
from streams.activations import PartitionActivations, advance
from streams.admission import admit
from streams.catalog import (
    ACTIVATIONS,
    ALERTS,
    BARS,
    BY_NAME,
    CORRECTIONS,
    DEPLOYMENTS,
    FAULTS,
    INDICATORS,
    SIGNALS,
    VERSIONS,
    Topic,
)
from streams.codec import Outgoing, RecordError
from streams.marks import HighWaterMarks
from streams.records import Record
from streams.snapshots import Snapshot

Log = Mapping[str, Mapping[int, Sequence[Record]]]
Written = tuple[bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]
"""Key, value and headers of a record."""


def counted(
    records: Mapping[int, Sequence[Record]], topic: Topic, partitions: int
) -> Iterator[tuple[Record, Event]]:
    """The records of a topic that are events of it; the others are dead letters."""
    for _, lying in sorted(records.items()):
        for record in lying:
            with contextlib.suppress(RecordError):
                yield record, admit(record, topic, partitions)


def without_repeats(log: Log, topic: str) -> dict[int, list[Written]]:
    """The records of a derived topic that a reader with a high-water mark keeps.

    AssertionError where a repeat is not byte for byte what it repeats.
    """
    marks = HighWaterMarks()
    kept: dict[int, list[Written]] = {}
    for partition, records in log[topic].items():
        first: dict[tuple[int, int], Written] = {}
        for record, event in counted({partition: records}, BY_NAME[topic], len(log[topic])):
            assert isinstance(event, DerivedEvent)
            mark = (event.source_offset, event.seq)
            content = (record.key, record.value, tuple(record.headers))
            assert first.setdefault(mark, content) == content, f"{topic}/{partition} {mark}"
            if marks.rises(topic, partition, mark):
                kept.setdefault(partition, []).append(content)
        kept.setdefault(partition, [])
    return kept


def expected(log: Log, partitions: int) -> dict[str, dict[int, list[Written]]]:
    """What corrections, indicators, signals, alerts and faults must be, by topic and partition."""
    return asyncio.run(_expected(log, partitions))


async def _expected(log: Log, partitions: int) -> dict[str, dict[int, list[Written]]]:
    engine = SandboxEngine()
    panel = load_module(engine, compile_source(panel_source()).wasm)
    directory = directory_of(log, partitions)
    out: dict[str, dict[int, list[Written]]] = {
        topic.name: {} for topic in (CORRECTIONS, INDICATORS, SIGNALS, ALERTS, FAULTS)
    }
    for partition, records in log[BARS.name].items():
        fresh = Snapshot()
        folds = (
            BarsFold(partition, partitions, fresh),
            IndicatorsFold(partition, partitions, Instance(panel, 1024), fresh),
            evaluation_of(log, partition, partitions, directory, engine),
        )
        for fold in folds:
            outputs = await fold.advance(records)
            for topic in out.keys() & outputs.keys():
                out[topic][partition] = [written(record) for record in outputs[topic]]
    engine.close()
    return out


def written(record: Outgoing) -> Written:
    return record.key, record.value, tuple(record.headers)


def directory_of(log: Log, partitions: int) -> Directory:
    directory = Directory()
    for topic in (VERSIONS, DEPLOYMENTS):
        for _, event in counted(log[topic.name], topic, partitions):
            directory.apply(event)
    return directory


def evaluation_of(
    log: Log, partition: int, partitions: int, directory: Directory, engine: SandboxEngine
) -> EvaluationFold:
    """The fold with every deployment there from the first bar on, active as the log says."""
    fold = EvaluationFold(partition, partitions, Roster(directory.deployment), Snapshot())
    records = {partition: log[ACTIVATIONS.name][partition]}
    events = [event for _, event in counted(records, ACTIVATIONS, partitions)]
    activations = advance(PartitionActivations(), events).activations
    for activation in activations.values():
        deployment = directory.deployment(activation)
        assert deployment is not None
        version = directory.version_of(deployment)
        assert version is not None
        fold.attach(Run(deployment, version, instance_of(version, engine)))
    fold.apply(activations)
    return fold


def instance_of(version: StrategyCompiled, engine: SandboxEngine) -> Instance | ForeignInstance:
    if version.language_version == LANGUAGE_VERSION:
        return ForeignInstance(load_foreign(ForeignEngine(), version.wasm), 1024)
    return Instance(load_module(engine, version.wasm), 1024)
