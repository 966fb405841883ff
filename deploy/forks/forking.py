"""Makes a fork: what it shares, what it decides otherwise, and what comes of that."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiokafka import TopicPartition

from deploy.commands.strategy_files import read_source
from deploy.forks.changes import Changes
from deploy.forks.deciding import (
    Decision,
    activations_of,
    deployments_of,
    edits_of,
    outgoing,
    settled_of,
)
from deploy.forks.manifest import Manifest, keep
from deploy.forks.past import Past, read_past
from deploy.forks.replacing import Replacement, replacements
from deploy.forks.replaying import Replaying
from deploy.forks.topics import OWN, schema_of, topic_of
from deploy.forks.writing import Writing
from deploy.worlds.cut import Cut
from deploy.worlds.cutting import cut_at
from deploy.worlds.filling import Filler, Progress
from deploy.worlds.moment import Place
from deploy.worlds.world import make_world
from processors.compilation.core import compiled_event
from sandbox.compiler.driver import compile_source
from schemas.events.strategies import StrategyCompiled, StrategyEdited
from streams.catalog import (
    ACTIONS,
    BARS,
    BY_NAME,
    CORRECTIONS,
    EDITS,
    INDICATORS,
    INSTRUMENTS,
    UNIVERSES,
)
from streams.producer import Publisher, partition_of
from streams.reader import LogBounds
from streams.settings import Settings
from streams.topics import make_topics

MARKET = (BARS, CORRECTIONS, ACTIONS, INSTRUMENTS, UNIVERSES, INDICATORS)
"""What goes on in a fork as it did: nobody's decisions move the market."""


@dataclass(frozen=True, slots=True)
class Asked:
    """given: the changes as they were written."""

    name: str
    moment: datetime | Place
    changes: Changes
    given: tuple[str, ...]


async def fork(settings: Settings, asked: Asked, progress: Progress) -> Manifest:
    """Make topics and tables of a fork and fill them; it is there once its manifest is.

    Raises `UserError` on changes that can't be, and CompileError.
    """
    cut = await cut_at(settings, asked.moment)
    past = await read_past(settings, cut)
    partitions = settings.kafka.partitions
    since = {p: cut.ends[TopicPartition(BARS.name, p)] for p in range(partitions)}
    settled = list(settled_of(past, since))
    for each in settled:
        past.apply(each.topic.name, each.partition, [each.event])
    edits = _edits(settings, asked, past, cut)
    found = replacements(
        asked.name,
        past.directory,
        [each for active in past.active().values() for each in active],
        asked.changes,
        {version.strategy_id: version for _, version in edits},
    )
    changed = [
        *edits_of(edits, partitions),
        *deployments_of(found, partitions),
        *activations_of(found, past, since),
    ]
    for each in changed:
        past.apply(each.topic.name, each.partition, [each.event])
    whole = await _shared(settings, cut)
    until = {p: whole.ends[TopicPartition(BARS.name, p)] for p in range(partitions)}
    world = await asyncio.to_thread(
        make_world, settings, schema_of(asked.name), f"fork as of {asked.moment}"
    )
    await make_topics(settings, [topic_of(asked.name, topic) for topic in OWN])
    filler, publisher = Filler(world.settings, progress), Publisher(settings, "fork")
    await publisher.start()
    try:
        await filler.fill(whole)
        writing = Writing(asked.name, publisher, filler, time.time_ns() // 1_000_000)
        await _decide(asked.name, [*settled, *changed], writing)
        await _replay(Replaying(settings, past, since, until), partitions, writing, progress, until)
    finally:
        await publisher.stop()
        await filler.close()
    manifest = _manifest(asked, found, since, until)
    await asyncio.to_thread(keep, settings, manifest)
    return manifest


def _edits(
    settings: Settings, asked: Asked, past: Past, cut: Cut
) -> list[tuple[StrategyEdited, StrategyCompiled]]:
    """What the changed strategies are compiled to, behind the versions that there are."""
    made = []
    places: dict[int, int] = {}
    for strategy_id, file in asked.changes.strategies.items():
        newest = past.newest(strategy_id)
        source = read_source(file)
        edit = StrategyEdited(
            strategy_id=strategy_id,
            edit_id=f"fork-{asked.name}",
            name=newest.name,
            source=source,
            author=newest.author,
        )
        partition = partition_of(strategy_id.encode(), settings.kafka.partitions)
        end = cut.ends[TopicPartition(EDITS.name, partition)]
        offset = end + places.get(partition, 0)
        places[partition] = places.get(partition, 0) + 1
        compiled = compile_source(source)
        made.append((edit, compiled_event(edit, compiled, newest.version + 1, offset)))
    return made


async def _shared(settings: Settings, cut: Cut) -> Cut:
    """What the fork has in common with the log: all up to its moment, and the market up to now."""
    names = {topic.name for topic in MARKET}
    market = [tp for tp in cut.ends if tp.topic in names]
    async with LogBounds(settings, market) as bounds:
        now = await bounds.ends()
    sources = {tp: end for tp, end in cut.sources.items() if tp.topic not in names}
    return Cut({**cut.ends, **now}, sources)


async def _decide(fork: str, decisions: Sequence[Decision], writing: Writing) -> None:
    for number, each in enumerate(decisions):
        record = outgoing(fork, number, each, writing.ts_ms)
        await writing.write(each.topic, each.partition, [record])


async def _replay(
    replaying: Replaying,
    partitions: int,
    writing: Writing,
    progress: Progress,
    until: Mapping[int, int],
) -> None:
    done = 0
    for partition in range(partitions):
        async for bars, said in replaying.partition(partition):
            for topic, records in said.items():
                await writing.write(BY_NAME[topic], partition, records)
            done += bars
            progress(done, sum(until.values()))


def _manifest(
    asked: Asked,
    found: Sequence[Replacement],
    since: Mapping[int, int],
    until: Mapping[int, int],
) -> Manifest:
    return Manifest(
        name=asked.name,
        moment=str(asked.moment),
        changes=asked.given,
        since=tuple(since.values()),
        until=tuple(until.values()),
        replaced={each.old.deployment_id: each.new.deployment_id for each in found},
    )
