"""The projector against a real database: whatever happens, the tables are the fold of the log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest

from processors.projections.digest import digests
from processors.projections.projector import REFUSED, Projector
from processors.projections.sink import Position, Sink, StalePosition, connect
from processors.projections.tables import TABLES
from schemas.series import Series
from streams import catalog
from streams.codec import header
from streams.reader import read_partition
from streams.settings import Settings
from tests.fold import actual
from tests.processors.projections.memory_log import MemoryLog
from tests.processors.projections.projecting import assert_is_fold, project
from tests.processors.projections.scenario import bar, indicators, market, workshop

NewProjector = Callable[[Settings], Awaitable[Projector]]
SERIES = Series("test", "S0", "1m")
BARS = catalog.BARS.name


def rising_bars(count: int) -> MemoryLog:
    log = MemoryLog()
    for minute in range(count):
        log.append(catalog.BARS, bar(SERIES, minute, 50.0 + minute), SERIES.key)
    return log


async def digests_of(settings: Settings) -> dict[str, str]:
    connection = await connect(settings.database_url)
    try:
        return await digests(connection)
    finally:
        await connection.close()


@pytest.mark.parametrize("seed", range(3))
async def test_the_market_tables_are_the_fold_of_the_log(
    settings: Settings, projector: Projector, seed: int
) -> None:
    log = market(seed, bars=800)
    await project(projector, log, seed)
    assert_is_fold(settings, log)


@pytest.mark.parametrize("seed", range(3))
async def test_the_strategy_and_chat_tables_are_the_fold_of_the_log(
    settings: Settings, projector: Projector, seed: int
) -> None:
    log = workshop(seed)
    await project(projector, log, seed)
    assert_is_fold(settings, log)


async def test_a_replay_into_another_database_gives_the_same_digests(
    new_database: Callable[[], Settings], new_projector: NewProjector
) -> None:
    log = market(7, bars=300)
    both = new_database(), new_database()
    for seed, settings in enumerate(both):
        projector = await new_projector(settings)
        await project(projector, log, seed)
    first, second = [await digests_of(settings) for settings in both]
    assert first == second
    with psycopg.connect(both[1].database_url) as connection:
        connection.execute(
            "UPDATE indicators SET sma_20 = sma_20 + 1e-12 WHERE sma_20 = "
            "(SELECT min(sma_20) FROM indicators)"
        )
    changed = await digests_of(both[1])
    assert {table for table in first if first[table] != changed[table]} == {"indicators"}


async def test_a_log_projected_again_from_its_beginning_changes_no_row(
    settings: Settings, projector: Projector
) -> None:
    log = market(3, bars=400)
    await project(projector, log)
    before = await digests_of(settings)
    with psycopg.connect(settings.database_url) as connection:
        connection.execute("DELETE FROM consumer_offsets")
    projector.release()
    await project(projector, log, seed=1)
    assert await digests_of(settings) == before


async def test_of_two_projectors_on_a_partition_the_stale_one_fails_and_counts_nothing(
    settings: Settings, new_projector: NewProjector
) -> None:
    log, partition = partitioned(rising_bars(200))
    records = log.topics[BARS][partition]
    owner, stale = await new_projector(settings), await new_projector(settings)
    assert await owner.load(BARS, partition) == await stale.load(BARS, partition) == 0
    assert await owner.handle(BARS, partition, records[:150]) == 150
    with pytest.raises(StalePosition):
        await stale.handle(BARS, partition, records[:200])
    assert len(actual(settings.database_url)["bars"]) == 150
    assert await stale.load(BARS, partition) == 150
    assert await stale.handle(BARS, partition, records) == 200
    assert_is_fold(settings, log)


async def test_a_worker_paused_in_its_transaction_is_ended_by_its_successor(
    settings: Settings, new_projector: NewProjector
) -> None:
    log, partition = partitioned(rising_bars(60))
    paused, successor = Sink(settings.database_url), await new_projector(settings)
    before = await paused.load(BARS, partition)
    with pytest.raises(psycopg.OperationalError):
        async with paused.advance(BARS, partition, before, Position(30)) as connection:
            await connection.execute(
                "INSERT INTO series VALUES (1, 'x', 'lost', '1d', 0, '2020-01-01')"
            )
            async with asyncio.timeout(10):
                await successor.load(BARS, partition)
                await successor.handle(BARS, partition, log.topics[BARS][partition])
    assert_is_fold(settings, log)


async def test_commits_that_a_crash_of_the_server_lost_are_asked_for_again(
    settings: Settings, new_projector: NewProjector
) -> None:
    log, partition = partitioned(rising_bars(90))
    records = log.topics[BARS][partition]
    projector = await new_projector(settings)
    await projector.handle(BARS, partition, records[:30])
    await projector.handle(BARS, partition, records[30:60])
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute("DELETE FROM bars WHERE source_offset >= 30")
        connection.execute("UPDATE series SET last_ts = (SELECT max(ts) FROM bars)")
        connection.execute("UPDATE consumer_offsets SET next_offset = 30")
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE application_name = 'peripheral projections' AND usename = current_user"
        )
    with pytest.raises(StalePosition):
        await projector.handle(BARS, partition, records[60:])
    assert await projector.position(BARS, partition) == 30
    await projector.handle(BARS, partition, records[30:])
    assert_is_fold(settings, log)


async def test_what_cannot_be_used_is_dead_lettered_with_origin_and_reason(
    settings: Settings, projector: Projector
) -> None:
    log = MemoryLog()
    name = f"s-{id(log):x}"
    sound = b'{"strategy_id":"%b","edit_id":"e","author":"a","name":"%b","source":""}'
    kind = [("ce_type", b"peripheral.StrategyEdited.v1")]
    key, edits = name.encode(), catalog.EDITS
    partition = log.append(catalog.BARS, bar(SERIES, 0, 1.0), name).partition
    texts = (b"first", b"nul \\u0000 byte", b"last")
    for text in texts:
        log.raw(edits, partition, key, sound % (key, text), kind)
    log.raw(edits, partition, key, b"{}", kind)
    log.raw(edits, partition, b"another", sound % (key, b"keyed wrong"), kind)
    log.raw(edits, (partition + 1) % 4, key, sound % (key, b"elsewhere"), kind)
    log.raw(edits, partition, key, b"{}", [("ce_type", b"nobody.knows")])
    await project(projector, log)
    letters = {
        (reason, int(header(letter.headers, "dlq_offset") or b"-1"))
        for where in range(4)
        for letter in await read_partition(settings, edits.dlq, where)
        if letter.key in (key, b"another")
        for reason in [(header(letter.headers, "dlq_reason") or b"").decode()]
    }
    assert letters >= {
        ("malformed", 1),
        ("malformed", 3),
        ("key_mismatch", 4),
        ("wrong_partition", 0),
        ("unknown_type", 5),
    }
    assert actual(settings.database_url)["strategies"][(name,)]["name"] == "last"


async def test_only_the_record_that_the_database_refuses_is_left_out(
    settings: Settings, projector: Projector
) -> None:
    log = MemoryLog()
    for minute in range(90):
        computed = indicators(bar(SERIES, minute, 5.0), minute, known=4)
        if minute == 41:
            computed = computed.model_copy(update={"library": f"nul \0 {id(log):x}"})
        record = log.append(catalog.INDICATORS, computed, SERIES.key)
    await project(projector, log, seed=5)
    offsets = {row["source_offset"] for row in actual(settings.database_url)["indicators"].values()}
    assert offsets == set(range(90)) - {41}
    refused = [
        letter
        for letter in await read_partition(settings, catalog.INDICATORS.dlq, record.partition)
        if header(letter.headers, "dlq_reason") == REFUSED.encode()
    ]
    assert refused[-1].value == log.topics[catalog.INDICATORS.name][record.partition][41].value
    assert header(refused[-1].headers, "dlq_offset") == b"41"


async def test_the_tables_as_data_are_the_tables_of_the_database(settings: Settings) -> None:
    for table in TABLES:
        with psycopg.connect(settings.database_url) as connection:
            columns = connection.execute(
                "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute "
                "WHERE attrelid = to_regclass(%s) AND attnum > 0 AND attgenerated = ''",
                [f'"{table.name}"'],
            ).fetchall()
            key = connection.execute(
                "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid "
                "AND attnum = ANY(indkey) WHERE indisprimary AND indrelid = to_regclass(%s)",
                [f'"{table.name}"'],
            ).fetchall()
        short = {"int": "integer", "timestamptz": "timestamp with time zone"}
        # Their order is the migrations': statements name their columns.
        wanted = [(name, short.get(kind, kind)) for name, kind in table.columns]
        assert sorted(columns) == sorted(wanted)
        assert {name for (name,) in key} == set(table.key)


def partitioned(log: MemoryLog) -> tuple[MemoryLog, int]:
    """A log of one partition of bars, and which."""
    (found,) = log.names()
    return log, found[1]
