"""What the account made in each month and year, in UTC."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from processors.research.results import Curve

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Year:
    """Returns as fractions: of its months, January first, None without a bar or when there
    was nothing to lose; and of the year."""

    year: int
    months: tuple[float | None, ...]
    total: float | None


def monthly_returns(curve: Curve) -> tuple[Year, ...]:
    """From the last equity of the month before (of the first month: from the curve's first)
    to the month's last; years rising."""
    if not len(curve):
        return ()
    month = curve.ts.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    month += 1970 * MONTHS
    lasts = np.append(np.flatnonzero(np.diff(month)), len(month) - 1)
    bases = curve.equity[np.append(0, lasts[:-1])]
    made = {
        int(month[last]): _made(float(base), float(curve.equity[last]))
        for base, last in zip(bases, lasts, strict=True)
    }
    ends = {int(month[last]) // MONTHS: float(curve.equity[last]) for last in lasts}
    base = float(curve.equity[0])
    years = []
    for year, end in ends.items():
        months = tuple(made.get(year * MONTHS + index) for index in range(MONTHS))
        years.append(Year(year, months, _made(base, end)))
        base = end
    return tuple(years)


def _made(base: float, end: float) -> float | None:
    return end / base - 1.0 if base > 0.0 else None
