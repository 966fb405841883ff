"""What every released version wrote is taken in by the agents of today: nothing refused or lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import cast

import pytest
from aiokafka import TopicPartition

from api.log.tail import Tail
from api.reads.protocol import NextOffset
from api.stream.hub import Hub
from processors.bars.core import BarsFold
from processors.compilation.core import CompilationFold
from processors.evaluation.directory import Directory
from processors.indicators.agent import panel_source
from processors.indicators.core import IndicatorsFold
from sandbox.compiler.driver import Compiled, compile_source
from sandbox.host.engine import SandboxEngine
from sandbox.host.foreign.check import Examined, examine
from sandbox.host.foreign.engine import ForeignEngine
from sandbox.host.instance import Instance
from sandbox.host.module import load_module
from schemas.events.base import Event
from schemas.events.dead_letters import DeadLetterRetryStarted
from schemas.events.strategies import (
    StrategyActivated,
    StrategyDeactivated,
    StrategyDeployed,
    StrategyEdited,
)
from streams.activations import Activation, PartitionActivations, advance
from streams.admission import admit
from streams.catalog import (
    ACTIVATIONS,
    BARS,
    CORRECTIONS,
    DEPLOYMENTS,
    EDITS,
    EVENT_TOPICS,
    FAULTS,
    INDICATORS,
    LETTER_DECISIONS,
    VERSIONS,
    Topic,
)
from streams.codec import decode
from streams.decisions import Decisions
from streams.records import Record
from streams.snapshots import Snapshot
from tests.released_log import PARTITIONS, released_log
from tests.stack import temporary_settings

LOG = released_log()


def events_of(topic: Topic) -> Iterator[tuple[int, Event]]:
    """Every event of a topic, with its partition."""
    for partition, records in LOG[topic.name].items():
        for record in records:
            yield partition, admit(record, topic, PARTITIONS)


def test_the_log_has_events_of_every_topic() -> None:
    carried = Counter(type(event) for topic in EVENT_TOPICS for _, event in events_of(topic))
    assert carried.keys() == {event for topic in EVENT_TOPICS for event in topic.events}


def test_each_bar_counts_and_has_its_indicators() -> None:
    engine = SandboxEngine()
    panel = load_module(engine, compile_source(panel_source()).wasm)

    async def fold(partition: int, records: list[Record]) -> int:
        bars = await BarsFold(partition, PARTITIONS, Snapshot()).advance(records)
        assert (list(bars.get(BARS.dlq, ())), list(bars.get(CORRECTIONS.name, ()))) == ([], [])
        indicators = IndicatorsFold(partition, PARTITIONS, Instance(panel, 1000), Snapshot())
        return len((await indicators.advance(records))[INDICATORS.name])

    for partition, records in LOG[BARS.name].items():
        assert asyncio.run(fold(partition, list(records))) == len(records)
    engine.close()


def test_each_edit_is_answered() -> None:
    foreign = ForeignEngine()

    async def make(edit: StrategyEdited) -> Compiled | Examined:
        if edit.wasm is None:
            return compile_source(edit.source)
        module = examine(foreign, edit.wasm)
        return Examined(edit.wasm, module.metadata, module.memory_bytes)

    async def fold(partition: int, records: list[Record]) -> int:
        compilation = CompilationFold(partition, PARTITIONS, make, Snapshot(), {})
        return len((await compilation.advance(records))[VERSIONS.name])

    answers = sum(
        asyncio.run(fold(partition, list(records)))
        for partition, records in LOG[EDITS.name].items()
    )
    edits = [event for _, event in events_of(EDITS) if isinstance(event, StrategyEdited)]
    assert answers == len(edits) > 0
    foreign.close()


def test_each_deployment_is_known_and_those_that_ended_have_ended() -> None:
    directory = Directory()
    ended = set()
    for topic in (VERSIONS, DEPLOYMENTS, FAULTS):
        for _, event in events_of(topic):
            directory.apply(event)
            if type(event).__name__ in ("StrategyUndeployed", "DeploymentRefused"):
                ended.add(event.deployment_id)  # type: ignore[attr-defined]  # both have it
    assert ended
    for _, event in events_of(DEPLOYMENTS):
        if isinstance(event, StrategyDeployed):
            activation = Activation(event.deployment_id, event.strategy_id, 0)
            assert directory.deployment(activation) == event
            assert directory.is_ended(activation) == (event.deployment_id in ended)


def test_each_activation_counts_until_it_ended() -> None:
    found, begun, ended = 0, 0, 0
    for partition in range(PARTITIONS):
        lying = [event for place, event in events_of(ACTIVATIONS) if place == partition]
        state = advance(PartitionActivations(), lying)
        begun += len({e.deployment_id for e in lying if isinstance(e, StrategyActivated)})
        ended += len({e.deployment_id for e in lying if isinstance(e, StrategyDeactivated)})
        found += len(state.activations)
        ended -= sum(one.until_offset is not None for one in state.activations.values())
    assert (found, ended) == (begun, 0)
    assert begun > 0


def test_each_decision_about_a_letter_counts() -> None:
    decisions = Decisions()
    decided = 0
    for records in LOG[LETTER_DECISIONS.name].values():
        for record in records:
            decisions.apply(record)
            event = decode(record.value, record.headers, LETTER_DECISIONS.events)
            decided += not isinstance(event, DeadLetterRetryStarted)
    assert (decisions.unreadable, len(decisions.later)) == (0, 0)
    assert len(decisions.first) == decided > 0


@pytest.mark.parametrize("size", [1, 500])
def test_the_api_streams_each_record_once(size: int) -> None:
    async def projected() -> list[NextOffset]:
        return []

    with temporary_settings() as settings:
        tail = Tail(settings, Hub(), projected)
    tail.ring.begin({})
    written = 0
    for topic in EVENT_TOPICS:
        for partition, records in LOG[topic.name].items():
            written += len(records)
            tp = TopicPartition(topic.name, partition)
            for start in range(0, len(records), size):
                tail.take({tp: cast("list[Record]", records[start : start + size])})
    assert tail.ring.end == written > 100
