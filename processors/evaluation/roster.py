"""Who is active at a bar, in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from schemas.events.strategies import SeriesFilter
from schemas.series import Series
from streams.activations import Activation


class RunsOn(Protocol):
    """What a place depends on: a StrategyDeployed is one."""

    @property
    def series(self) -> SeriesFilter: ...


FindDeployment = Callable[[Activation], RunsOn | None]


class Roster:
    """Who is active at a bar, in order: a signal's seq is its deployment's place there.

    The place does not depend on who else said something, so a replay of one deployment alone
    numbers its signals the same.
    """

    def __init__(self, find: FindDeployment) -> None:
        self._find = find
        self._activations: Mapping[str, Activation] = {}
        self._candidates: dict[Series, list[Activation]] = {}

    def apply(self, activations: Mapping[str, Activation]) -> None:
        """Go by these from now on."""
        self._activations = activations
        self._candidates.clear()

    def place(self, deployment_id: str, series: Series, offset: int) -> int:
        """How many before it, by id, are active at the bar of the series at that offset."""
        place = 0
        for activation in self._of(series):
            if activation.deployment_id == deployment_id:
                return place
            place += activation.covers(offset)
        raise AssertionError(f"{deployment_id} does not run on {series.key}")

    def places(self, series: Series, first: int, last: int) -> Mapping[str, int] | None:
        """Those of all that run on the series, by id, where they are the same at all bars from
        first to last, two offsets; None where somebody joins or leaves in between."""
        found: dict[str, int] = {}
        place = 0
        for activation in self._of(series):
            found[activation.deployment_id] = place
            covers = activation.covers(last)
            begins = first < activation.from_offset <= last
            if begins or covers != activation.covers(first):
                return None
            place += covers
        return found

    def _of(self, series: Series) -> list[Activation]:
        if series not in self._candidates:
            self._candidates[series] = self._on(series)
        return self._candidates[series]

    def _on(self, series: Series) -> list[Activation]:
        """The activations of deployments that run on a series, by deployment id."""
        return [
            activation
            for _, activation in sorted(self._activations.items())
            if (deployment := self._find(activation)) is not None
            and deployment.series.matches(series)
        ]
