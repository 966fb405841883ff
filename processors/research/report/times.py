"""UTC microseconds as text: exact for machines, short for people."""

from __future__ import annotations

import numpy as np

from schemas.columns import Ints

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
DAY_US = 24 * 60 * MINUTE_US


def rfc3339(ts: Ints) -> list[str]:
    """UTC microseconds as RFC 3339 §5.6 with `Z`; a fraction only where there is one."""
    moments = np.asarray(ts, dtype=np.int64).astype("datetime64[us]")
    exact = np.datetime_as_string(moments, unit="us", timezone="UTC")
    whole = np.datetime_as_string(moments, unit="s", timezone="UTC")
    return [str(text) for text in np.where(moments.astype(np.int64) % SECOND_US == 0, whole, exact)]


def short(ts: Ints, *, days_only: bool) -> list[str]:
    """UTC microseconds as `2013-03-01`, or `2013-03-01 14:30` unless days_only."""
    moments = np.asarray(ts, dtype=np.int64).astype("datetime64[us]")
    if days_only:
        return [str(text) for text in np.datetime_as_string(moments, unit="D")]
    return [str(text).replace("T", " ") for text in np.datetime_as_string(moments, unit="m")]


def at_midnights(ts: Ints) -> bool:
    """Whether every time is a day's first, so that its clock tells nothing."""
    return bool(np.all(np.asarray(ts) % DAY_US == 0))
