"""A bar whose header has a name that is no UTF-8 counts like any other; so do those behind it."""

from __future__ import annotations

import asyncio

from streams.catalog import BARS
from streams.producer import partition_of
from tests.e2e.compare import assert_database_is_fold_of_log
from tests.e2e.market import walk
from tests.e2e.system import System, bar_record, publish_bars
from tests.streams.odd_headers import STAND_IN, batch_of, write_batch


def test_a_bar_with_an_odd_header_goes_all_the_way(system: System) -> None:
    bars = walk("ODD", 3, feed="odd-headers", seed=1)
    odd = bar_record(bars[1])
    odd.headers.append((STAND_IN.decode(), b"x"))
    partition = partition_of(odd.key or b"", system.settings.kafka.partitions)
    asyncio.run(publish_bars(system.settings, bars[:1]))
    asyncio.run(write_batch(system.settings, BARS.name, partition, batch_of([odd])))
    asyncio.run(publish_bars(system.settings, bars[2:]))
    assert_database_is_fold_of_log(system.settings)
    found = system.ask("/v1/bars/ODD", feed="odd-headers").json()["bars"]
    assert len(found) == len(bars)
