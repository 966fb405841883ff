"""What every released version wrote is in the tables of today, and nothing in the dead letters."""

from __future__ import annotations

from collections import Counter

from processors.projections.projector import Projector
from processors.projections.topics import PROJECTED
from streams.codec import header
from streams.letters import TOPICS
from streams.reader import read_topic
from streams.settings import Settings
from tests.fold import actual
from tests.processors.projections.memory_log import LogRecord, MemoryLog
from tests.processors.projections.projecting import assert_is_fold, project
from tests.released_log import released_log

ONE_ROW_EACH = {
    "bars": ("BarClosed",),
    "corrections": ("BarCorrected",),
    "indicators": ("IndicatorsComputed",),
    "signals": ("SignalEmitted", "OrderEmitted"),
    "alerts": ("AlertRaised",),
    "faults": ("StrategyTrapped", "DeploymentSuspended"),
    "strategies": ("StrategyEdited",),
    "strategy_versions": ("StrategyCompiled", "StrategyRejected"),
    "deployments": ("StrategyDeployed",),
    "activations": ("StrategyActivated",),
    "chat_turns": ("TurnPosted",),
    "research_requests": ("RunBacktest", "RunScreen"),
    "research_results": ("ResearchStarted",),
    "standing_screens": ("ScreenRegistered",),
    "screen_closes": ("ScreenClosed",),
    "universes": ("UniverseDefined",),
    "listings": ("InstrumentListed",),
}
"""Tables, and the events of which each has left a row of its own."""


def kind_of(record: LogRecord) -> str:
    return (header(record.headers, "ce_type") or b"").decode().split(".")[1]


def memory_log() -> MemoryLog:
    """The topics of the released log that have tables."""
    log = MemoryLog()
    released = released_log()
    for topic in PROJECTED:
        for partition, records in released[topic.name].items():
            log.topics[topic.name][partition] = [
                LogRecord(
                    r.topic, r.partition, r.offset, r.key, r.value, list(r.headers), r.timestamp
                )
                for r in records
            ]
    return log


async def letters(settings: Settings) -> list[str]:
    """The message of every dead letter on the broker."""
    return [
        f"{record.topic}: {dict(record.headers)}"
        for dlq in TOPICS
        for records in (await read_topic(settings, dlq)).values()
        for record in records
    ]


async def test_the_log_of_all_releases_is_projected_whole(
    settings: Settings, projector: Projector
) -> None:
    before = await letters(settings)
    log = memory_log()
    await project(projector, log, seed=3)
    assert await letters(settings) == before
    assert_is_fold(settings, log)
    rows = actual(settings.database_url)
    assert {name for name, found in rows.items() if not found} == {"superseded_bars"}, (
        "no bar of the samples is corrected"
    )
    kinds = Counter(kind_of(r) for t, p in log.names() for r in log.topics[t][p])
    for table, names in ONE_ROW_EACH.items():
        assert len(rows[table]) == sum(kinds[name] for name in names), table
