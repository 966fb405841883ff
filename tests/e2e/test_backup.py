"""Backups of a system that works, restored: nothing in them is ahead of what it was made from."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from deploy.backup.place import Place, open_place
from deploy.backup.restoring import restore
from deploy.backup.taking import take
from processors.projections.digest import digests
from schemas.events.market import BarClosed
from streams.catalog import ACTIVATIONS, BARS, BY_NAME, INDICATORS, SIGNALS
from streams.settings import BackupSettings, Settings
from tests.deploy.backup.systems import Part, empty, quiet, silent, whole_log
from tests.e2e.compare import assert_database_is_fold_of_log
from tests.e2e.market import DAY_US, market
from tests.e2e.system import SETTLE_LIMIT_S, WORKERS, publish_bars, running_on, wait_until
from tests.stack import Stack, open_stack

SYMBOLS = 12
BARS_EACH = 800
PIECE = 160
PAUSE_S = 0.1
MORE = market(SYMBOLS, 50, feed="backup", seed=3, start_ts=BARS_EACH * DAY_US)


class Load:
    """Publishes bars in the background, piece by piece; the rest at once in the end."""

    def __init__(self, settings: Settings, bars: list[BarClosed]) -> None:
        self._settings = settings
        self._pieces = [bars[at : at + PIECE] for at in range(0, len(bars), PIECE)]
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._hurry.set()
        self._thread.join(60.0)
        assert not self._thread.is_alive()

    def assert_under_way(self) -> None:
        assert self._thread.is_alive(), "nothing is published any more: the backup proves nothing"

    def _run(self) -> None:
        for piece in self._pieces:
            asyncio.run(publish_bars(self._settings, piece))
            self._hurry.wait(PAUSE_S)


@dataclass(frozen=True)
class Source:
    """A system that was loaded, with one backup of then, and one of when it was at rest."""

    stack: Stack
    place: Place
    early: str
    late: str
    log: dict[tuple[str, int], Part]
    digests: dict[str, str]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    place = open_place(str(tmp_path_factory.mktemp("backups")), BackupSettings())
    with open_stack(worker=WORKERS) as stack:
        with running_on(stack) as system:
            system.deploy_examples()
            bars = market(SYMBOLS, BARS_EACH, feed="backup")
            with Load(stack.settings, bars) as load:
                wait_until(lambda: rows(stack.settings, "signals") > 0, SETTLE_LIMIT_S)
                early, _ = take(stack.settings, place, silent, silent)
                load.assert_under_way()
            assert_database_is_fold_of_log(stack.settings)
        late, _ = take(stack.settings, place, silent, silent)
        log = whole_log(stack.settings)
        yield Source(stack, place, early.name, late.name, log, table_digests(stack.settings))


@pytest.fixture(scope="module")
def target_stack() -> Iterator[Stack]:
    with open_stack(worker=WORKERS) as stack:
        yield stack


@pytest.fixture
def target(target_stack: Stack) -> Stack:
    """A system that has nothing."""
    empty(target_stack.settings)
    return target_stack


def rows(settings: Settings, table: str) -> int:
    with psycopg.connect(settings.database_url) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert row is not None
        return int(row[0])


def table_digests(settings: Settings) -> dict[str, str]:
    async def read() -> dict[str, str]:
        async with await psycopg.AsyncConnection.connect(settings.database_url) as connection:
            return await digests(connection)

    return asyncio.run(read())


def next_offsets(settings: Settings) -> dict[tuple[str, int], int]:
    with psycopg.connect(settings.database_url) as connection:
        found = connection.execute("SELECT topic, partition, next_offset FROM consumer_offsets")
        return {(topic, partition): offset for topic, partition, offset in found}


@pytest.mark.timeout(900)  # the first has the source made, too
def test_a_backup_in_mid_load_is_ahead_of_nothing_and_catches_up(
    source: Source, target: Stack
) -> None:
    restore(target.settings, source.place, source.early, quiet())
    log = whole_log(target.settings)
    ends = {tp: part.end for tp, part in log.items()}
    assert all(offset <= ends[tp] for tp, offset in next_offsets(target.settings).items())
    for tp, part in log.items():
        if not BY_NAME[tp[0]].compacted:
            assert part.records == source.log[tp].records[: len(part.records)]
    behind = [tp for tp, end in ends.items() if end < source.log[tp].end]
    assert {BARS.name, INDICATORS.name, SIGNALS.name} <= {topic for topic, _ in behind}
    with running_on(target):
        assert_database_is_fold_of_log(target.settings)
        asyncio.run(publish_bars(target.settings, MORE))
        assert_database_is_fold_of_log(target.settings)


@pytest.mark.timeout(900)  # the first has the source made, too
def test_a_backup_at_rest_brings_back_the_same(source: Source, target: Stack) -> None:
    restore(target.settings, source.place, source.late, quiet())
    assert table_digests(target.settings) == source.digests
    log = whole_log(target.settings)
    assert same(log) == same(source.log)
    with running_on(target):
        # It goes on where it was: nothing is computed again.
        after = whole_log(target.settings)
        for topic, partition in log:
            if topic != ACTIVATIONS.name and not BY_NAME[topic].compacted:
                assert after[topic, partition] == log[topic, partition]
        asyncio.run(publish_bars(target.settings, MORE))
        wait_until(lambda: rows(target.settings, "bars") == len(MORE) + SYMBOLS * BARS_EACH, 60.0)
        assert_database_is_fold_of_log(target.settings)


@pytest.mark.timeout(900)  # the first has the source made, too
def test_an_older_database_catches_up_from_the_log(source: Source) -> None:
    settings = source.stack.settings
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    restore(settings, source.place, source.early, quiet(), database_only=True)
    assert table_digests(settings)["bars"] != source.digests["bars"]
    with running_on(source.stack):
        assert_database_is_fold_of_log(settings)
    restored = table_digests(settings)
    # Who may write a partition changes with each start.
    assert without(restored, "partition_epochs") == without(source.digests, "partition_epochs")


def same(log: dict[tuple[str, int], Part]) -> dict[tuple[str, int], object]:
    """A log to compare; of compacted topics without offsets."""
    return {
        tp: [record[1:] for record in part.records] if BY_NAME[tp[0]].compacted else part
        for tp, part in log.items()
    }


def without(found: dict[str, str], table: str) -> dict[str, str]:
    return {name: digest for name, digest in found.items() if name != table}
