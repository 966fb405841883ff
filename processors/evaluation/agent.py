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
from processors.evaluation.core import RUN_PREFIX, EvaluationFold, History, Roster
from processors.evaluation.directory import Directory
from processors.evaluation.run import Run
from sandbox.errors import SandboxError
from sandbox.host.engine import SandboxEngine
from sandbox.host.instance import Instance
from sandbox.host.module import load_module
from schemas.events.strategies import StrategyCompiled, StrategyDeployed
from streams.admission import admit
from streams.catalog import BARS, BY_NAME, DEPLOYMENTS, EVALUATION_SNAPSHOTS, VERSIONS
from streams.codec import RecordError
from streams.compute import ComputeAgent
from streams.crash import background
from streams.reader import Batches, LogReader, partitions_of
from streams.records import Record
from streams.settings import Settings
from streams.snapshots import Snapshot

logger = logging.getLogger(__name__)

BLOCKS_MAX = 1_000_000
BEHIND_MAX = 16_384
"""Bars that a joining deployment may be behind when the partition is held for it."""
READ_MAX = 4_096
SETTLE_INTERVAL_S = 0.1


class EvaluationAgent(ComputeAgent):
    """A compute agent whose folds run deployments."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            settings, BARS, EVALUATION_SNAPSHOTS, self._make_evaluation, "evaluation/1"
        )
        self._directory = Directory()
        self._lock = asyncio.Lock()
        self._engine = SandboxEngine()
        self._instances: dict[str, Instance] = {}
        self._folds: dict[int, EvaluationFold] = {}
        self._claims: dict[int, Claim] = {}
        self._refused: set[str] = set()
        self._background: list[asyncio.Task[None]] = []
        starts = {
            tp: 0
            for topic in (VERSIONS, DEPLOYMENTS)
            for tp in partitions_of(topic.name, settings.kafka.partitions)
        }
        self._log = LogReader(settings, starts)

    async def start(self) -> None:
        """Read all versions and deployments before the first bar, then follow them."""
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

    async def _make_evaluation(self, partition: int, snapshot: Snapshot) -> EvaluationFold:
        """The fold as its snapshot left it; runs that joined since are caught up first."""
        claim = Claim(self._settings, self.publisher, partition)
        await claim.take()
        partitions = self._settings.kafka.partitions
        fold = EvaluationFold(partition, partitions, Roster(self._directory.deployment), snapshot)
        joined = []
        for deployment_id, activation in sorted(claim.activations.items()):
            until = activation.until_offset
            deployment = self._directory.deployment(deployment_id)
            if deployment is None or (until is not None and until <= snapshot.next_offset):
                continue
            run = self._run(deployment)
            if run is None:
                continue
            run.activation = activation
            if activation.from_offset < snapshot.next_offset:
                restore_run(run, snapshot)
                fold.attach(run)
            else:
                joined.append(run)
        fold.apply(claim.activations)
        history = History(partition, partitions, fold.roster, joined)
        if joined:
            await self._read_history(history, fold, snapshot.next_offset)
        for run in joined:
            fold.attach(run)
        self._folds[partition] = fold
        self._claims[partition] = claim
        return fold

    async def _follow(self) -> None:
        while True:
            self._learn(await self._log.batches())

    def _learn(self, batches: Batches) -> None:
        for tp, records in batches.items():
            for record in records:
                with contextlib.suppress(RecordError):  # the projection dead-letters it
                    topic = BY_NAME[tp.topic]
                    self._directory.apply(admit(record, topic, self._settings.kafka.partitions))

    async def _settle_forever(self) -> None:
        while True:
            for partition in list(self._folds):
                await self._settle(partition)
            await asyncio.sleep(SETTLE_INTERVAL_S)

    async def _settle(self, partition: int) -> None:
        """Let deployments that are new join the partition, and those that ended leave it."""
        fold, claim = self._folds[partition], self._claims[partition]
        ended = [
            activation
            for activation in claim.activations.values()
            if activation.until_offset is None
            and self._directory.is_ended(activation.deployment_id)
        ]
        if ended:
            async with self._lock:
                if self._folds.get(partition) is fold:
                    await claim.deactivate(ended, self._owned[partition].next_offset)
                    fold.apply(claim.activations)
        known = claim.activations
        runs = [
            run
            for deployment in self._directory.wanted()
            if deployment.deployment_id not in known and (run := self._run(deployment)) is not None
        ]
        if runs:
            await self._join(partition, fold, claim, runs)

    async def _join(
        self, partition: int, fold: EvaluationFold, claim: Claim, runs: list[Run]
    ) -> None:
        """Run the newcomers through history, the last of it under the lock, and activate them."""
        history = History(partition, self._settings.kafka.partitions, fold.roster, runs)
        while (owned := self._owned.get(partition)) is not None:
            if owned.next_offset - history.next_offset <= BEHIND_MAX:
                break
            await self._read_history(history, fold, owned.next_offset)
        async with self._lock:
            if self._folds.get(partition) is not fold:
                close_all(runs)
                return
            next_offset = self._owned[partition].next_offset
            await self._read_history(history, fold, next_offset)
            await claim.activate([run.deployment for run in runs], next_offset)
            for run in runs:
                fold.attach(run)
            fold.apply(claim.activations)

    async def _read_history(self, history: History, fold: EvaluationFold, next_offset: int) -> None:
        """Advance the history to where the fold is, in pieces that leave others their turn."""
        limit, target = fold.limits(next_offset), fold.reach(next_offset)
        if history.next_offset >= target:
            return
        tp = TopicPartition(BARS.name, history.partition)
        reader = LogReader(self._settings, {tp: history.next_offset})
        await reader.start()
        try:
            while history.next_offset < target:
                records = (await reader.batches(records_max=READ_MAX)).get(tp, ())
                below = [record for record in records if record.offset < target]
                if below:
                    history.advance(below, limit)
        finally:
            await reader.stop()

    def _run(self, deployment: StrategyDeployed) -> Run | None:
        """A run of the deployment; None, said once, where its params do not fit its version."""
        version = self._directory.version_of(deployment)
        if version is None or deployment.deployment_id in self._refused:
            return None
        try:
            instance = self._instance(version)
            instance.free(instance.allocate(deployment.params))
        except SandboxError as error:
            self._refused.add(deployment.deployment_id)
            logger.error("deployment %s cannot run: %s", deployment.deployment_id, error)
            return None
        return Run(deployment, version, instance)

    def _instance(self, version: StrategyCompiled) -> Instance:
        """One a version and worker: state blocks are what differs."""
        instance = self._instances.get(version.wasm_sha256)
        if instance is None:
            module = load_module(self._engine, version.wasm)
            instance = self._instances[version.wasm_sha256] = Instance(module, BLOCKS_MAX)
        return instance


def restore_run(run: Run, snapshot: Snapshot) -> None:
    """Take the run's states from the snapshot."""
    prefix = f"{RUN_PREFIX}{run.deployment.deployment_id}/"
    for name, entry in snapshot.entries.items():
        if name.startswith(prefix):
            run.restore(name.removeprefix(prefix), entry)


def close_all(runs: Sequence[Run]) -> None:
    for run in runs:
        run.close()


def make_agent(settings: Settings) -> EvaluationAgent:
    """The agent that runs deployed strategies."""
    return EvaluationAgent(settings)
