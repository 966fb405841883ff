"""Whether a system is where its log says it must be."""

from __future__ import annotations

import asyncio

from streams.catalog import ALERTS, CORRECTIONS, EVENT_TOPICS, FAULTS, INDICATORS, SIGNALS
from streams.reader import read_topic
from streams.settings import Settings
from tests import fold
from tests.e2e import derived
from tests.e2e.system import SETTLE_LIMIT_S, wait_until


def read_log(settings: Settings) -> derived.Log:
    """Every event topic, whole."""

    async def read() -> derived.Log:
        return {topic.name: await read_topic(settings, topic.name) for topic in EVENT_TOPICS}

    return asyncio.run(read())


def assert_database_is_fold_of_log(settings: Settings, limit_s: float = SETTLE_LIMIT_S) -> None:
    """Wait until all that can be derived is, then compare log and database, row by row."""
    differences: list[str] = ["nothing was compared yet"]

    def equal() -> bool:
        log = read_log(settings)
        differences[:] = log_differences(log, settings.kafka.partitions)
        if not differences:
            differences[:] = database_differences(log, settings)
        return not differences

    wait_until(equal, limit_s, lambda: "\n".join(differences[:10]))


def log_differences(log: derived.Log, partitions: int) -> list[str]:
    """Where the derived topics are not what a pure fold of the bars writes, repeats dropped."""
    wanted = derived.expected(log, partitions)
    differences = []
    for topic in (CORRECTIONS, INDICATORS, SIGNALS, ALERTS, FAULTS):
        found = derived.without_repeats(log, topic.name)
        for partition, records in wanted[topic.name].items():
            if found[partition] != records:
                differences.append(
                    f"{topic.name}/{partition} has {len(found[partition])} records that are not "
                    f"the {len(records)} of the fold"
                )
    return differences


def database_differences(log: derived.Log, settings: Settings) -> list[str]:
    """Where a table is not what a pure fold of the log holds."""
    wanted = fold.comparable(fold.expected(log, settings.kafka.partitions))
    found = fold.comparable(fold.actual(settings.database_url))
    return [
        f"table {name} differs: {len(found[name])} rows, {len(wanted[name])} expected"
        for name in wanted
        if wanted[name] != found[name]
    ]
