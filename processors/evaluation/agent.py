"""Binds the evaluation fold to the log: deployments join and leave at stated offsets.

A deployment joins a partition once it has been run through all earlier bars, aside; the few that
came meanwhile are caught up with under the agent's lock, and then its activation is written.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence

from aiokafka import TopicPartition

from processors.evaluation.claims import Claim
from processors.evaluation.core import EvaluationFold
from processors.evaluation.directory import Directory
from processors.evaluation.history import History, resume, unfinished
from processors.evaluation.instances import Instances
from processors.evaluation.refusals import Refusals
from processors.evaluation.roster import Roster
from processors.evaluation.run import Run, rules_of
from sandbox.errors import SandboxError
from schemas.events.base import DerivedEvent
from schemas.events.strategies import StrategyDeployed
from streams.admission import admit
from streams.catalog import BARS, BY_NAME, DEPLOYMENTS, EVALUATION_SNAPSHOTS, FAULTS, VERSIONS
from streams.codec import RecordError
from streams.compute import ComputeAgent
from streams.crash import background
from streams.marks import HighWaterMarks
from streams.reader import Batches, LogReader, partitions_of
from streams.records import Record
from streams.settings import Settings
from streams.snapshots import Snapshot

logger = logging.getLogger(__name__)

BEHIND_MAX = 16_384
"""Bars that a joining deployment may be behind when the partition is held for it."""
READ_MAX = 4_096
TURN_BARS = 256
"""Of history, before others get their turn."""
SETTLE_INTERVAL_S = 0.1
LEARN_INTERVAL_S = 0.01


class EvaluationAgent(ComputeAgent):
    """A compute agent whose folds run deployments."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            settings, BARS, EVALUATION_SNAPSHOTS, self._make_evaluation, "evaluation/2"
        )
        self._directory = Directory()
        self._marks = HighWaterMarks()
        self._lock = asyncio.Lock()
        self._instances = Instances(settings.module_cache_dir)
        self._folds: dict[int, EvaluationFold] = {}
        self._claims: dict[int, Claim] = {}
        self._refusals = Refusals(settings, self.publisher)
        self._background: list[asyncio.Task[None]] = []
        starts = {
            tp: 0
            for topic in (VERSIONS, DEPLOYMENTS, FAULTS)
            for tp in partitions_of(topic.name, settings.kafka.partitions)
        }
        self._log = LogReader(settings, starts)

    async def start(self) -> None:
        """Read all versions, deployments and faults before the first bar, then follow them."""
        await super().start()
        await self._log.start()
        async for batches in self._log.to_end():
            self._learn(batches)
        self._background = [
            background(self._follow()),
            background(self._settle_forever()),
        ]

    async def stop(self) -> None:
        for task in self._background:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._log.stop()
        await super().stop()

    async def position(self, topic: str, partition: int) -> int:
        async with self._lock:
            return await super().position(topic, partition)

    async def handle(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        async with self._lock:
            await super().handle(topic, partition, records)

    async def checkpoint(self) -> dict[tuple[str, int], int]:
        async with self._lock:
            offsets = await super().checkpoint()
            for (_, partition), saved_offset in offsets.items():
                self._folds[partition].drop_ended(saved_offset)
            return offsets

    async def release(self) -> None:
        async with self._lock:
            await super().release()
            for fold in self._folds.values():
                fold.close()
            self._folds.clear()
            self._claims.clear()

    async def _claim(self, partition: int) -> int:
        """Claim the partition, and know whatever the claim says is active."""
        claim = Claim(self._settings, self.publisher, partition)
        await claim.take()
        ends = await self._log.ends()
        # A reader's position signals nothing that could be awaited.
        while any([await self._log.position(tp) < end for tp, end in ends.items()]):  # noqa: ASYNC110
            await asyncio.sleep(LEARN_INTERVAL_S)
        self._claims[partition] = claim
        return claim.epoch

    async def _make_evaluation(self, partition: int, snapshot: Snapshot) -> EvaluationFold:
        """The fold as its snapshot left it; runs that joined since are caught up first."""
        partitions = self._settings.kafka.partitions
        fold = EvaluationFold(partition, partitions, Roster(self._directory.deployment), snapshot)
        activations = self._claims[partition].activations
        runs = [
            run
            for activation in unfinished(activations, snapshot.next_offset)
            if (deployment := self._directory.deployment(activation)) is not None
            and (run := await self._run(deployment)) is not None
        ]
        history = resume(fold, partitions, activations, runs, snapshot)
        if history.runs:
            await self._read_history(history, history.target)
        history.hand_over(fold)
        self._folds[partition] = fold
        return fold

    async def _follow(self) -> None:
        while True:
            self._learn(await self._log.batches())

    def _learn(self, batches: Batches) -> None:
        for tp, records in batches.items():
            for record in records:
                with contextlib.suppress(RecordError):  # the projection dead-letters it
                    topic = BY_NAME[tp.topic]
                    event = admit(record, topic, self._settings.kafka.partitions)
                    if not isinstance(event, DerivedEvent) or self._marks.rises(
                        tp.topic, tp.partition, (event.source_offset, event.seq)
                    ):
                        self._directory.apply(event)

    async def _settle_forever(self) -> None:
        while True:
            for partition, fold in list(self._folds.items()):
                await self._settle(partition, fold)
            await asyncio.sleep(SETTLE_INTERVAL_S)

    async def _settle(self, partition: int, fold: EvaluationFold) -> None:
        """Let deployments that are new join the partition, and those that ended leave it."""
        owned = self._owned.get(partition)
        if owned is None or owned.fold is not fold or not fold.is_caught_up(owned.next_offset):
            return
        claim = self._claims[partition]
        ended = [
            activation
            for activation in claim.activations.values()
            if activation.until_offset is None and self._directory.is_ended(activation)
        ]
        if ended:
            async with self._lock:
                if self._folds.get(partition) is fold:
                    await claim.deactivate(ended, await self._end(partition))
                    fold.apply(claim.activations)
        known = claim.activations
        runs = [
            run
            for deployment in self._directory.wanted()
            if deployment.deployment_id not in known
            and deployment.deployment_id not in self._refusals
            and (run := await self._run(deployment)) is not None
        ]
        self._refusals.check(fold, runs)
        await self._refusals.write()
        runs = [run for run in runs if run.name not in self._refusals]
        if runs:
            await self._join(partition, fold, claim, runs)

    async def _end(self, partition: int) -> int:
        """The offset behind the partition's last bar.

        Who joins or leaves does so there: an earlier owner that does not know yet that it lost the
        partition may still say what it has to say about the bars that it had fetched.
        """
        tp = TopicPartition(BARS.name, partition)
        reader = LogReader(self._settings, {tp: LogReader.END_OF_LOG})
        await reader.start()
        try:
            return max((await reader.ends())[tp], self._owned[partition].next_offset)
        finally:
            await reader.stop()

    async def _join(
        self, partition: int, fold: EvaluationFold, claim: Claim, runs: list[Run]
    ) -> None:
        """Run the newcomers through history, the last of it under the lock, and activate them."""
        history = History(partition, self._settings.kafka.partitions, fold.roster, runs)
        while (owned := self._owned.get(partition)) is not None:
            if owned.next_offset - history.next_offset <= BEHIND_MAX:
                break
            await self._read_history(history, owned.next_offset)
            await self._refusals.write()
        async with self._lock:
            if self._folds.get(partition) is not fold:
                history.drop(list(history.runs))
                return
            await self._read_history(history, self._owned[partition].next_offset)
            history.drop([run for run in history.runs if self._directory.has_ended(run.deployment)])
            joined = [run.deployment for run in history.runs]
            await claim.activate(joined, await self._end(partition))
            history.hand_over(fold)
            fold.apply(claim.activations)

    async def _read_history(self, history: History, target: int) -> None:
        """Advance the history to an offset, in pieces that leave others their turn."""
        if history.next_offset >= target:
            return
        tp = TopicPartition(BARS.name, history.partition)
        reader = LogReader(self._settings, {tp: history.next_offset})
        await reader.start()
        try:
            while history.next_offset < target:
                records = (await reader.batches(records_max=READ_MAX)).get(tp, ())
                below = [record for record in records if record.offset < target]
                for start in range(0, len(below), TURN_BARS):
                    history.advance(below[start : start + TURN_BARS])
                    await asyncio.sleep(0)
                    if not history.resumed:
                        self._refusals.check_history(history)
        finally:
            await reader.stop()

    async def _run(self, deployment: StrategyDeployed) -> Run | None:
        """A run of the deployment; None where it cannot run, which its refusal will say."""
        version = self._directory.version_of(deployment)
        if version is None:
            return None
        try:
            instance = await self._instances.of(version)
            instance.free(instance.allocate(deployment.params, rules_of(deployment)))
        except SandboxError as error:
            self._refusals.unfit(deployment, f"{error}.")
            return None
        return Run(deployment, version, instance)


def make_agent(settings: Settings) -> EvaluationAgent:
    """The agent that runs deployed strategies."""
    return EvaluationAgent(settings)
