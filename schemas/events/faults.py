"""What goes wrong with a strategy while it runs, and that it is run no more."""

from __future__ import annotations

from pydantic import Field

from schemas.events.base import DerivedEvent, Id, SeriesEvent


class Fault(SeriesEvent, DerivedEvent):
    """A deployed strategy could not be evaluated at this bar."""

    deployment_id: Id
    strategy_id: Id
    version: int = Field(ge=1)
    reason: str
    """Such as division_by_zero, budget_spent, out_of_window, unreachable."""
    line: int | None = Field(ge=1)
    """Of the strategy's source, counted from 1; null where it is not known."""
    traps: int = Field(ge=1)
    """How often the deployment has trapped on this partition, this bar included."""


class StrategyTrapped(Fault):
    """A deployed strategy could not be evaluated at this bar.

    It says nothing there, its state of the series is as before, and it goes on with the next bar.
    """


class DeploymentSuspended(Fault):
    """A deployment trapped too often: behind this bar it is evaluated no more.

    So it is on this partition; on the others as soon as their owners know, from a bar on that a
    StrategyDeactivated states. It stays so: its author deploys anew.
    """

    author: str
    """Who deployed it."""
