"""The migration runner against a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.errors import UserError
from deploy.migrate import migrate, read_migrations, timescale_usable
from streams.settings import Settings


@pytest.fixture
def url(live_database_settings: Settings) -> Iterator[str]:
    """The session's database, seen through a schema of this test's own."""
    base = live_database_settings.database_url
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA migrate_test")
        yield f"{base}&options=-csearch_path%3Dmigrate_test"
        connection.execute("DROP SCHEMA migrate_test CASCADE")


def write(folder: Path, name: str, sql: str) -> None:
    (folder / name).write_text(sql)


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def test_files_are_applied_once_and_in_order(url: str, tmp_path: Path) -> None:
    write(tmp_path, "0002_second.sql", "INSERT INTO t VALUES (2); INSERT INTO t VALUES (3)")
    write(tmp_path, "0001_first.sql", "CREATE TABLE t (a int)")
    assert migrate(url, tmp_path) == ["0001_first.sql", "0002_second.sql"]
    assert migrate(url, tmp_path) == []
    assert rows(url, "SELECT a FROM t ORDER BY a") == [(2,), (3,)]


def test_a_file_that_fails_leaves_nothing_behind(url: str, tmp_path: Path) -> None:
    write(tmp_path, "0001_first.sql", "CREATE TABLE t (a int)")
    write(tmp_path, "0002_broken.sql", "INSERT INTO t VALUES (1); SELECT 1/0")
    with pytest.raises(UserError, match=r"0002_broken\.sql failed: division by zero"):
        migrate(url, tmp_path)
    assert rows(url, "SELECT count(*) FROM t") == [(0,)]
    write(tmp_path, "0002_broken.sql", "INSERT INTO t VALUES (1)")
    assert migrate(url, tmp_path) == ["0002_broken.sql"]


def test_a_url_that_libpq_can_t_read_is_not_repeated() -> None:
    with pytest.raises(UserError, match="PERIPHERAL_DATABASE__URL is no URL") as raised:
        migrate("postgres//u:hunter2@h/db")
    assert "hunter2" not in str(raised.value)


def test_a_changed_file_is_refused(url: str, tmp_path: Path) -> None:
    write(tmp_path, "0001_first.sql", "CREATE TABLE t (a int)")
    migrate(url, tmp_path)
    write(tmp_path, "0001_first.sql", "CREATE TABLE t (a bigint)")
    with pytest.raises(UserError, match="changed after it had been applied"):
        migrate(url, tmp_path)


def test_a_database_of_a_newer_version_is_refused(url: str, tmp_path: Path) -> None:
    write(tmp_path, "0001_first.sql", "CREATE TABLE t (a int)")
    migrate(url, tmp_path)
    (tmp_path / "0001_first.sql").unlink()
    with pytest.raises(UserError, match="does not know"):
        migrate(url, tmp_path)


def test_without_the_extension_the_native_variant_runs(url: str, tmp_path: Path) -> None:
    write(tmp_path, "0001_t.native.sql", "CREATE TABLE native_table (a int)")
    write(tmp_path, "0001_t.timescale.sql", "CREATE TABLE hyper_table (a int)")
    with psycopg.connect(url, autocommit=True) as connection:
        assert not timescale_usable(connection)
    assert migrate(url, tmp_path) == ["0001_t.native.sql"]


def test_runners_at_the_same_time_apply_each_file_once(url: str, tmp_path: Path) -> None:
    write(tmp_path, "0001_first.sql", "CREATE TABLE t (a int); SELECT pg_sleep(0.2)")
    write(tmp_path, "0002_second.sql", "INSERT INTO t VALUES (1)")
    applied: list[list[str]] = []
    runners = [
        threading.Thread(target=lambda: applied.append(migrate(url, tmp_path))) for _ in range(4)
    ]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert sorted(applied) == [[], [], [], ["0001_first.sql", "0002_second.sql"]]
    assert rows(url, "SELECT count(*) FROM t") == [(1,)]


@pytest.mark.parametrize(
    "names",
    [
        ["1_short_number.sql"],
        ["0001_Upper.sql"],
        ["0001_a.oracle.sql"],
        ["0001_a.sql", "0001_b.sql"],
        ["0001_a.sql", "0001_b.native.sql"],
    ],
)
def test_names_that_fit_no_rule_are_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        write(tmp_path, name, "SELECT 1")
    with pytest.raises(UserError):
        read_migrations(tmp_path)


def test_an_unreachable_database_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="can't be reached"):
        migrate("postgresql://peripheral@127.0.0.1:1/peripheral", tmp_path)
