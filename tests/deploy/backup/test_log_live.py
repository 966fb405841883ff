"""A log with all that can lie on one is restored record by record, offset by offset."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import NewTopic

from deploy.backup.admin import open_admin
from deploy.backup.checking import damages, hindrances, read_records
from deploy.backup.files import compressed
from deploy.backup.manifest import FILE, Manifest, SavedPartition, read_manifest, write_manifest
from deploy.backup.place import Place, open_place
from deploy.backup.records import Saved, fingerprint, pack
from deploy.backup.restoring import restore
from deploy.backup.taking import BEGUN_FILE, clean_up, rotate, take, whole_backups
from deploy.errors import UserError
from deploy.migrate import migrate
from deploy.topics import make_missing_topics
from streams.catalog import ALERTS, BARS, CORRECTIONS, FEEDS, INDICATORS, SIGNALS, TOPICS
from streams.settings import BackupSettings, Settings
from streams.topics import RESTORING, UnfinishedRestoreError, ensure_topics
from tests.deploy.backup.exotic import numbered, send
from tests.deploy.backup.systems import (
    comparable,
    configs,
    empty,
    quiet,
    restoring,
    silent,
    whole_log,
)
from tests.e2e.system import wait_until

BEGUN_BY_THE_DEAD = json.dumps(
    {"host": socket.gethostname(), "pid": os.getpid(), "created_s": 1.0}
).encode()
"""Our process id, of another process."""


def test_the_log_has_what_is_to_be_tested(source: Settings) -> None:
    log = whole_log(source)
    assert [log[SIGNALS.name, n].begin for n in range(3)] == [1_234, 50, 1]
    assert log[SIGNALS.name, 1].records == []
    offsets = [record[0] for record in log[INDICATORS.name, 0].records]
    assert len(offsets) < offsets[-1] - offsets[0] + 1
    behind = log[CORRECTIONS.name, 0]
    assert [record[0] for record in behind.records] == [0, 1, 3]
    assert behind.end == 6
    assert max(len(record[3] or b"") for record in log[BARS.name, 2].records) > 4_000_000


@pytest.mark.timeout(180)
def test_a_restored_log_is_the_same_record_by_record(
    source: Settings, target: Settings, place: Place, taken: Manifest
) -> None:
    said: list[str] = []
    restore(target, place, taken.name, quiet(said))
    assert comparable(whole_log(target)) == comparable(whole_log(source))
    assert configs(target) == configs(source)
    assert len(said) == 3
    asyncio.run(ensure_topics(target))  # nothing stands in the way of a start
    with pytest.raises(UserError, match="is not empty"):
        restore(target, place, taken.name, quiet())
    # A backup of what was restored holds the same.
    again, _ = take(target, place, silent, silent)
    place.delete(again.name, FILE)
    for old, new in zip(taken.topics, again.topics, strict=True):
        if old.name != ALERTS.name:
            assert [p.last for p in old.partitions] == [p.last for p in new.partitions] or (
                old.compacted
            )


def test_the_manifest_says_what_there_is_and_no_secret(
    source: Settings, place: Place, taken: Manifest
) -> None:
    assert [topic.name for topic in taken.topics][: len(TOPICS)]
    assert {topic.name for topic in taken.topics} == {topic.name for topic in TOPICS}
    by_name = {topic.name: topic for topic in taken.topics}
    signals = by_name[SIGNALS.name].partitions
    assert [(part.first, part.end, part.records, part.gaps) for part in signals] == [
        (1_234, 2_000, 766, 0),
        (50, 50, 0, 0),
        (1, 1_500, 1_499, 0),
        (0, 0, 0, 0),
    ]
    assert by_name[CORRECTIONS.name].partitions[0].gaps == 2
    assert by_name[FEEDS.name].compacted
    with place.open(f"{taken.name}/{FILE}") as file:
        text = file.read(1 << 24).decode()
    password = source.database_password_file.read_text().split(":")[-1].strip()
    assert password not in text
    assert str(source.data_dir) not in text


@pytest.mark.parametrize("kind", ["flipped", "cut", "gone"])
def test_damage_to_any_file_is_found_and_nothing_is_restored(
    target: Settings, tmp_path: Path, place: Place, taken: Manifest, kind: str
) -> None:
    copied = open_place(str(tmp_path), BackupSettings())
    names = list(place.files(taken.name))
    for name in names:
        with place.open(f"{taken.name}/{name}") as source, copied.create(f"x/{name}") as sink:
            sink.write(b"".join(iter(lambda: source.read(1 << 20), b"")))
    (tmp_path / "x").rename(tmp_path / taken.name)
    assert damages(copied, read_manifest(copied, taken.name), silent) == []
    for name in names:
        if name == BEGUN_FILE:
            continue
        path = tmp_path / taken.name / name
        whole = path.read_bytes()
        half = len(whole) // 2
        if kind == "gone":
            path.unlink()
        else:
            flipped = whole[:half] + bytes([whole[half] ^ 4]) + whole[half + 1 :]
            path.write_bytes(flipped if kind == "flipped" else whole[:-1])
        with pytest.raises(UserError, match=r"is damaged|no whole backup"):
            restore(target, copied, taken.name, quiet())
        path.write_bytes(whole)
    with psycopg.connect(target.database_url) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert found.fetchone() == (0,)
    assert asyncio.run(ensure_topics(target)), "no topic was made"


def test_a_gap_that_cannot_be_made_again_is_told_and_refused(
    target: Settings, tmp_path: Path, place: Place, taken: Manifest
) -> None:
    """As compaction leaves it, when somebody has set it on a topic that is not to be compacted."""
    records = [Saved(offset, 1, b"k", b"v", []) for offset in (0, 1, 9)]
    with compressed(place, taken.name, "log/hole.zst") as file:
        file.write(pack(records))
    part = SavedPartition(0, 0, 10, 3, 1, fingerprint(records[-1]), file.stored)
    topics = tuple(
        msgspec.structs.replace(topic, partitions=(part, *topic.partitions[1:]))
        if topic.name == BARS.name
        else topic
        for topic in taken.topics
    )
    holed = msgspec.structs.replace(taken, topics=topics)
    assert damages(place, holed, silent) == []
    (note,) = hindrances(place, holed)
    assert f"of {BARS.name}/0 the 7 offsets from 2 on are missing" in note
    write_manifest(place, holed)
    try:
        with pytest.raises(UserError, match="can't be restored as it was, and nothing was"):
            restore(target, place, taken.name, quiet())
    finally:
        write_manifest(place, taken)
    assert not restoring(target)
    assert asyncio.run(ensure_topics(target))


def test_what_does_not_fit_is_refused_before_anything_is_written(
    target: Settings, place: Place, taken: Manifest
) -> None:
    kafka = target.kafka.model_copy(update={"partitions": 8})
    with pytest.raises(UserError, match=r"has 4 partitions, and .* is 8: set it to 4"):
        restore(target.model_copy(update={"kafka": kafka}), place, taken.name, quiet())
    with pytest.raises(UserError, match="There is no whole backup 2020-01-01T000000Z"):
        restore(target, place, "2020-01-01T000000Z", quiet())
    for change, words in (
        ({"timescale": "2.29.2"}, "TimescaleDB 2.29.2, and this one has none"),
        ({"server": 99}, "is PostgreSQL 18 and the backup is of 99"),
    ):
        database = msgspec.structs.replace(taken.database, **change)
        write_manifest(place, msgspec.structs.replace(taken, database=database))
        try:
            with pytest.raises(UserError, match=words):
                restore(target, place, taken.name, quiet())
        finally:
            write_manifest(place, taken)
    migrate(target.database_url)
    with pytest.raises(UserError, match=r"The database is not empty \(it has public.actions"):
        restore(target, place, taken.name, quiet())


def test_the_database_alone_is_not_restored_beside_another_log(
    source: Settings, target: Settings, place: Place, taken: Manifest
) -> None:
    with pytest.raises(UserError, match="is not the one that this backup was taken of"):
        restore(target, place, taken.name, quiet(), database_only=True)
    with pytest.raises(UserError, match="The database is not empty"):
        restore(source, place, taken.name, quiet(), database_only=True)
    with psycopg.connect(source.database_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    restore(source, place, taken.name, quiet(), database_only=True)
    assert migrate(source.database_url) == []


def test_one_that_was_cut_short_is_no_backup_and_is_cleaned_up(
    place: Place, taken: Manifest
) -> None:
    for name in ("2026-01-01T000000Z", "2026-01-02T000000Z"):
        with place.create(f"{name}/log/x/0.zst") as sink:
            sink.write(b"x")
    with place.create(f"2026-01-01T000000Z/{BEGUN_FILE}") as sink:
        sink.write(BEGUN_BY_THE_DEAD)
    assert whole_backups(place) == [taken.name]
    # Of the second it is not known who writes it, and it was written to just now.
    assert clean_up(place) == ["2026-01-01T000000Z"]
    assert place.folders() == ["2026-01-02T000000Z", taken.name]
    place.delete("2026-01-02T000000Z", FILE)
    assert rotate(place, 1, 1, datetime.now(UTC) + timedelta(days=9)) == []


async def make_topic(settings: Settings, name: str) -> None:
    async with open_admin(settings) as admin:
        await admin.create_topics([NewTopic(name, 4, 1)])


class Writer:
    """Writes to a compacted partition in the background, one record behind the other."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._end = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._write()))

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(30.0)

    async def _write(self) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self._settings.bootstrap_servers)
        await producer.start()
        while not self._end.is_set():
            await send(producer, FEEDS.name, 0, numbered(50))
        await producer.stop()


