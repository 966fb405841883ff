"""A partition's bars again from the first on, under the activations that lie on the log, by the
fold that runs live, and what it says held against what was said."""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Protocol

from processors.evaluation.core import EvaluationFold
from processors.evaluation.directory import Directory
from processors.evaluation.instances import AnyInstance, Instances
from processors.evaluation.receipts.compared import Compared, Tallies
from processors.evaluation.receipts.heads import Wanted
from processors.evaluation.roster import FindDeployment, Roster
from processors.evaluation.run import Run, rules_of
from sandbox.errors import SandboxError
from schemas.events.strategies import StrategyCompiled, StrategyDeployed
from streams.activations import Activation
from streams.catalog import ALERTS, BARS, FAULTS, SIGNALS
from streams.records import Record
from streams.snapshots import Snapshot

SAID = (SIGNALS, ALERTS, FAULTS)
BATCH_BARS = 1_024


class Source(Protocol):
    """A log, or what was taken from one."""

    @property
    def partitions(self) -> int: ...
    @property
    def directory(self) -> Directory:
        """The versions and deployments."""

    @property
    def erased(self) -> Collection[str]:
        """Strategies of which versions can't be read any more: their authors were erased."""

    def activations(self, partition: int) -> Mapping[str, Activation]: ...
    def neighbours(self, partition: int) -> Mapping[str, Activation]:
        """Of others that nothing is known of but their places, by which signals are numbered."""

    def find(self, partition: int) -> FindDeployment:
        """On which series what was activated runs, neighbours too."""

    def written_to(self, partition: int) -> int:
        """The offset below which all that there is to say of bars was written."""

    def records(self, topic: str, partition: int) -> AsyncGenerator[Record, None]:
        """Those of a topic, in order; to be closed."""


class UnverifiableError(Exception):
    """A deployment can't be run again: what it was is not there, or is not what it says."""

    def __init__(self, deployment_id: str, reason: str) -> None:
        self.deployment_id, self.reason = deployment_id, reason
        super().__init__(f"{deployment_id} can't be run again: {reason}")


class TooLargeError(Exception):
    """The states of what is to be run take more than the caller has for them."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at. wanted: which records. runs: which deployments. whole: whether all of
    their records are, from the first on."""

    wanted: Wanted
    runs: Callable[[str], bool]
    whole: bool


@dataclass(slots=True)
class Done:
    """How far a partition is. until: the offset of its bars below which all is as it must be, or
    is told; bars: how many were run."""

    until: int = 0
    bars: int = 0
    unreadable: int = 0


class Replay:
    """Replays partitions, one after another. memory_bytes_max: of the runs of one partition."""

    def __init__(
        self,
        source: Source,
        scope: Scope,
        instances: Instances,
        memory_bytes_max: int | None = None,
    ) -> None:
        self.tallies: Tallies = {}
        self.unverifiable: dict[str, str] = {}
        self._source, self._scope = source, scope
        self._memory_bytes_max = memory_bytes_max
        self._instances = instances
        self._unrunnable: set[str] = set()  # a module that never starts is not tried 256 times
        self._kept: dict[str, AnyInstance] = {}  # or each partition would have them made anew

    async def partition(self, number: int, heard: Callable[[int], object] = lambda _: None) -> Done:
        """Replay a partition. heard: told the offsets that it comes to.

        Raises TooLargeError, CallInterruptedError.
        """
        source, written_to = self._source, self._source.written_to(number)
        done = Done()
        fold = EvaluationFold(number, source.partitions, Roster(source.find(number)), Snapshot())
        for run in await self._runs(number):
            fold.attach(run)
        fold.apply({**source.activations(number), **source.neighbours(number)})
        async with AsyncExitStack() as ends:
            ends.callback(fold.close)
            held = {}
            for topic in SAID:
                found = source.records(topic.name, number)
                ends.push_async_callback(found.aclose)
                held[topic.name] = Compared(
                    topic,
                    number,
                    source.partitions,
                    found,
                    self._scope.wanted,
                    written_to,
                    self.tallies,
                    whole=self._scope.whole,
                )
                ends.callback(held[topic.name].close)
            if fold.runs:
                await self._fold(fold, held, done, written_to, heard)
            for each in held.values():
                await each.finish()
            done.unreadable = sum(each.unreadable for each in held.values())
            pending = [each.pending for each in held.values() if each.pending is not None]
            done.until = min([done.until, *pending])
        return done

    async def _fold(
        self,
        fold: EvaluationFold,
        held: Mapping[str, Compared],
        done: Done,
        written_to: int,
        heard: Callable[[int], object],
    ) -> None:
        async with aclosing(self._source.records(BARS.name, fold.partition)) as bars:
            async for batch in batches(bars, BATCH_BARS):
                outputs = await fold.advance(batch)
                for topic, outgoing in outputs.items():
                    await held[topic].hold(outgoing)
                self._check_size(fold.runs)
                done.until, done.bars = batch[-1].offset + 1, fold.bars
                heard(done.until)
                if done.until >= written_to and all(each.ended for each in held.values()):
                    break
            else:
                done.until = max(done.until, written_to)  # what is behind the last bar is no bar
        for run in fold.runs:
            if run.unfit is not None:
                self.unverifiable[run.name] = f"there is no room for all of its series: {run.unfit}"

    async def _runs(self, partition: int) -> list[Run]:
        runs = []
        for activation in self._source.activations(partition).values():
            name = activation.deployment_id
            if self._scope.runs(name) and name not in self._unrunnable:
                try:
                    runs.append(await self._run(activation))
                except UnverifiableError as error:
                    self._unrunnable.add(name)
                    self.unverifiable[name] = error.reason
        return runs

    async def _run(self, activation: Activation) -> Run:
        """Raises UnverifiableError."""
        name, directory = activation.deployment_id, self._source.directory
        deployment = directory.deployment(activation)
        if deployment is None:
            raise UnverifiableError(
                name, f"there is no StrategyDeployed of {activation.strategy_id}"
            )
        version = directory.version_of(deployment)
        if version is None:
            what = f"version {deployment.version} of {deployment.strategy_id}"
            raise UnverifiableError(name, f"there is no {what}")
        return Run(deployment, version, await self._instance(deployment, version))

    async def _instance(
        self, deployment: StrategyDeployed, version: StrategyCompiled
    ) -> AnyInstance:
        name, sha256 = deployment.deployment_id, version.wasm_sha256
        try:
            instance = await self._instances.of(version)
            instance.free(instance.allocate(deployment.params, rules_of(deployment)))
        except SandboxError as error:
            raise UnverifiableError(name, str(error)) from None
        metadata = instance.metadata
        if (metadata.plots, metadata.alerts) != (version.plots, version.alerts):
            raise UnverifiableError(
                name, "its module has other plots or alerts than its version says"
            )
        return self._kept.setdefault(sha256, instance)

    def _check_size(self, runs: Iterable[Run]) -> None:
        found = sum(run.memory_bytes for run in runs)
        if self._memory_bytes_max is not None and found > self._memory_bytes_max:
            raise TooLargeError(
                f"the states of its strategies take more than {self._memory_bytes_max:,} bytes"
            )


async def batches(records: AsyncIterator[Record], most: int) -> AsyncIterator[Sequence[Record]]:
    """Records in pieces of that many."""
    batch: list[Record] = []
    async for record in records:
        batch.append(record)
        if len(batch) == most:
            yield batch
            batch = []
    if batch:
        yield batch
