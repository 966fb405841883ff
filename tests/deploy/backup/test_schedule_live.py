"""The daily backup as `up` runs it: taken soon after the start, told of, and loud when it fails."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from deploy.backup.backing_up import BackupRunsError, only_one_backup, wish_of
from deploy.backup.outcome import Outcome, keep_outcome, read_outcomes
from deploy.errors import UserError
from deploy.screen import Screen
from deploy.supervisor import Supervisor
from streams.settings import BackupSettings, Settings
from tests.deploy.backup.test_commands_live import environment, peripheral
from tests.e2e.system import wait_until

LIMIT_S = 60.0
SCHEDULE = """
from deploy.backup.schedule import run_schedule
from deploy.configuration import load_settings
run_schedule(load_settings(), wait_s=0.0)
"""


def with_backups(settings: Settings, to: Path) -> Settings:
    """The same system with a place for its backups."""
    section = BackupSettings(to=str(to), keep_count=1)
    return settings.model_copy(update={"backup": section})


@contextmanager
def scheduled(settings: Settings) -> Iterator[Path]:
    """The schedule at work; its log."""
    log = settings.data_dir / "schedule.txt"
    with log.open("w") as file:
        running = subprocess.Popen(
            [sys.executable, "-c", SCHEDULE], env=environment(settings), stdout=file, stderr=file
        )
        try:
            yield log
        finally:
            running.kill()
            running.wait()


@pytest.mark.timeout(180)
def test_a_backup_is_taken_at_the_start_and_shown(source: Settings, tmp_path: Path) -> None:
    settings = with_backups(source, tmp_path / "backups")
    (settings.data_dir / "backup.json").unlink(missing_ok=True)
    assert "No backup was taken yet." in peripheral(settings, "status").stdout
    with scheduled(settings) as log:
        wait_until(lambda: read_outcomes(settings).last is not None, LIMIT_S, log.read_text)
        last = read_outcomes(settings).last
        assert last is not None
        wait_until(lambda: "succeeded" in log.read_text(), LIMIT_S)
    assert not last.error, last.error
    assert [each.name for each in (tmp_path / "backups").iterdir()] == [last.name]
    shown = peripheral(settings, "status").stdout
    assert f"succeeded: {settings.backup.to} has {last.name}" in shown
    report = json.loads(peripheral(settings, "status", "--json").stdout)
    assert report["backups"]["last"]["name"] == last.name


@pytest.mark.timeout(180)
def test_a_failure_is_loud_and_the_last_good_one_is_still_told(
    source: Settings, tmp_path: Path
) -> None:
    (tmp_path / "backups").write_text("a file where a folder should be")
    settings = with_backups(source, tmp_path / "backups")
    (settings.data_dir / "backup.json").unlink(missing_ok=True)
    with scheduled(settings) as log:
        wait_until(lambda: "the backup FAILED" in log.read_text(), LIMIT_S, log.read_text)
    done = peripheral(settings, "status")
    assert done.returncode == 1
    assert "FAILED" in done.stdout
    assert "None has succeeded yet." in done.stdout


def test_up_tells_of_a_backup_once(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    shown = io.StringIO()
    supervisor = Supervisor(settings, Screen(Console(file=shown, width=200)))
    supervisor.tell_backup()
    assert shown.getvalue() == ""
    keep_outcome(settings, Outcome("there", datetime.now(UTC), 1.0, error="it is full"))
    supervisor.tell_backup()
    supervisor.tell_backup()
    assert shown.getvalue().count("FAILED: it is full") == 1
    supervisor.stop()


def test_there_are_never_two_at_a_time(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with (
        only_one_backup(settings),
        pytest.raises(BackupRunsError, match="Another backup is being taken"),
        only_one_backup(settings),
    ):
        pass


def test_what_is_kept_in_one_place_says_nothing_of_another(tmp_path: Path) -> None:
    settings = with_backups(Settings(data_dir=tmp_path), tmp_path / "backups")
    assert wish_of(settings).keep_count == 1
    other = wish_of(settings, str(tmp_path / "other"))
    assert (other.keep_days, other.keep_count) == (None, None)
    assert wish_of(settings, str(tmp_path / "other"), keep_count=3).keep_count == 3
    assert wish_of(settings, keep_days=0, keep_count=0).keep_days is None
    with pytest.raises(UserError, match="--to a folder"):
        wish_of(Settings(data_dir=tmp_path))
    assert BackupSettings(to="").to is None  # as a variable that is set to nothing
