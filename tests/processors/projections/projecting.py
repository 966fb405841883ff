"""Projects logs in memory and compares the database with their fold."""

from __future__ import annotations

import random

from processors.projections.projector import Projector
from streams.settings import Settings
from tests.fold import actual, comparable, expected
from tests.processors.projections.memory_log import PARTITIONS, MemoryLog


async def project(projector: Projector, log: MemoryLog, seed: int = 0) -> None:
    """Project a log in batches of seeded sizes, partitions in a seeded order, forgetting them all
    now and then as a rebalance does."""
    rng = random.Random(seed)
    waiting = log.names()
    while waiting:
        topic, partition = rng.choice(waiting)
        start = await projector.position(topic, partition)
        records = log.topics[topic][partition][start : start + rng.choice((1, 20, 60, 400))]
        if not records:
            waiting.remove((topic, partition))
            continue
        await projector.handle(topic, partition, records)
        if rng.random() < 0.1:
            projector.release()


def assert_is_fold(settings: Settings, log: MemoryLog) -> None:
    """Every row of every table is what the oracle folds, and there are no others."""
    found = comparable(actual(settings.database_url))
    wanted = comparable(expected(log.topics, PARTITIONS))
    for table in wanted:
        assert found[table] == wanted[table], table
