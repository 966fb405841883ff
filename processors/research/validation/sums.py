"""Sums of many trials' returns over runs of periods, and the Sharpe ratios that follow from them:
no return is copied, however many ways there are to choose the periods."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from schemas.columns import Floats, Ints

_EVEN = 1e-6
"""Of a trial's mean return: a spread so small beside it is rounding."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Of some periods. n: how many; total: of the returns less the trial's mean over all periods;
    squared: of their squares. Shapes that go together, trials last."""

    n: Floats
    total: Floats
    squared: Floats

    def __sub__(self, other: Sums) -> Sums:
        return Sums(self.n - other.n, self.total - other.total, self.squared - other.squared)


class Returns:
    """made: fractions, (periods, trials)."""

    def __init__(self, made: Floats) -> None:
        self.made = made
        self.mean = made.mean(axis=0)
        # a spread does not change by that, and squares keep their digits
        self._moved = made - self.mean
        self._squares = self._moved**2

    def sums(self, rows: Ints) -> Sums:
        """Over these rows, which rise."""
        total, squared = np.zeros(len(self.mean)), np.zeros(len(self.mean))
        for run in _runs(rows):
            total += self._moved[run].sum(axis=0)
            squared += self._squares[run].sum(axis=0)
        return Sums(np.full(1, float(len(rows))), total, squared)

    def sharpes(self, of: Sums) -> Floats:
        """The Sharpe ratio of a period of each trial, ddof 1. Of returns without any spread it is
        0.0: a trial that never traded is neither good nor bad."""
        mean = of.total / of.n
        variance = np.maximum(of.squared - of.total * mean, 0.0) / np.maximum(of.n - 1.0, 1.0)
        spread = np.sqrt(variance)
        even = ~(spread > _EVEN * np.abs(self.mean))
        return np.where(even, 0.0, (mean + self.mean) / np.where(even, 1.0, spread))


def _runs(rows: Ints) -> Iterable[slice]:
    edges = np.flatnonzero(np.diff(rows) != 1) + 1
    for part in np.split(rows, edges):
        if len(part):
            yield slice(int(part[0]), int(part[-1]) + 1)
