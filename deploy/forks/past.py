"""What ran at a moment: versions, deployments and activations, as far as they count by its cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

from deploy.errors import UserError
from deploy.worlds.cut import Cut
from deploy.worlds.stretch import records_within
from processors.evaluation.directory import Directory
from schemas.events.base import Event
from schemas.events.strategies import StrategyCompiled
from streams.activations import Activation, PartitionActivations, advance
from streams.admission import admit
from streams.catalog import ACTIVATIONS, BY_NAME, DEPLOYMENTS, FAULTS, VERSIONS
from streams.codec import RecordError
from streams.records import Record
from streams.settings import Settings


@dataclass(slots=True)
class Past:
    """activations: by partition."""

    directory: Directory = field(default_factory=Directory)
    activations: dict[int, PartitionActivations] = field(default_factory=dict)

    def apply(self, topic: str, partition: int, events: Sequence[Event]) -> None:
        """Take in events of one of the three topics, in their order."""
        if topic == ACTIVATIONS.name:
            before = self.activations.get(partition, PartitionActivations())
            self.activations[partition] = advance(before, events)
            return
        for event in events:
            self.directory.apply(event)

    def newest(self, strategy_id: str) -> StrategyCompiled:
        """Its newest version. Raises `UserError` where it has none."""
        found = self.directory.versions_of(strategy_id)
        if not found:
            raise UserError(f"There was no version of {strategy_id} then.")
        return max(found, key=lambda each: each.version)

    def active(self) -> dict[int, list[Activation]]:
        """Those that have not ended, by partition."""
        return {
            partition: [each for each in state.activations.values() if each.until_offset is None]
            for partition, state in self.activations.items()
        }


async def read_past(settings: Settings, cut: Cut) -> Past:
    """As the log has it up to the cut."""
    past = Past()
    names = {topic.name for topic in (VERSIONS, DEPLOYMENTS, FAULTS, ACTIVATIONS)}
    starts = {tp: 0 for tp in cut.ends if tp.topic in names}
    async with aclosing(records_within(settings, starts, cut)) as stretch:
        async for tp, records in stretch:
            events = list(_events(settings, records))
            past.apply(tp.topic, tp.partition, events)
    return past


def _events(settings: Settings, records: Sequence[Record]) -> Iterator[Event]:
    for record in records:
        with suppress(RecordError):
            yield admit(record, BY_NAME[record.topic], settings.kafka.partitions)
