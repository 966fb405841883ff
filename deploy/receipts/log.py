"""The running log as what receipts are checked on; the broker is all that has to run."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiokafka import TopicPartition

from deploy.errors import UserError
from processors.evaluation.directory import Directory
from processors.evaluation.receipts.replay import SAID
from processors.evaluation.roster import FindDeployment
from schemas.events.base import Event
from streams.activations import Activation, PartitionActivations, advance
from streams.admission import admit
from streams.catalog import ACTIVATIONS, BARS, BY_NAME, DEPLOYMENTS, VERSIONS
from streams.codec import ERASED, RecordError
from streams.groups import GroupOffsets
from streams.reader import LogBounds, LogReader, partitions_of
from streams.records import Record
from streams.settings import Settings
from streams.topics import existing_topics

READ_MAX = 4_096
READ_WAIT_S = 0.5
SILENT_MAX_S = 60.0
"""A partition that has more and gives nothing for so long is an outage."""
_ROLE = "evaluation"


class LogSource:
    """A log up to where it ended when it was opened.

    What came later is left out by the order in which ends are read: first how far the workers have
    come, then where signals end, then who is active, then where bars end. So no signal is seen
    without its activation and its bar, and none is missed below `written_to`.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.partitions = settings.kafka.partitions
        self.directory = Directory()
        self.erased: set[str] = set()
        self._committed: Mapping[tuple[str, str, int], int] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._activations: dict[int, PartitionActivations] = {}

    async def open(self) -> None:
        """Raises UserError, KafkaError, OSError, TopicMismatchError."""
        needed = (BARS, *SAID, VERSIONS, DEPLOYMENTS, ACTIVATIONS)
        missing = {topic.name for topic in needed} - await existing_topics(self._settings)
        if missing:
            raise UserError(f"The log has no topic {min(missing)}: `peripheral up` makes them.")
        groups = GroupOffsets(self._settings)
        await groups.start()
        try:
            self._committed = await groups.committed()
        finally:
            await groups.stop()
        await self._read_ends(*(topic.name for topic in SAID))
        await self._read_ends(VERSIONS.name, DEPLOYMENTS.name, ACTIVATIONS.name)
        for topic in (VERSIONS, DEPLOYMENTS):
            for partition in range(self.partitions):
                async for event in self.events(topic.name, partition):
                    self.directory.apply(event)
        for partition in range(self.partitions):
            events = [event async for event in self.events(ACTIVATIONS.name, partition)]
            self._activations[partition] = advance(PartitionActivations(), events)
        await self._read_ends(BARS.name)

    def activations(self, partition: int) -> Mapping[str, Activation]:
        return self._activations[partition].activations

    def neighbours(self, partition: int) -> Mapping[str, Activation]:  # noqa: ARG002  # a log has all
        return {}

    def find(self, partition: int) -> FindDeployment:  # noqa: ARG002  # a bundle's differ by it
        return self.directory.deployment

    def written_to(self, partition: int) -> int:
        return self._committed.get((_ROLE, BARS.name, partition), 0)

    def end(self, topic: str, partition: int) -> int:
        """The offset behind the last record that is read."""
        return self._ends[TopicPartition(topic, partition)]

    async def events(self, topic: str, partition: int) -> AsyncIterator[Event]:
        """The records of a topic that are events of it; the others are dead letters."""
        async for record in self.records(topic, partition):
            try:
                yield admit(record, BY_NAME[topic], self.partitions)
            except RecordError as error:
                if error.reason == ERASED:
                    self.erased.add((record.key or b"").decode(errors="replace"))

    async def records(self, topic: str, partition: int) -> AsyncGenerator[Record, None]:
        tp = TopicPartition(topic, partition)
        end = self._ends[tp]
        if not end:
            return
        async with opened(self._settings, tp) as reader:
            silent = 0
            while await reader.position(tp) < end:
                batch = (await reader.batches(READ_WAIT_S, READ_MAX)).get(tp, ())
                for record in batch:
                    if record.offset < end:
                        yield record
                silent = 0 if batch else silent + 1
                if silent * READ_WAIT_S > SILENT_MAX_S:
                    raise TimeoutError(f"{topic}/{partition} gave nothing for {SILENT_MAX_S:g} s")

    async def _read_ends(self, *topics: str) -> None:
        """Raises UserError where a topic's first records are gone."""
        wanted = [tp for topic in topics for tp in partitions_of(topic, self.partitions)]
        async with LogBounds(self._settings, wanted) as bounds:
            begins = await bounds.begins()
            self._ends |= await bounds.ends()
        for tp, begin in begins.items():
            if begin:
                raise UserError(
                    f"{tp.topic}/{tp.partition} begins at offset {begin}: what was before is gone,"
                    " and nothing can be run from the first bar on. Restore the log from a backup,"
                    " or check a bundle that was exported before."
                )


@asynccontextmanager
async def opened(settings: Settings, tp: TopicPartition) -> AsyncIterator[LogReader]:
    """A reader of one partition from its first record on."""
    reader = LogReader(settings, {tp: 0})
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()
