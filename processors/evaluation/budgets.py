"""What one author's deployments may take of a partition, and which of them is too much.

Whether a deployment fits is decided by the partition's owner, who alone knows what runs there; the
decision is written to the log, so all that follows from it follows from the log. Nothing else does
from what is measured here: a replay never measures again.

State is counted as blocks: the version's state bytes, once for each series. Work is counted in
steps per bar of the partition, not per second: so it is the same on every machine, a worker that
catches up counts as one that is live, and the more bars come, the sooner it is known. A step is one
operation of the sandbox, 0.1 to 0.5 ns; what the host does for a bar counts as HOST_STEPS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from schemas.events.strategies import DeploymentRefused, StrategyDeployed

HOST_STEPS = 5_000
"""A call costs tens of microseconds, for one live bar as for thousands: between the two."""
METER_BARS = 1_000
"""Bars over which work is averaged: a strategy may think hard now and then."""
NOT_YET_ACTIVE = 2**63 - 1

STATE_BUDGET = "state_budget"
WORK_BUDGET = "work_budget"
UNFIT = "unfit"


@dataclass(frozen=True, slots=True)
class Load:
    """What a deployment takes of a partition. since: the offset from which it is active."""

    deployment: StrategyDeployed
    amount: float
    since: int = NOT_YET_ACTIVE


def too_much(
    loads: Iterable[Load], limit: float, last: Callable[[Load], float]
) -> list[tuple[Load, float]]:
    """The loads that must go so that the rest of each author's is within the limit, and what all of
    them had come to; those go for which `last` is highest."""
    by_author: dict[str, list[Load]] = {}
    for load in loads:
        by_author.setdefault(load.deployment.author, []).append(load)
    found = []
    for _, mine in sorted(by_author.items()):
        mine.sort(key=lambda load: (last(load), load.deployment.deployment_id))
        total = sum(load.amount for load in mine)
        while total > limit:
            load = mine.pop()
            found.append((load, total))
            total = sum(rest.amount for rest in mine)
    return found


def over_state(loads: Iterable[Load], bytes_max: int) -> list[DeploymentRefused]:
    """Those whose state is too much, amounts in bytes; the newest go first."""
    return [
        refusal(
            load.deployment,
            STATE_BUDGET,
            f"With it, {load.deployment.author!r} would hold {total:,.0f} bytes of state on one "
            f"partition, where an author may hold {bytes_max:,}. Deploy it on fewer series, make "
            "its windows shorter, or undeploy another one first.",
        )
        for load, total in too_much(loads, bytes_max, lambda load: load.since)
    ]


def over_work(loads: Iterable[Load], steps_max: float) -> list[DeploymentRefused]:
    """Those whose work is too much, amounts in steps per bar; the most costly go first."""
    return [
        refusal(
            load.deployment,
            WORK_BUDGET,
            f"It took {load.amount:,.0f} steps a bar of the partition, and all deployments of "
            f"{load.deployment.author!r} took {total:,.0f}, where an author may take "
            f"{steps_max:,.0f}. Loop over fewer bars, or deploy it on fewer series.",
        )
        for load, total in too_much(loads, steps_max, lambda load: load.amount)
    ]


def refusal(deployment: StrategyDeployed, reason: str, message: str) -> DeploymentRefused:
    """The event that a deployment is not run, or no longer."""
    return DeploymentRefused(
        deployment_id=deployment.deployment_id,
        strategy_id=deployment.strategy_id,
        author=deployment.author,
        reason=reason,
        message=message,
    )


class Meter:
    """Reads counters of steps that only rise, and says how many there were a bar."""

    def __init__(self) -> None:
        self._bars = 0
        self._steps: Mapping[str, int] = {}

    def read(self, bars: int, steps: Mapping[str, int]) -> Mapping[str, float]:
        """Steps per bar by name since the last reading that gave some; none before METER_BARS.

        bars, steps: counted since the beginning.
        """
        passed = bars - self._bars
        if passed < METER_BARS:
            return {}
        before, self._bars, self._steps = self._steps, bars, dict(steps)
        return {name: (count - before.get(name, 0)) / passed for name, count in steps.items()}
