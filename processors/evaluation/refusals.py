"""Keeps authors within their budgets on the partitions of one worker, by events that say so."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from weakref import WeakKeyDictionary

from processors.evaluation.budgets import (
    METER_BARS,
    UNFIT,
    Load,
    Meter,
    over_state,
    over_work,
    refusal,
)
from processors.evaluation.core import EvaluationFold
from processors.evaluation.history import History
from processors.evaluation.outgoing import SOURCE
from processors.evaluation.run import Run
from schemas.events.strategies import DeploymentRefused, StrategyDeployed
from streams.catalog import DEPLOYMENTS
from streams.codec import encode
from streams.producer import Publisher
from streams.settings import Settings

logger = logging.getLogger(__name__)


class Refusals:
    """Says of each deployment once that it is not run, or no longer.

    Once it is on the log, every owner learns it there, as that somebody undeployed it.
    """

    def __init__(self, settings: Settings, publisher: Publisher) -> None:
        self._budget = settings.evaluation
        self._partitions = settings.kafka.partitions
        self._publisher = publisher
        self._waiting: dict[str, DeploymentRefused] = {}
        self._written: set[str] = set()
        self._meters: WeakKeyDictionary[EvaluationFold, Meter] = WeakKeyDictionary()

    def __contains__(self, deployment_id: str) -> bool:
        return deployment_id in self._waiting or deployment_id in self._written

    def unfit(self, deployment: StrategyDeployed, message: str) -> None:
        """It cannot run: its params do not fit its version, or its module not this host."""
        self._add([refusal(deployment, UNFIT, message)])

    def _unfit(self, runs: Iterable[Run]) -> None:
        for run in runs:
            if run.unfit is not None:
                message = f"There is no room for all of its series: {run.unfit}."
                self.unfit(run.deployment, f"{message} Deploy it on fewer.")

    def check(self, fold: EvaluationFold, newcomers: Sequence[Run]) -> None:
        """Refuse what is more than its author may have on the fold's partition, or than there is
        room for."""
        self._unfit(self._staying(fold))
        known = fold.series() if newcomers else []
        state = [
            Load(run.deployment, run.state_bytes, run.activation.from_offset)
            for run in self._staying(fold)
            if run.activation is not None
        ]
        state += [
            Load(run.deployment, run.version.state_bytes * sum(map(run.runs_on, known)))
            for run in newcomers
        ]
        self._add(over_state(state, self._budget.author_state_bytes_max // self._partitions))
        meter = self._meters.setdefault(fold, Meter())
        work = meter.read(fold.bars, {run.name: run.steps for run in fold.runs})
        loads = [
            Load(run.deployment, work[run.name]) for run in self._staying(fold) if run.name in work
        ]
        self._add(over_work(loads, self._budget.author_steps_per_bar_max))

    def _staying(self, fold: EvaluationFold) -> list[Run]:
        """The runs that have not ended and are not about to."""
        return [
            run
            for run in fold.runs
            if run.name not in self
            and run.activation is not None
            and run.activation.until_offset is None
        ]

    def check_history(self, history: History) -> None:
        """Refuse newcomers that already cost too much, before they are run through all of it."""
        self._unfit(history.runs)
        if history.bars >= METER_BARS:
            loads = [Load(run.deployment, run.steps / history.bars) for run in history.runs]
            self._add(over_work(loads, self._budget.author_steps_per_bar_max))
        history.drop([run for run in history.runs if run.name in self])

    async def write(self) -> None:
        """Put on the log what was refused since the last call."""
        for name, refused in list(self._waiting.items()):
            logger.warning("deployment %s is refused: %s", name, refused.message)
            record = encode(
                refused,
                key=refused.strategy_id,
                event_id=f"{DEPLOYMENTS.name}/{name}/refused/{refused.reason}",
                source=SOURCE,
                ts_us=time.time_ns() // 1000,
            )
            await self._publisher.publish(DEPLOYMENTS.name, record)
            self._written.add(name)
            del self._waiting[name]

    def _add(self, refusals: Iterable[DeploymentRefused]) -> None:
        for refused in refusals:
            if refused.deployment_id not in self:
                self._waiting[refused.deployment_id] = refused
