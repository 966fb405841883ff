"""`peripheral backup` and `restore` as processes: to S3 and back, killed in the middle."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from deploy.backup.manifest import FILE, Manifest
from deploy.backup.outcome import read_outcomes
from deploy.backup.place import Place, open_place
from deploy.environment import child_environment
from streams.reader import read_partition
from streams.settings import BackupSettings, Settings
from streams.topics import RESTORING, UnfinishedRestoreError, ensure_topics
from tests.deploy.backup.s3 import BUCKET, serving_s3
from tests.deploy.backup.systems import comparable, configs, restoring, whole_log
from tests.e2e.system import wait_until

COMMAND = (sys.executable, "-m", "deploy.cli")
ROOT = Path(__file__).parents[3]
LIMIT_S = 120.0


def environment(settings: Settings) -> dict[str, str]:
    return child_environment(settings, PYTHONPATH=str(ROOT))


def peripheral(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )


def succeeded(settings: Settings, *arguments: str) -> str:
    done = peripheral(settings, *arguments)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done.stdout


def kill_once(settings: Settings, arguments: list[str], comes: Callable[[], bool]) -> None:
    """Start it, and kill -9 it when that has come."""
    running = subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment(settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: comes() or running.poll() is not None, LIMIT_S)
        assert running.poll() is None, "it had ended before it could be killed"
    finally:
        os.kill(running.pid, signal.SIGKILL)
        running.wait()


@contextmanager
def holding(settings: Settings, statement: str) -> Iterator[psycopg.Connection]:
    """A transaction in which that was done, and that others have to wait for."""
    with psycopg.connect(settings.database_url) as connection:
        connection.execute(statement.encode())
        yield connection
        connection.rollback()


def waits(connection: psycopg.Connection) -> bool:
    """Whether somebody waits for a lock."""
    found = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    assert found is not None
    return int(found[0]) > 0


@pytest.mark.timeout(240)
def test_a_backup_goes_to_s3_is_listed_verified_rotated_and_restored(
    source: Settings, target: Settings, tmp_path: Path
) -> None:
    where = f"s3://{BUCKET}/of/ours"
    with serving_s3(tmp_path) as s3:
        assert s3.secret_access_key is not None
        secret = s3.secret_access_key.get_secret_value()
        ours = source.model_copy(update={"backup": s3})
        said = ""
        for count in (1, 2, 2):
            said += succeeded(ours, "backup", "--to", where, "--keep-count", "2")
            listed = json.loads(succeeded(ours, "backup", "list", where, "--json"))
            assert len(listed) == count
        assert said.count("succeeded") == 3
        assert "is deleted: it is older, or there are more" in said
        newest = listed[-1]["name"]
        assert newest in succeeded(ours, "backup", "list", where)
        said += succeeded(ours, "backup", "verify", where)
        assert f"{newest} is whole" in said
        theirs = target.model_copy(update={"backup": s3})
        said += succeeded(theirs, "restore", f"{where}/{newest}")
        assert "Go on with `peripheral up`" in said
        kept = [path.read_text(errors="replace") for path in tmp_path.rglob("*.json")]
        assert not any(secret in text for text in (said, *kept))
        (dump,) = tmp_path.rglob(f"{newest}/database/tables.dump.zst")
        dump.write_bytes(dump.read_bytes()[:-1])
        done = peripheral(ours, "backup", "verify", where)
        assert done.returncode == 1
        assert "can't be restored: database/tables.dump.zst" in done.stdout
        (tmp_path / BUCKET / "of/ours" / newest / FILE).write_text("{")
        assert "damaged" in succeeded(ours, "backup", "list", where)
    assert comparable(whole_log(target)) == comparable(whole_log(source))
    good = read_outcomes(source).good
    assert good is not None
    assert good.name == newest


@pytest.mark.timeout(240)
def test_a_backup_that_was_killed_is_none_and_goes_with_the_next(
    source: Settings, tmp_path: Path
) -> None:
    arguments = ["backup", "--to", str(tmp_path)]
    with holding(source, "LOCK TABLE research_files IN ACCESS EXCLUSIVE MODE") as lock:
        kill_once(source, arguments, lambda: waits(lock))
    place = open_place(str(tmp_path), BackupSettings())
    (name,) = place.folders()
    assert len(place.files(name)) > 10
    assert "no whole backup" in succeeded(source, "backup", "list", str(tmp_path))
    done = peripheral(source, "restore", str(tmp_path))
    assert done.returncode == 2
    assert "There is no whole backup" in done.stderr
    assert f"{name} had been cut short and is deleted" in succeeded(source, *arguments)
    assert place.folders() != [name]
    assert len(place.folders()) == 1


@pytest.mark.timeout(300)
def test_a_restore_that_is_killed_again_and_again_goes_on(
    source: Settings, target: Settings, place: Place, taken: Manifest
) -> None:
    arguments = ["restore", f"{place.where}/{taken.name}"]

    for topics in (0, 12, 30):
        kill_once(target, arguments, lambda: restoring(target) and marks(target) > topics)  # noqa: B023  # done by then
        with pytest.raises(UnfinishedRestoreError):
            asyncio.run(ensure_topics(target))
    # In the database's turn: it waits for a table of that name.
    with holding(target, "CREATE TABLE bars ()") as lock:
        kill_once(target, arguments, lambda: waits(lock))
    done = peripheral(target, "backup", "--to", str(place.where))
    assert done.returncode == 2
    assert "No backup is taken" in done.stderr
    assert "was cut short here; it goes on" in succeeded(target, *arguments)
    assert comparable(whole_log(target)) == comparable(whole_log(source))
    assert configs(target) == configs(source)
    asyncio.run(ensure_topics(target))


def marks(settings: Settings) -> int:
    """What a restore has said of itself."""
    return len(asyncio.run(read_partition(settings, RESTORING, 0)))
