"""Figures of many runs in, how they are spread out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from schemas.columns import Floats

QUANTILES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
"""The outermost are a confidence interval of 95 %."""


@dataclass(frozen=True, slots=True)
class Spread:
    """quantiles: at QUANTILES, interpolated. count: of the runs that told the figure."""

    count: int
    mean: float
    deviation: float
    quantiles: tuple[float, ...]

    @property
    def interval(self) -> tuple[float, float]:
        """95 % of the runs are in it."""
        return self.quantiles[0], self.quantiles[-1]

    @property
    def median(self) -> float:
        """Half of the runs are below."""
        return self.quantiles[QUANTILES.index(0.5)]


def spread_of(values: Floats) -> Spread | None:
    """Of the values that are numbers; None where there is none."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    return Spread(
        len(known),
        float(known.mean()),
        float(known.std(ddof=1)) if len(known) > 1 else 0.0,
        tuple(np.quantile(known, QUANTILES).tolist()),
    )
