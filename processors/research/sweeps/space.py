"""Params and what they may be → the combinations to try."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processors.research.sweeps.where import Condition
from schemas.columns import Floats
from schemas.events.strategies import ParamSpec

COMBINATIONS_MAX = 1_000_000
STEPS_OF_A_FLOAT = 100
"""Of a range whose step neither the strategy nor a person gives."""
_ROUNDS_MAX = 200


@dataclass(frozen=True, slots=True)
class Range:
    """From low to high, both of them too where the step meets it. step: None for the param's."""

    low: float
    high: float
    step: float | None = None


Given = float | Range | tuple[float, ...]
"""What a person says of a param: its value, its range, or a list."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A param that is varied. values: rising, or in the order that they were listed in."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Space:
    """All that may be tried. fixed: the other params' values. Combinations are rows of floats, a
    column for each axis."""

    axes: tuple[Axis, ...]
    fixed: Mapping[str, float]
    conditions: tuple[Condition, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Of the axes."""
        return tuple(axis.name for axis in self.axes)

    @property
    def size(self) -> int:
        """How many combinations there are, those too that the conditions forbid."""
        return math.prod(len(axis.values) for axis in self.axes)

    @property
    def allowed_size(self) -> int:
        """How many of them are allowed; `size` where there are too many to look at each."""
        if not self.conditions or self.size > COMBINATIONS_MAX:
            return self.size
        return int(np.count_nonzero(self.allowed(self._crossed())))

    def params(self, row: Sequence[float] | Floats) -> dict[str, float]:
        """A combination as the params of a run."""
        return {**self.fixed, **dict(zip(self.names, map(float, row), strict=True))}

    def allowed(self, rows: Floats) -> NDArray[np.bool_]:
        """Which of the combinations (n, axes) the conditions allow."""
        columns: dict[str, Floats | float] = {**self.fixed}
        columns |= {name: rows[:, i] for i, name in enumerate(self.names)}
        found = np.ones(len(rows), np.bool_)
        for condition in self.conditions:
            found &= condition.holds(columns)
        return found

    def grid(self) -> Floats:
        """Every combination that is allowed, the last axis' values changing first. Raises
        ValueError where there are too many, or none."""
        if self.size > COMBINATIONS_MAX:
            raise ValueError(
                f"a grid would have {self.size:,} combinations, and {COMBINATIONS_MAX:,} is the"
                " most: take larger steps, or fewer of them at random"
            )
        rows = self._crossed()
        return self._some(rows[self.allowed(rows)])

    def random(self, count: int, seed: int) -> Floats:
        """So many of the combinations that are allowed, each at most once; all of them, in some
        order, where there are no more. Raises ValueError where there is none."""
        chance = np.random.default_rng(seed)
        if self.size <= COMBINATIONS_MAX:
            rows = self.grid()
            return rows[chance.permutation(len(rows))[:count]]
        seen: dict[tuple[float, ...], None] = {}
        for _ in range(_ROUNDS_MAX):
            rows = np.stack([chance.choice(axis.values, count) for axis in self.axes], axis=1)
            seen |= dict.fromkeys(map(tuple, rows[self.allowed(rows)].tolist()))
            if len(seen) >= count:
                break
        return self._some(np.array(list(seen)[:count]).reshape(-1, len(self.axes)))

    def _crossed(self) -> Floats:
        values = [np.array(axis.values) for axis in self.axes]
        crossed = np.meshgrid(*values, indexing="ij")
        return np.stack([each.ravel() for each in crossed], axis=1)

    def _some(self, rows: Floats) -> Floats:
        if not len(rows):
            listed = " and ".join(map(str, self.conditions))
            raise ValueError(f"no combination has {listed}")
        return rows


def space_of(
    specs: Sequence[ParamSpec],
    given: Mapping[str, Given],
    conditions: Sequence[Condition] = (),
) -> Space:
    """The space of a strategy's params.

    given: what is said of some; where nothing is said to vary, every param with bounds does, and
    those that are left keep their defaults. Raises ValueError.
    """
    known = {spec.name: spec for spec in specs}
    for name in given:
        if name not in known:
            listed = ", ".join(known) or "none"
            raise ValueError(f"the strategy has no param {name}; it has {listed}")
    varied = {name: each for name, each in given.items() if not isinstance(each, int | float)}
    if not varied:
        varied = {
            spec.name: _bounds(spec)
            for spec in specs
            if spec.name not in given and (spec.type == "bool" or None not in (spec.low, spec.high))
        }
    if not varied:
        raise ValueError("no param has bounds to vary it in: say its values, as fast=5:50:5")
    axes = tuple(
        Axis(spec.name, _values(spec, varied[spec.name])) for spec in specs if spec.name in varied
    )
    fixed = {
        spec.name: _single(given.get(spec.name, spec.default))
        for spec in specs
        if spec.name not in varied
    }
    return Space(axes, fixed, tuple(conditions))


def _bounds(spec: ParamSpec) -> Range:
    if spec.type == "bool":
        return Range(0.0, 1.0, 1.0)
    assert spec.low is not None and spec.high is not None
    return Range(spec.low, spec.high)


def _single(given: Given) -> float:
    assert isinstance(given, int | float)
    return float(given)


def _values(spec: ParamSpec, given: Given) -> tuple[float, ...]:
    if isinstance(given, tuple):
        return tuple(dict.fromkeys(map(float, given)))
    assert isinstance(given, Range)
    step = given.step or _step(spec, given)
    if not step > 0.0 or not given.low <= given.high:
        raise ValueError(f"{spec.name} has no values from {given.low:g} to {given.high:g}")
    # A step such as 0.1 is not quite a tenth, and the last value is meant.
    count = math.floor((given.high - given.low) / step + 1e-9) + 1
    if count > COMBINATIONS_MAX:
        raise ValueError(f"{spec.name} has {count:,} values: take larger steps")
    return tuple(min(_rounded(given.low + i * step), given.high) for i in range(count))


def _step(spec: ParamSpec, given: Range) -> float:
    if spec.step:
        return spec.step
    if spec.type != "float":
        return 1.0
    return (given.high - given.low) / STEPS_OF_A_FLOAT or 1.0


def _rounded(value: float) -> float:
    """Without the last digits, which adding steps leaves: 0.3, not 0.30000000000000004."""
    return float(f"{value:.12g}")
