"""Times of bars → the quarters of the year that tables are partitioned by."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import numpy as np

from schemas.columns import Ints


def missing_quarters(ts_us: Ints, known: Collection[date]) -> list[date]:
    """The first days of the quarters, in UTC, in which these times lie, shape (n,) in microseconds
    since 1970, apart from the known ones."""
    months = ts_us.view("M8[us]").astype("M8[M]").astype(np.int64)
    quarters = (divmod(quarter, 4) for quarter in np.unique(months // 3).tolist())
    days = (date(1970 + years, 3 * quarter + 1, 1) for years, quarter in quarters)
    return [day for day in days if day not in known]
