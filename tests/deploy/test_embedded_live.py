"""The real broker and the real database: started, stopped, killed, started again."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.embedded.database import EmbeddedDatabase
from deploy.embedded.ports import free_port
from deploy.embedded.process import read_record
from deploy.errors import UserError
from streams.settings import DatabaseSettings, Settings
from tests.stack import RUNTIME_DIR, Stack, temporary_settings


async def produce(servers: str, values: list[bytes]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all")
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait("kept", value, partition=0)
    finally:
        await producer.stop()


async def consume(servers: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest")
    consumer.assign([TopicPartition("kept", 0)])
    await consumer.start()
    try:
        return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


async def test_acknowledged_records_survive_a_kill_of_the_broker(
    new_stack: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    begins_with_a_dash = b"\xf8" * 16
    monkeypatch.setattr("deploy.embedded.broker.secrets.token_bytes", lambda _: begins_with_a_dash)
    stack = new_stack()
    servers = stack.settings.bootstrap_servers
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics([NewTopic("kept", 1, 1)])
    await admin.close()
    await produce(servers, [b"one", b"two"])
    stack.broker.kill()
    assert not stack.broker.alive
    stack.broker.start()
    await produce(servers, [b"three"])
    assert await consume(servers, 3) == [b"one", b"two", b"three"]
    assert stack.broker.stop()
    assert read_record(stack.settings.run_dir / "broker.json") is None


@pytest.fixture
def database() -> Iterator[EmbeddedDatabase]:
    with temporary_settings() as settings:
        database = EmbeddedDatabase(settings)
        database.start()
        yield database
        database.stop()


def query(database: EmbeddedDatabase, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database.settings.database_url) as connection:
        cursor = connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


def test_committed_rows_survive_a_kill_of_the_database(database: EmbeddedDatabase) -> None:
    query(database, "CREATE TABLE t AS SELECT generate_series(1, 1000) AS a")

    def busy() -> None:
        with contextlib.suppress(psycopg.OperationalError):
            query(database, "SELECT count(*) FROM generate_series(1, 10000000)")

    # A backend that computes does not see at once that its postmaster is gone.
    thread = threading.Thread(target=busy)
    thread.start()
    time.sleep(0.2)
    database.kill()
    database.start()
    thread.join()
    assert query(database, "SELECT count(*) FROM t") == [(1000,)]


def test_our_role_is_no_superuser_and_needs_its_password(database: EmbeddedDatabase) -> None:
    rows = query(database, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    assert rows == [(False,)]
    url = database.settings.database_url.partition("?")[0]
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url, passfile="/dev/null")
    mode = database.settings.database_password_file.stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_lost_password_file_is_made_anew(database: EmbeddedDatabase) -> None:
    query(database, "CREATE TABLE t (a int)")
    database.stop()
    database.settings.database_password_file.unlink()
    database.start()
    assert query(database, "SELECT count(*) FROM t") == [(0,)]


def test_a_pid_file_whose_pid_is_another_s_by_now_is_no_obstacle(
    database: EmbeddedDatabase,
) -> None:
    database.kill()
    path = (database.settings.data_dir / "postgres" / "postmaster.pid").resolve()
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([f"{os.getpid()}\n", *lines[1:]]))
    database.start()
    assert database.alive


def test_an_occupied_port_is_told_before_anything_is_made() -> None:
    with temporary_settings() as settings:
        database = EmbeddedDatabase(settings)
        database.start()
        try:
            port = settings.database.embedded_port
            with temporary_settings(database=DatabaseSettings(embedded_port=port)) as other:
                with pytest.raises(UserError, match="PERIPHERAL_DATABASE__EMBEDDED_PORT"):
                    EmbeddedDatabase(other).start()
                assert not (other.data_dir / "postgres").exists()
        finally:
            database.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as somebody else")
def test_root_s_data_folder_may_lie_where_nobody_else_can_enter() -> None:
    with tempfile.TemporaryDirectory() as folder:  # of mode 0700
        settings = Settings(
            data_dir=Path(folder) / "data",
            runtime_dir=RUNTIME_DIR,
            database=DatabaseSettings(embedded_port=free_port()),
        )
        database = EmbeddedDatabase(settings)
        database.start()
        database.stop()
        real = (settings.data_dir / "postgres").readlink()
        assert (real / "PG_VERSION").exists()
        shutil.rmtree(real)


def test_a_start_ends_the_server_that_a_killed_starter_left(database: EmbeddedDatabase) -> None:
    left_behind = database.pid
    again = EmbeddedDatabase(database.settings)  # knows the first one by its record only
    again.start()
    try:
        assert not database.alive
        assert again.pid != left_behind
    finally:
        again.stop()
