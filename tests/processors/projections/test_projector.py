"""The projector against a real database: whatever happens, the tables are the fold of the log."""

from __future__ import annotations

import random

import pytest

from processors.projections.projector import Projector
from streams.settings import Settings
from tests.fold import actual, comparable, expected
from tests.processors.projections.scenario import (
    PARTITIONS,
    MemoryLog,
    market,
    workshop,
)


async def project(projector: Projector, log: MemoryLog, seed: int = 0) -> None:
    """Project a log in batches of seeded sizes, its partitions interleaved."""
    rng = random.Random(seed)
    waiting = log.names()
    while waiting:
        topic, partition = rng.choice(waiting)
        start = await projector.position(topic, partition)
        records = log.topics[topic][partition][start : start + rng.choice((1, 20, 60, 400))]
        if records:
            await projector.handle(topic, partition, records)
        else:
            waiting.remove((topic, partition))


def assert_is_fold(settings: Settings, log: MemoryLog) -> None:
    found, wanted = (
        comparable(actual(settings.database_url)),
        comparable(expected(log.topics, PARTITIONS)),
    )
    for table in wanted:
        assert found[table] == wanted[table], table


@pytest.mark.parametrize("seed", range(2))
async def test_the_market_tables_are_the_fold_of_the_log(
    settings: Settings, projector: Projector, seed: int
) -> None:
    log = market(seed, bars=500)
    await project(projector, log, seed)
    assert_is_fold(settings, log)


@pytest.mark.parametrize("seed", range(2))
async def test_the_strategy_and_chat_tables_are_the_fold_of_the_log(
    settings: Settings, projector: Projector, seed: int
) -> None:
    log = workshop(seed, steps=120)
    await project(projector, log, seed)
    assert_is_fold(settings, log)
