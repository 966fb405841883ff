"""`peripheral up` with the real broker and database, and stand-ins for our own processes."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.environment import child_environment
from deploy.running import records
from streams.settings import Settings
from tests.stack import temporary_settings

READY_S_MAX = 30  # twice what a newcomer is promised: tests share their machine
ROOT = Path(__file__).parents[2]
DRIVER = """
import sys
import deploy.up
from deploy.screen import Screen
from deploy.errors import UserError
from streams.settings import Settings

deploy.up.register_examples = lambda settings: []  # there is no API to register them at
try:
    deploy.up.run_up(Settings(), Screen(), command=(sys.executable, "tests/deploy/stand_in.py"))
except UserError as error:
    sys.exit(str(error))
"""


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with temporary_settings() as settings:
        yield settings


class Up:
    """A running `up`, its output read line by line."""

    def __init__(self, settings: Settings) -> None:
        self.began_s = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-c", DRIVER],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            env=child_environment(settings),
            start_new_session=True,
            # A shell's background job ignores SIGINT, and so would all that it starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.lines: list[str] = []

    def read_until(self, text: str) -> str:
        """The first line that holds `text`."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if text in line:
                return line
        pytest.fail(f"no {text!r} in:\n{''.join(self.lines)}")

    def end(self, signal_number: signal.Signals) -> float:
        """End it with a signal; how many seconds that took."""
        began_s = time.monotonic()
        self.process.send_signal(signal_number)
        self.process.communicate(timeout=20)
        return time.monotonic() - began_s


@pytest.fixture
def up(settings: Settings) -> Iterator[Up]:
    up = Up(settings)
    yield up
    if up.process.poll() is None:
        up.process.send_signal(signal.SIGTERM)
    up.process.communicate(timeout=20)


def peripheral(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *arguments],
        env=child_environment(settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_up_shows_its_steps_and_ends_in_order_within_ten_seconds(
    up: Up, settings: Settings
) -> None:
    up.read_until("Ready in")
    names = [line.split()[0] for line in up.lines[1:-1]]
    assert names == [
        "broker", "topics", "database", "migrations", "processes", "examples", "feed",
    ]  # fmt: skip
    assert "5 bars in · 2 signals out · 0 records behind" in up.read_until("bars in")
    second = peripheral(settings, "up")
    assert second.returncode == 2
    assert f"already runs on {settings.data_dir} as process {up.process.pid}" in second.stderr
    assert up.end(signal.SIGINT) < 10
    assert up.process.returncode == 0
    assert records(settings.run_dir) == []


def test_a_second_up_is_quick_and_finds_the_data_and_restarts_what_is_killed(
    up: Up, settings: Settings
) -> None:
    seconds = re.search(r"Ready in ([\d.]+) s", up.read_until("Ready in"))
    assert seconds is not None
    assert float(seconds[1]) < READY_S_MAX
    assert any("topics       all there" in line for line in up.lines)
    assert any("migrations   up to date" in line for line in up.lines)
    status = peripheral(settings, "status", "--json")
    assert status.returncode == 0, status.stdout
    report = json.loads(status.stdout)
    assert report["up"] == up.process.pid
    assert report["dead_letters"] == {"market.bars.v1": 3}
    assert "`peripheral dlq list`: 3 of market.bars.v1" in peripheral(settings, "status").stdout
    assert {row["state"] for row in report["processes"]} == {"ready"}
    pids = {row["name"]: row["pid"] for row in report["processes"]}
    killed = {"database", "broker", "indicators"}
    for name in killed:
        os.kill(pids[name], signal.SIGKILL)
    assert {up.read_until("was started again").split()[0] for _ in killed} == killed
    with psycopg.connect(settings.database_url) as connection:
        assert connection.execute("SELECT count(*) FROM schema_migrations").fetchone() != (0,)


def test_after_a_kill_of_up_itself_the_next_one_starts_and_down_ends_it(settings: Settings) -> None:
    first = Up(settings)
    first.read_until("broker")  # it is killed while it starts
    left = [record.process() for record in records(settings.run_dir)]
    assert left
    first.end(signal.SIGKILL)
    again = Up(settings)
    again.read_until("Ready in")
    assert not any(process.is_running() for process in left if process is not None)
    assert peripheral(settings, "down").stdout == "Stopped.\n"
    again.process.communicate(timeout=10)
    assert again.process.returncode == 0


@pytest.mark.parametrize("section", ["api", "kafka", "database"])
def test_an_occupied_port_is_told_at_once(settings: Settings, section: str) -> None:
    names = {"api": "PORT", "kafka": "EMBEDDED_PORT", "database": "EMBEDDED_PORT"}
    port = getattr(getattr(settings, section), names[section].lower())
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        done = peripheral(settings, "up")
    assert done.returncode == 2
    assert f"needs 127.0.0.1:{port}, which is taken" in done.stderr
    assert f"PERIPHERAL_{section.upper()}__{names[section]}" in done.stderr
    assert "broker " not in done.stdout  # its step, which may download
