"""docs/research.md is true where it needs a running Peripheral: its `bash` blocks, in order."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.environment import child_environment
from schemas.events.market import BarClosed
from streams.sources.sample import INTERVAL, read_sample
from tests.docs.test_research import BLOCKS
from tests.e2e.system import WORKERS, System, publish_bars, wait_until
from tests.stack import open_stack

LIMIT_S = 60.0


def sample() -> list[BarClosed]:
    return [BarClosed(feed="sample", interval=INTERVAL, **bar._asdict()) for bar in read_sample()]


@pytest.mark.timeout(240)
def test_the_part_of_the_session_that_needs_a_running_peripheral(tmp_path: Path) -> None:
    (strategy,) = [text for kind, text in BLOCKS if kind == "python"]
    (tmp_path / "cross.py").write_text(strategy)
    blocks = BLOCKS[next(n for n, (kind, _) in enumerate(BLOCKS) if kind == "bash") :]
    assert [kind for kind, _ in blocks] == ["bash", "text"] * 3
    with open_stack(worker=WORKERS) as stack:
        system = System(stack)
        try:
            system.start()
            asyncio.run(publish_bars(stack.settings, sample()))
            wait_until(lambda: is_there(system), LIMIT_S)
            for kind, text in blocks:
                if kind == "bash":
                    commands = text.splitlines()
                else:
                    wait_until(lambda: says(system, tmp_path, commands[-1], text), LIMIT_S)  # noqa: B023
                    continue
                for command in commands[:-1]:
                    run(system, tmp_path, command)
        finally:
            system.stop()


def is_there(system: System) -> bool:
    """Whether all five series are in the view, whole."""
    listed = system.ask("/v1/series").json()["series"]
    return [each["last_ts"][:10] for each in listed] == ["2013-03-01"] * 5


def run(system: System, folder: Path, command: str) -> str:
    name, *arguments = shlex.split(command)
    assert name == "peripheral"
    done = subprocess.run(
        [sys.executable, "-m", "deploy.cli", *arguments],
        cwd=folder,
        env=child_environment(system.settings, PYTHONPATH=str(Path(__file__).parents[2])),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def says(system: System, folder: Path, command: str, text: str) -> bool:
    """Whether the command shows all the lines by now."""
    shown = run(system, folder, command)
    return all(line in shown for line in text.splitlines())
