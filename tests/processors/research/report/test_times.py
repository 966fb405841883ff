"""Times as text."""

from __future__ import annotations

import numpy as np

from processors.research.report.times import DAY_US, at_midnights, rfc3339, short
from streams import codec


def test_it_is_what_the_log_writes() -> None:
    ts = np.array([0, 1, 999_999, 1_000_000, -1, 1_700_000_000_250_000])
    assert rfc3339(ts) == [codec.rfc3339(int(each)) for each in ts]


def test_people_get_minutes_or_days() -> None:
    ts = np.array([1_362_096_000_000_000 + 52_200_000_000])
    assert short(ts, days_only=False) == ["2013-03-01 14:30"]
    assert short(ts, days_only=True) == ["2013-03-01"]


def test_midnights_are_known() -> None:
    assert at_midnights(np.array([0, DAY_US]))
    assert at_midnights(np.empty(0, dtype=np.int64))
    assert not at_midnights(np.array([0, 1]))
