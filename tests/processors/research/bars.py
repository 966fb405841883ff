"""Bars in the database's tables, as the projections would have put them there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg

from schemas.series import Series
from tests.quarters import make_quarters

START = datetime(2015, 1, 1, tzinfo=UTC)


def insert_bars(url: str, series: Series, count: int, seed: int = 1) -> None:
    """A seeded walk of daily bars."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, count)))
    open_ = np.append(100.0, close[:-1])
    high, low = np.maximum(open_, close) * 1.005, np.minimum(open_, close) * 0.995
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO series (series_id, feed, symbol, interval, partition, last_ts)"
            " VALUES (%s, %s, %s, %s, 0, %s)",
            (series.id, series.feed, series.symbol, series.interval, START),
        )
        end = START + timedelta(minutes=count)
        days = (START + timedelta(days=n) for n in range((end - START).days + 2))
        make_quarters(connection, "bars", *days)
        with connection.cursor().copy("COPY bars FROM STDIN") as copy:
            for n in range(count):
                values = (open_[n], high[n], low[n], close[n], 1e6)
                moment = START + timedelta(minutes=n)
                copy.write_row((series.id, moment, *map(float, values), n))
