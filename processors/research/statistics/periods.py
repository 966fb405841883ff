"""Times of bars in, the periods that returns are measured over out.

Bars shorter than a day are taken at the last bar of each UTC day, and returns are of days then;
else every bar is a period. A ratio of one-minute returns would say more about the market's noise
within a day than about the strategy, and could not be set beside one of daily bars.

Periods a year: 252 for days, 365 when bars fall on weekends too, 52 for weekly bars, 12 for
monthly, 4 for quarterly, 1 for yearly; bars of another distance have as many as fit into a year.
backtesting.py has nearly the same; its weekends begin where 17 % of the bars are on them. vectorbt
has every bar as a period, and a year of 365 days by default; quantstats assumes 252 unless told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from schemas.columns import Floats, Ints

DAY_US = 24 * 60 * 60 * 1_000_000
YEAR_DAYS = 365.25
# Distance in days, and how many a year has. A month of bars is 28 to 31 days away from the next.
NAMED_DISTANCES = ((7.0, 52.0), (YEAR_DAYS / 12, 12.0), (YEAR_DAYS / 4, 4.0), (YEAR_DAYS, 1.0))
NAMED_WITHIN = 0.1
DAYS_ON_WEEKENDS = 1 / 20


@dataclass(frozen=True, slots=True)
class Periods:
    """n periods, one after the other.

    last_rows: row of each period's last bar, rising, shape (n,). per_year: how many a year has.
    """

    last_rows: Ints
    per_year: float

    def __len__(self) -> int:
        return len(self.last_rows)

    @property
    def years(self) -> float:
        """How long they are together, by their count."""
        return len(self) / self.per_year

    def returns(self, values: Floats, initial: float) -> Floats:
        """The periods' returns, as fractions, shape (n,).

        values: an account's at the bars' closes, shape of the bars. initial: its value before
        the first bar, so that the returns compound to the whole return. A return on nothing, or
        on less, is NaN.
        """
        ends = values[self.last_rows]
        starts = np.concatenate(([initial], ends[:-1]))
        starts[starts <= 0.0] = np.nan
        return ends / starts - 1.0


def periods_of(ts: Ints, per_year: float | None = None) -> Periods:
    """The periods of bars that opened at ts: UTC microseconds, rising, shape (bars,).

    per_year: instead of the inferred number, as for currencies, whose weeks begin on Sunday
    evenings in UTC and so count as weeks with weekends. It has no effect on what a period is.
    """
    intraday = is_intraday(ts)
    last_rows = day_ends(ts) if intraday else np.arange(len(ts))
    if per_year is None:
        per_year = days_per_year(ts[last_rows]) if intraday else bars_per_year(ts)
    assert per_year > 0.0
    return Periods(last_rows, per_year)


def is_intraday(ts: Ints) -> bool:
    """Whether the median distance of the bars is less than a day."""
    gaps = len(ts) - 1
    if gaps < 1:
        return False
    # Where half of the gaps are a day or more, the mean is at least half a day: mostly this
    # answers, and spares the median of a million bars.
    if int(ts[-1] - ts[0]) < gaps * (DAY_US // 2):
        return True
    return float(np.median(np.diff(ts))) < DAY_US


def day_ends(ts: Ints) -> Ints:
    """Row of the last bar of each UTC day that has one."""
    if len(ts) == 0:
        return np.zeros(0, np.int64)
    days = np.arange(ts[0] // DAY_US + 1, ts[-1] // DAY_US + 1)
    rows = np.searchsorted(ts, days * DAY_US) - 1
    # A day without bars ends where the one before it did.
    return np.append(rows[np.diff(rows, prepend=-1) > 0], len(ts) - 1)


def days_per_year(ts: Ints) -> float:
    """365 when more than one in twenty of these is on a Saturday or Sunday (UTC), else 252."""
    # The epoch was a Thursday; with Monday as 0, weekends are 5 and 6.
    on_weekends = np.count_nonzero((ts // DAY_US + 3) % 7 >= 5)
    return 365.0 if on_weekends > len(ts) * DAYS_ON_WEEKENDS else 252.0


def bars_per_year(ts: Ints) -> float:
    """For bars of a day and more, by their median distance; a single bar counts as a day's."""
    distance_days = float(np.median(np.diff(ts))) / DAY_US if len(ts) > 1 else 1.0
    if distance_days < 1.5:
        return days_per_year(ts)
    for days, per_year in NAMED_DISTANCES:
        if abs(distance_days / days - 1.0) <= NAMED_WITHIN:
            return per_year
    return YEAR_DAYS / distance_days
