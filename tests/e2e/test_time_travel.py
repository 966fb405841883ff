"""What was known at a moment: over REST by `as_of`, and by `peripheral at`."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from deploy.environment import child_environment
from streams.catalog import BARS, EDITS
from streams.producer import partition_of
from streams.reader import read_partition, read_topic
from tests.e2e.compare import assert_database_is_fold_of_log
from tests.e2e.market import walk
from tests.e2e.strategies import FRAGILE
from tests.e2e.system import System, publish_bars, wait_until

FEED = "sample"
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "time-travel.md").read_text()
LINES = re.findall(r"^(?:peripheral|curl) .*$", PAGE, re.MULTILINE)
PATHS = (
    f"/v1/bars/AAPL?feed={FEED}&limit=40",
    f"/v1/indicators/AAPL?feed={FEED}",
    f"/v1/signals?feed={FEED}&limit=300",
)


OWN = ("/v1/strategies/traveller", "/v1/deployments/traveller-live", "/v1/deployments")
"""Reads whose answers change after the moment: an edit, and an end."""


SILENT = '"""Says nothing."""\n\n\ndef on_bar(bar):\n    plot("close", bar.close)\n'


@dataclass(frozen=True)
class Travel:
    """A system, and what it answered at a moment of its past. offset: of the newest bar then."""

    system: System
    moment: str
    partition: int
    offset: int
    then: dict[str, Any]

    def at(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "deploy.cli", "at", *arguments],
            env=child_environment(self.system.settings),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr


def schemas(travel: Travel) -> list[str]:
    """Of moments."""
    with psycopg.connect(travel.system.settings.database_url) as connection:
        query = "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 'at_')"
        return [str(row[0]) for row in connection.execute(query)]


def answer(system: System, path: str) -> Any:
    return httpx.get(system.url + path, timeout=20.0).json()


@pytest.fixture(scope="module")
def travel(system: System) -> Iterator[Travel]:
    """Bars, then a moment, then a correction, more bars and another strategy."""
    settings = system.settings
    system.deploy_examples()
    system.register("traveller", SILENT)
    assert system.deploy("traveller-live", "traveller", series={"feed": FEED}).status_code == 201
    bars = walk("AAPL", 200, feed=FEED, seed=1)
    asyncio.run(publish_bars(settings, bars[:120]))
    assert_database_is_fold_of_log(settings)
    then = {path: answer(system, path) for path in (*PATHS, *OWN)}
    time.sleep(0.01)
    moment = datetime.now(UTC).isoformat()
    time.sleep(0.01)
    partition = partition_of(bars[0].series.key.encode(), settings.kafka.partitions)
    offset = asyncio.run(read_partition(settings, BARS.name, partition))[-1].offset
    corrected = [bars[119].model_copy(update={"volume": bars[119].volume + n}) for n in (1.0, 2.0)]
    asyncio.run(publish_bars(settings, [*corrected, *bars[120:]]))
    edit = {"name": "traveller", "source": SILENT + "# once more\n"}
    assert httpx.put(f"{system.url}{OWN[0]}", json=edit, timeout=20.0).is_success
    assert httpx.delete(f"{system.url}{OWN[1]}", timeout=20.0).is_success
    system.register("later", FRAGILE)
    assert system.deploy("later-live", "later").status_code in (201, 202)
    assert_database_is_fold_of_log(settings)
    yield Travel(system, moment, partition, offset, then)
    assert "Dropped the tables of" in Travel(system, moment, partition, offset, then).at("--forget")


@pytest.mark.parametrize("path", PATHS)
def test_reads_as_of_a_time_are_what_they_were_then(travel: Travel, path: str) -> None:
    assert answer(travel.system, path) != travel.then[path]
    assert answer(travel.system, f"{path}&as_of={travel.moment}") == travel.then[path]


def test_bars_as_of_an_offset_are_what_they_were_when_it_was_the_newest(travel: Travel) -> None:
    found = answer(travel.system, f"{PATHS[0]}&interval=1d&as_of={travel.offset}")
    assert found == travel.then[PATHS[0]]
    corrected = answer(travel.system, f"{PATHS[0]}&interval=1d&as_of={travel.offset + 1}")
    assert corrected["bars"][-1]["volume"] == found["bars"][-1]["volume"] + 1.0


@pytest.mark.parametrize("path", [*PATHS, *OWN])
def test_any_read_can_be_asked_as_of_a_moment(travel: Travel, path: str) -> None:
    assert json.loads(travel.at(travel.moment, path)) == travel.then[path]
    # The last bar's record: what was written within its millisecond is known as well.
    place = f"{travel.partition}/{travel.offset}"
    assert json.loads(travel.at(place, path)) == travel.then[path]


@pytest.mark.parametrize("path", OWN)
def test_what_was_known_is_not_held_against_what_is_known_now(travel: Travel, path: str) -> None:
    assert answer(travel.system, path) != travel.then[path]
    assert json.loads(travel.at(travel.moment, f"{OWN[1]}/traps"))["traps"] == []
    assert "there is no deployment" in travel.at(
        travel.moment, "/v1/deployments/later-live/traps", code=1
    )


def test_the_tables_of_a_moment_can_be_counted_and_queried(travel: Travel) -> None:
    one = f"JOIN series USING (series_id) WHERE feed = '{FEED}' AND symbol = 'AAPL'"
    query = f"SELECT count(*) AS n, max(ts) FROM bars {one}"
    rows = list(csv.reader(io.StringIO(travel.at(travel.moment, "--sql", query))))
    assert rows[0] == ["n", "max"]
    assert rows[1][0] == "120"
    assert "superseded_bars" in travel.at(travel.moment)
    assert "1970-01-01" in travel.at(
        "1970-01-02", "--sql", "SELECT coalesce(max(ts), '1970-01-01') FROM bars"
    )


def test_one_that_is_killed_leaves_nothing_that_the_next_one_minds(travel: Travel) -> None:
    """And two that ask at once get the same answer."""
    travel.at("--forget")
    command = [sys.executable, "-m", "deploy.cli", "at", travel.moment, PATHS[0]]
    environment = child_environment(travel.system.settings)
    killed = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    wait_until(lambda: bool(schemas(travel)), 30.0)
    killed.kill()
    killed.wait()
    both = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for each in both:
        out, told = each.communicate(timeout=120)
        assert each.returncode == 0, told
        assert json.loads(out) == travel.then[PATHS[0]]
    assert len(schemas(travel)) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("yesterday",), "is no moment"),
        (("2999-01-01",), "lies in the future"),
        (("12",), "name it, as 0/12"),
        (("9/12",), "the last one is 3"),
        (("0/99999999",), "There is no record market.bars.v1/0/99999999"),
        (("prices.v1/0/1",), "There is no topic prices.v1"),
        (("2024-01-01", "/healthz"), "is no read of the tables"),
        (("2024-01-01", "--sql", "DELETE FROM bars"), "read-only transaction"),
        (("2024-01-01", "--sql", "SELECT nothing"), "does not exist"),
    ],
)
def test_what_is_no_moment_or_no_read_is_said(
    travel: Travel, arguments: tuple[str, ...], words: str
) -> None:
    assert words in travel.at(*arguments, code=2)


@pytest.mark.parametrize("line", LINES)
def test_the_page_s_commands_do_what_it_says(travel: Travel, line: str) -> None:
    """In their order, at a time and at places that the system has."""
    settings = travel.system.settings
    line = line.replace("http://127.0.0.1:8000", travel.system.url).replace("curl", "curl -fsS")
    edits = asyncio.run(read_topic(settings, EDITS.name))
    partition = next(partition for partition, records in edits.items() if records)
    line = line.replace("edits.v1/0/0", f"edits.v1/{partition}/0")
    line = line.replace("2026-03-02T14:30:00Z", travel.moment)
    line = line.replace("0/120", f"{travel.partition}/{travel.offset}")
    script = f'peripheral() {{ "{sys.executable}" -m deploy.cli "$@"; }}\n{line}'
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=ROOT,
        env=child_environment(settings, PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
