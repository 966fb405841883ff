"""docs/backup-recovery.md was followed word for word: its blocks, in order, in one shell."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.backup.outcome import read_outcomes
from deploy.embedded.ports import free_port
from streams.catalog import BARS
from streams.reader import read_topic
from streams.settings import DatabaseSettings, KafkaSettings, Settings
from tests.deploy.backup.s3 import serving_s3
from tests.e2e.system import wait_until
from tests.stack import RUNTIME_DIR

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "backup-recovery.md").read_text()
SECTIONS = {
    part.splitlines()[0]: re.findall(r"^```bash\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)
    for part in PAGE.split("\n## ")[1:]
}
LIMIT_S = 180.0
DONE = "the-line-is-done"


class Shell:
    """A shell that is given line after line; `up` runs behind it, as in another terminal."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self._ups = 0
        self._bash = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def follow(self, blocks: list[str]) -> str:
        """Run what they say, line by line; what was shown. A line that fails is an error."""
        shown = ""
        for line in "".join(blocks).splitlines():
            if line.startswith("peripheral up"):
                self._up(line)
            else:
                shown += self.run(line)
        return shown

    def run(self, line: str) -> str:
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.write(f"{line}\necho {DONE} $?\n")
        self._bash.stdin.flush()
        shown = ""
        for text in self._bash.stdout:
            if text.startswith(DONE):
                assert text.split()[-1] == "0", (line, shown)
                return shown
            shown += text
        raise AssertionError(f"the shell has ended at {line!r}: {shown}")

    def _up(self, line: str) -> None:
        self._ups += 1
        said = self.folder / f"up-{self._ups}.txt"
        said.touch()
        self.run(f"{line} > {said.name} 2>&1 &")
        wait_until(lambda: "Ready in" in said.read_text(), LIMIT_S, lambda: said.read_text())

    def close(self) -> None:
        self._bash.communicate("peripheral down\n", timeout=60.0)


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that others may pass through, since root's PostgreSQL runs as somebody else."""
    made = Path(tempfile.mkdtemp(prefix="peripheral-test-"))
    made.chmod(0o711)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def settings(folder: Path) -> Settings:
    return Settings(
        data_dir=folder / ".data",
        kafka=KafkaSettings(embedded_port=free_port()),
        database=DatabaseSettings(embedded_port=free_port()),
    )


@pytest.fixture
def shell(folder: Path, settings: Settings) -> Iterator[Shell]:
    command = folder / "bin" / "peripheral"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m deploy.cli "$@"\n')
    command.chmod(0o755)
    with serving_s3(folder / "s3") as s3:
        assert s3.secret_access_key is not None
        shell = Shell(
            folder,
            {
                "PATH": f"{command.parent}:/usr/bin:/bin",
                "PYTHONPATH": str(ROOT),
                "PERIPHERAL_RUNTIME_DIR": str(RUNTIME_DIR),
                "PERIPHERAL_KAFKA__EMBEDDED_PORT": str(settings.kafka.embedded_port),
                "PERIPHERAL_DATABASE__EMBEDDED_PORT": str(settings.database.embedded_port),
                "PERIPHERAL_API__PORT": str(free_port()),
                "AWS_ENDPOINT_URL": str(s3.endpoint_url),
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": str(s3.access_key_id),
                "AWS_SECRET_ACCESS_KEY": s3.secret_access_key.get_secret_value(),
            },
        )
        try:
            yield shell
        finally:
            shell.close()


def bars_on_log(settings: Settings) -> int:
    return sum(map(len, asyncio.run(read_topic(settings, BARS.name)).values()))


def bars_in_database(settings: Settings) -> int:
    with psycopg.connect(settings.database_url) as connection:
        row = connection.execute("SELECT count(*) FROM bars").fetchone()
        assert row is not None
        return int(row[0])


def test_every_block_is_followed() -> None:
    assert [*filter(SECTIONS.get, SECTIONS)] == [
        "Take one, and look at it",
        "Each day",
        "To S3",
        "A drill",
        "The database is lost",
        "The log is lost, or both",
    ]


@pytest.mark.timeout(1800)  # six starts of everything
def test_the_page_was_followed_word_for_word(shell: Shell, settings: Settings) -> None:
    shell.follow(["peripheral up\n"])
    wait_until(lambda: bars_in_database(settings) > 10_000, LIMIT_S)

    assert "is whole" in shell.follow(SECTIONS["Take one, and look at it"])
    started, look = SECTIONS["Each day"]
    (settings.data_dir / "backup.json").unlink()  # else the one by hand would be today's
    shell.follow([started])
    wait_until(lambda: read_outcomes(settings).last is not None, LIMIT_S)
    wait_until(lambda: "The backup of" in (shell.folder / "up-2.txt").read_text(), LIMIT_S)
    assert "succeeded: backups has" in shell.follow([look]).replace("\n", " ")
    assert len(list((shell.folder / "backups").iterdir())) == 2

    assert "is whole" in shell.follow(SECTIONS["To S3"])

    prepared, thrown_away = SECTIONS["A drill"]
    assert "Go on with `peripheral up`" in shell.follow([prepared])
    drill = settings.model_copy(update={"data_dir": shell.folder / "drill"})
    assert bars_in_database(drill) > 10_000
    shell.follow([thrown_away])
    assert not (shell.folder / "drill").exists()

    before = bars_on_log(settings)
    assert "The database is restored" in shell.follow(SECTIONS["The database is lost"])
    wait_until(lambda: bars_in_database(settings) >= before, LIMIT_S)

    assert "The log is restored" in shell.follow(SECTIONS["The log is lost, or both"])
    assert bars_on_log(settings) > 10_000
    wait_until(lambda: bars_in_database(settings) > 10_000, LIMIT_S)
    assert (shell.folder / "lost" / "kafka").is_dir()
    assert (shell.folder / "postgres.lost").is_dir()
