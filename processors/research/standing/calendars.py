"""Whether a bar is due at all: the sessions of a trading calendar, by its name."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from schemas.columns import Ints
from schemas.series import UNIT_US

DAY_US = UNIT_US["d"]
EDGE_DAYS = 7
"""Sessions of a year's first days may begin in the one before."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sessions:
    """Of about a year. days: midnights of the days that sessions are named by, rising; begins,
    ends: of what is traded without a break, rising. UTC µs."""

    days: Ints
    begins: Ints
    ends: Ints


def is_due(calendar: str | None, open_us: int, length_us: int) -> bool:
    """Whether a bar of that open and length has something to tell.

    A bar of a day or more is due when one of its days is a session's, a shorter one when there is
    trading within it. What is known of no calendar, or of a year that it does not reach, is due.
    """
    if calendar is None:
        return True
    sessions = sessions_of(calendar, (_EPOCH + timedelta(microseconds=open_us)).year)
    if sessions is None:
        return True
    if length_us >= DAY_US:
        day_us = open_us - open_us % DAY_US
        first = int(np.searchsorted(sessions.days, day_us))
        return first < len(sessions.days) and int(sessions.days[first]) < day_us + length_us
    first = int(np.searchsorted(sessions.ends, open_us, side="right"))
    return first < len(sessions.ends) and int(sessions.begins[first]) < open_us + length_us


@lru_cache(maxsize=256)
def sessions_of(calendar: str, year: int) -> Sessions | None:
    """The sessions of a year and some days around it; None where nobody knows them."""
    from exchange_calendars import errors, get_calendar  # two seconds, for those who have calendars

    edge = timedelta(days=EDGE_DAYS)
    start, end = datetime(year, 1, 1) - edge, datetime(year, 12, 31) + edge
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it uses what its pandas deprecates
            found = get_calendar(calendar, start=start.date(), end=end.date())
    except (ValueError, errors.CalendarError):
        return None
    columns = (found.opens, found.closes, found.break_starts, found.break_ends)
    begins, ends, pauses, resumes = (_us(each.dt.tz_convert(None)) for each in columns)
    paused = found.break_starts.notna().to_numpy()
    return Sessions(
        days=_us(found.sessions),
        begins=np.sort(np.concatenate([begins, resumes[paused]])),
        ends=np.sort(np.concatenate([ends, pauses[paused]])),
    )


def _us(times: Any) -> Ints:
    """Pandas' times without a zone as µs."""
    return np.asarray(times.to_numpy(), dtype="datetime64[us]").astype(np.int64)
