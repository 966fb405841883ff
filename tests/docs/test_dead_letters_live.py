"""docs/dead-letters.md is true: on a running Peripheral its commands do and show what it says."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.environment import child_environment
from deploy.letters.told import REASONS
from schemas.series import Series
from streams.catalog import BARS
from streams.codec import Outgoing
from streams.letters import UNKNOWN
from streams.producer import Publisher
from tests.e2e.compare import assert_database_is_fold_of_log
from tests.e2e.system import System, open_system, wait_until
from tests.records import DAY_US, FIRST_TS_US, bar_value

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "dead-letters.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
LIMIT_S = 60.0


def test_the_page_has_every_reason() -> None:
    assert set(re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE)) == REASONS.keys() - {UNKNOWN}


async def write(system: System, partition: int, series: Series, value: bytes) -> None:
    publisher = Publisher(system.settings, "somebody")
    await publisher.start()
    try:
        await publisher.publish(BARS.name, Outgoing(series.key.encode(), value, []), partition)
    finally:
        await publisher.stop()


def undecided(system: System) -> dict[str, int] | None:
    found: dict[str, int] | None = system.ask("/v1/status").json()["dead_letters"]
    return found


def closes(system: System, symbol: str) -> list[float]:
    answer = system.ask(f"/v1/bars/{symbol}", feed="mine", interval="1d")
    return [bar["close"] for bar in answer.json().get("bars", ())]


def run(system: System, folder: Path, command: str) -> str:
    """A line of the page, by a shell that finds `peripheral`."""
    script = f'peripheral() {{ "{sys.executable}" -m deploy.cli "$@"; }}\n{command}'
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env=child_environment(system.settings, PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


@pytest.fixture
def system() -> Iterator[System]:
    """One of its own: the page names the addresses that letters get on a new log."""
    with open_system() as running:
        yield running


@pytest.mark.timeout(240)
def test_a_session_as_the_page_has_it(system: System, tmp_path: Path) -> None:
    aapl, msft, ibm = (Series("mine", symbol, "1d") for symbol in ("AAPL", "MSFT", "IBM"))
    comma = bar_value(aapl, FIRST_TS_US, open=187.0, high=188.0, low=186.0, close="187,4")
    for partition, series, value in (
        (0, aapl, comma),
        (2, msft, bar_value(msft, FIRST_TS_US, close=2.25)),
        (3, ibm, bar_value(ibm, FIRST_TS_US)),
        (3, ibm, bar_value(ibm, FIRST_TS_US - DAY_US)),
    ):
        asyncio.run(write(system, partition, series, value))
    wait_until(lambda: undecided(system) == {BARS.name: 3}, LIMIT_S)
    assert closes(system, "AAPL") == closes(system, "MSFT") == []

    shown, commands = "", 0
    for kind, text in BLOCKS:
        if kind == "sh":
            for command in text.splitlines():
                shown, commands = run(system, tmp_path, command), commands + 1
        else:
            assert kind == "text"
            for line in text.splitlines():
                assert line in shown, (line, shown)
    assert commands == 8

    wait_until(lambda: undecided(system) == {}, LIMIT_S)
    wait_until(lambda: closes(system, "AAPL") == [187.4], LIMIT_S)
    wait_until(lambda: closes(system, "MSFT") == [2.25], LIMIT_S)
    assert_database_is_fold_of_log(system.settings)
    told = " ".join(run(system, tmp_path, "peripheral dlq list --all").split())
    assert "sent again by" in told
    assert "its feed was set to the wrong day" in told
