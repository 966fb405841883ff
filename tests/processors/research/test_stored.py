"""Bars of the database as columns: one by one and many at once are the same."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import psycopg
import pytest

from processors.research.stored import stored_bars
from schemas.series import Series
from streams.settings import Settings
from tests.columns import values
from tests.processors.research.bars import START, insert_bars

COUNTS = {Series("stored", f"S{n:02}", "1m"): 3 * n for n in range(1, 20)}
EMPTY = Series("stored", "NONE", "1m")


@pytest.fixture(scope="module")
def connection(live_database_settings: Settings) -> Iterator[psycopg.Connection]:
    for seed, (series, count) in enumerate(COUNTS.items()):
        insert_bars(live_database_settings.database_url, series, count, seed)
    with psycopg.connect(live_database_settings.database_url, autocommit=True) as found:
        yield found


@pytest.mark.parametrize("minutes", [None, 0, 7, 10_000])
def test_many_series_at_once_are_each_by_itself_in_the_order_asked(
    connection: psycopg.Connection, minutes: int | None
) -> None:
    end_us = None if minutes is None else int(START.timestamp() + 60 * minutes) * 1_000_000
    series = [*COUNTS, EMPTY]
    random.Random(3).shuffle(series)
    together = stored_bars(connection, series, end_us)
    alone = [stored_bars(connection, [each], end_us)[0] for each in series]
    assert [values(bars) for bars in together] == [values(bars) for bars in alone]
    lengths = {each: len(bars) for each, bars in zip(series, together, strict=True)}
    kept = 10**9 if minutes is None else minutes
    assert lengths == {each: min(COUNTS.get(each, 0), kept) for each in series}
    assert all(bars.ts.dtype == np.int64 and (np.diff(bars.ts) > 0).all() for bars in together)