async def write_with_a_gap(settings: Settings) -> None:
    """A marker's gap, which is there for a reader as one is where a record was compacted away."""
    await ensure_topics(settings)
    servers = settings.bootstrap_servers
    producer = AIOKafkaProducer(bootstrap_servers=servers, transactional_id="gap")
    await producer.start()
    async with producer.transaction():
        await send(producer, FEEDS.name, 0, numbered(3))
    await producer.stop()


def test_a_compacted_topic_is_read_on_where_records_were_missing(
    target: Settings, tmp_path: Path
) -> None:
    asyncio.run(write_with_a_gap(target))
    migrate(target.database_url)
    wait_until(lambda: len(configs(target)) == len(TOPICS), 20.0)
    place = open_place(str(tmp_path), BackupSettings())
    with Writer(target):
        taken, _ = take(target, place, silent, None)
    (part,) = [topic.partitions[0] for topic in taken.topics if topic.name == FEEDS.name]
    assert part.records > 3
    there = [record[0] for record in whole_log(target)[FEEDS.name, 0].records]
    saved = [record.offset for record in read_records(place, taken.name, part)]
    assert saved == [offset for offset in there if offset < part.end]


def test_a_backup_is_of_the_whole_log_or_none(target: Settings, tmp_path: Path) -> None:
    asyncio.run(ensure_topics(target))
    migrate(target.database_url)
    wait_until(lambda: len(configs(target)) == len(TOPICS), 20.0)
    place = open_place(str(tmp_path), BackupSettings())
    kafka = target.kafka.model_copy(update={"partitions": 2})
    with pytest.raises(UserError, match="has 4 partitions and PERIPHERAL_KAFKA__PARTITIONS is 2"):
        take(target.model_copy(update={"kafka": kafka}), place, silent, None)
    asyncio.run(make_topic(target, RESTORING))
    wait_until(lambda: restoring(target), 20.0)
    with pytest.raises(UserError, match="No backup is taken: the log is not whole"):
        take(target, place, silent, None)
    empty(target)
    migrate(target.database_url)
    asyncio.run(make_topic(target, BARS.name))
    wait_until(lambda: BARS.name in configs(target), 20.0)
    with pytest.raises(UserError, match=f"lacks {len(TOPICS) - 1} of {len(TOPICS)} topics"):
        take(target, place, silent, None)
    assert place.folders() == []


def test_nobody_starts_on_a_log_whose_restore_was_cut_short(target: Settings) -> None:
    asyncio.run(make_topic(target, RESTORING))
    wait_until(lambda: restoring(target), 20.0)
    with pytest.raises(UnfinishedRestoreError):
        asyncio.run(ensure_topics(target))
    with pytest.raises(UserError, match="run the same `peripheral restore` again"):
        make_missing_topics(target)
