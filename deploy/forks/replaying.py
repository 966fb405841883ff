"""A partition's bars again, under a fork's deployments, by the fold that runs live."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing

from aiokafka import TopicPartition

from deploy.errors import UserError
from deploy.forks.past import Past
from deploy.worlds.cut import Cut
from deploy.worlds.stretch import records_within
from processors.evaluation.core import EvaluationFold
from processors.evaluation.instances import Instances
from processors.evaluation.receipts.heads import head_of
from processors.evaluation.roster import Roster
from processors.evaluation.run import Run
from sandbox.errors import ModuleError
from streams.catalog import BARS
from streams.codec import Outgoing
from streams.settings import Settings
from streams.snapshots import Snapshot

BATCH_BARS = 1_024


class Replaying:
    """Replays the bars of partitions. since, until: of bars, by partition: what is said of those
    before `since` is as it was, and left out; at `until` the fork ends."""

    def __init__(
        self, settings: Settings, past: Past, since: Mapping[int, int], until: Mapping[int, int]
    ) -> None:
        self._settings = settings
        self._past = past
        self._since, self._until = since, until
        self._instances = Instances(settings.module_cache_dir)

    async def partition(
        self, partition: int
    ) -> AsyncIterator[tuple[int, Mapping[str, Sequence[Outgoing]]]]:
        """How many bars were read, and what is said of them from `since` on, by topic."""
        tp = TopicPartition(BARS.name, partition)
        cut = Cut({tp: self._until[partition]})
        since = self._since[partition]
        fold = await self._fold(partition, since)
        try:
            async with aclosing(records_within(self._settings, {tp: 0}, cut)) as stretch:
                async for _, records in stretch:
                    for at in range(0, len(records), BATCH_BARS):
                        batch = records[at : at + BATCH_BARS]
                        outputs = await fold.advance(batch)
                        yield (
                            len(batch),
                            {
                                topic: [each for each in said if _counts(each, since)]
                                for topic, said in outputs.items()
                            },
                        )
        finally:
            fold.close()

    async def _fold(self, partition: int, since: int) -> EvaluationFold:
        directory = self._past.directory
        state = self._past.activations.get(partition)
        activations = state.activations if state is not None else {}
        count = self._settings.kafka.partitions
        fold = EvaluationFold(partition, count, Roster(directory.deployment), Snapshot())
        for activation in activations.values():
            if activation.until_offset is not None and activation.until_offset <= since:
                continue  # it had ended; that it was there, the roster knows
            deployment = directory.deployment(activation)
            version = None if deployment is None else directory.version_of(deployment)
            if deployment is None or version is None:
                continue
            try:
                fold.attach(Run(deployment, version, await self._instances.of(version)))
            except ModuleError as error:
                raise UserError(
                    f"{deployment.deployment_id} can't be run again: {error}."
                ) from error
        fold.apply(activations)
        return fold


def _counts(outgoing: Outgoing, since: int) -> bool:
    head = head_of(outgoing.value)
    assert head is not None, "the fold writes events of the catalog"
    return head.source_offset >= since
