"""Params beside the chosen ones: a strategy that is good at one point only is luck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from processors.research.sweeps.space import Axis, Space
from schemas.events.strategies import ParamSpec

_SHARE = 0.05
"""Of a float without a step: a step is so much of its value."""


def beside(
    specs: Sequence[ParamSpec],
    params: Mapping[str, float],
    *,
    steps: int,
    count: int,
    seed: int,
) -> list[dict[str, float]]:
    """Params up to so many steps from the chosen, within their bounds; these themselves are the
    first, and at most `count` more, each once.

    Switches stay as they are. steps: at least 1.
    """
    chosen = {spec.name: float(params.get(spec.name, spec.default)) for spec in specs}
    axes = tuple(
        Axis(spec.name, _near(spec, chosen[spec.name], steps))
        for spec in specs
        if spec.type != "bool"
    )
    axes = tuple(axis for axis in axes if len(axis.values) > 1)
    if not axes:
        return [chosen]
    names = {axis.name for axis in axes}
    fixed = {name: value for name, value in chosen.items() if name not in names}
    space = Space(axes, fixed)
    found = [space.params(row) for row in space.random(count + 1, seed)]
    others = [each for each in found if each != chosen]
    return [chosen, *others[:count]]


def _near(spec: ParamSpec, value: float, steps: int) -> tuple[float, ...]:
    step = spec.step or (1.0 if spec.type == "int" else abs(value) * _SHARE)
    low = -np.inf if spec.low is None else spec.low
    high = np.inf if spec.high is None else spec.high
    near = (float(f"{value + i * step:.12g}") if i else value for i in range(-steps, steps + 1))
    return tuple(dict.fromkeys(each for each in near if low <= each <= high))
