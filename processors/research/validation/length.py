"""A length of time as a person says it, 2y, 6mo, 12w, 90d or 36h, and what is so long after."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

_HOUR_US = 3_600_000_000
_US = {"h": _HOUR_US, "d": 24 * _HOUR_US, "w": 7 * 24 * _HOUR_US}
_MONTHS = {"mo": 1, "y": 12}
_FORM = re.compile(r"\s*(\d+)\s*(y|mo|w|d|h)\s*")


@dataclass(frozen=True, slots=True)
class Length:
    """Calendar months and microseconds, one of them 0."""

    months: int = 0
    us: int = 0

    def after(self, ts: int) -> int:
        """The time that is so long after, UTC microseconds. A day that the month does not have
        is the first of the next."""
        if not self.months:
            return ts + self.us
        moment = np.datetime64(ts, "us")
        month = moment.astype("datetime64[M]")
        later = (month + np.timedelta64(self.months, "M")).astype("datetime64[us]")
        following = (month + np.timedelta64(self.months + 1, "M")).astype("datetime64[us]")
        found = later + (moment - month.astype("datetime64[us]"))
        return int(min(found, following).astype(np.int64))


def length_of(text: str) -> Length:
    """Raises ValueError."""
    match = _FORM.fullmatch(text)
    if match is None or not int(match[1]):
        raise ValueError(f"{text!r} is no length of time: write 2y, 6mo, 12w, 90d or 36h")
    count, unit = int(match[1]), match[2]
    if unit in _MONTHS:
        return Length(months=count * _MONTHS[unit])
    return Length(us=count * _US[unit])
