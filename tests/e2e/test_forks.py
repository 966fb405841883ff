"""Forks: what would have come of other decisions is what comes of them where they are made."""

from __future__ import annotations

import asyncio
import json
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
from deploy.forks.manifest import known
from deploy.forks.outcome import microseconds, stretches
from deploy.forks.said import said
from deploy.forks.topics import OWN, schema_of, topic_of
from deploy.worlds.world import find_world
from streams.catalog import SIGNALS
from streams.reader import read_topic
from streams.settings import Settings
from streams.topics import existing_topics, make_topics
from tests.e2e.compare import assert_database_is_fold_of_log
from tests.e2e.market import walk
from tests.e2e.system import System, publish_bars, wait_until

FEED = "fork"
CROSS = '''
"""Long while the close is above its average."""

length = param(10, low=2, high=60)


def on_bar(bar):
    average = ta.sma(bar.close, length)
    if crossover(bar.close, average):
        enter_long()
    elif crossunder(bar.close, average):
        exit()
'''.lstrip()
OTHER = CROSS.replace("ta.sma", "ta.ema")


@dataclass(frozen=True)
class Forked:
    """A system in which somebody changed a strategy at a moment, and the change as a file."""

    system: System
    moment: str
    file: Path

    @property
    def settings(self) -> Settings:
        return self.system.settings

    def run(self, command: str, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "deploy.cli", command, *arguments],
            env=child_environment(self.settings),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    def diff(self, *arguments: str) -> dict[str, dict[str, Any]]:
        """Pairs by the live name of their deployment."""
        told = json.loads(self.run("diff", *arguments, "--json"))
        return {pair["one"]["deployment"]: pair for pair in told["deployments"]}


def deployed(system: System, name: str, **fields: object) -> None:
    """Deployed on all series of the feed, and active on all partitions."""
    body = {"series": {"feed": FEED}, **fields}
    answer = system.deploy(name, "crossing", **body)
    assert answer.status_code in (201, 202), answer.text

    def active() -> bool:
        found = system.ask(f"/v1/deployments/{name}").json()
        return len(found["activations"]) == system.settings.kafka.partitions

    wait_until(active, 30.0)


@pytest.fixture(scope="module")
def forked(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forked]:
    settings = system.settings
    bars = [walk(f"S{n}", 300, feed=FEED, seed=n) for n in range(4)]
    asyncio.run(publish_bars(settings, [bar for one in bars for bar in one[:150]]))
    system.register("crossing", CROSS)
    deployed(system, "before")
    asyncio.run(publish_bars(settings, [bar for one in bars for bar in one[150:200]]))
    assert_database_is_fold_of_log(settings)
    time.sleep(0.01)
    moment = datetime.now(UTC).isoformat()
    body = {"name": "crossing", "source": OTHER}
    answer = httpx.put(f"{system.url}/v1/strategies/crossing", json=body, timeout=20.0)
    assert answer.status_code in (200, 201), answer.text
    deployed(system, "after", version=2)
    deployed(system, "costly", version=1, rules={"rate": 0.01})
    last = bars[0][199]  # from before the moment, with other values after it
    asyncio.run(publish_bars(settings, [last.model_copy(update={"volume": last.volume + 1.0})]))
    asyncio.run(publish_bars(settings, [bar for one in bars for bar in one[200:]]))
    assert_database_is_fold_of_log(settings)
    file = tmp_path_factory.mktemp("forks") / "crossing.py"
    file.write_text(OTHER)
    found = Forked(system, moment, file)
    yield found
    for name in ("none", "change", "fees"):
        if name in found.run("fork", "--list"):
            found.run("fork", "--drop", name)


def test_a_fork_without_a_change_says_what_was_said(forked: Forked) -> None:
    forked.run("fork", "--at", forked.moment, "--name", "none")
    pair = forked.diff("none")["before"]
    assert pair["same"]
    assert pair["one"]["signals"] == pair["other"]["signals"] > 10
    assert pair["one"]["outcome"] == pair["other"]["outcome"]


def test_a_changed_strategy_says_what_it_says_where_it_is_deployed(forked: Forked) -> None:
    change = f"strategy={forked.file}"
    told = forked.run("fork", "--at", forked.moment, "--with", change, "--name", "change")
    assert "before → before.change" in told
    manifest = known(forked.settings, "change")
    world = find_world(forked.settings, schema_of("change"))
    window = (manifest.since, manifest.until)
    live = said(forked.settings, "after", *window)
    assert live.signals > 10
    assert said(world.settings, "before.change", *window) == live
    assert said(world.settings, "before", *window).signals == 0
    pair = forked.diff("change")["before"]
    assert not pair["same"]
    assert pair["other"]["deployment"] == "before.change"


def test_a_fork_lies_on_topics_and_in_tables_of_its_own(forked: Forked) -> None:
    topic = topic_of("change", SIGNALS).name
    records = asyncio.run(read_topic(forked.settings, topic)).values()
    said = [json.loads(record.value or b"") for each in records for record in each]
    count = sum(each["deployment_id"] == "before.change" for each in said)
    assert count > 10
    with psycopg.connect(forked.settings.database_url) as connection:
        query = "SELECT count(*) FROM fork_change.signals WHERE deployment_id = 'before.change'"
        assert connection.execute(query).fetchone() == (count,)
        query = "SELECT count(*) FROM signals WHERE deployment_id LIKE '%change%'"
        assert connection.execute(query).fetchone() == (0,)
        query = "SELECT source FROM fork_change.strategies WHERE name = 'crossing'"
        assert connection.execute(query).fetchone() == (OTHER,)
    assert_database_is_fold_of_log(forked.settings)


def test_fees_change_what_is_earned(forked: Forked) -> None:
    forked.run("fork", "--at", forked.moment, "--with", "fees=0.01", "--name", "fees")
    pair = forked.diff("fees")["before"]
    assert pair["other"]["outcome"]["fees"] > pair["one"]["outcome"]["fees"] == 0
    assert pair["other"]["outcome"]["profit"] < pair["one"]["outcome"]["profit"]
    manifest = known(forked.settings, "fees")
    world = find_world(forked.settings, schema_of("fees"))
    window = (manifest.since, manifest.until)
    assert said(world.settings, "before.fees", *window) == said(forked.settings, "costly", *window)
    text = forked.run("diff", "fees", "change")
    assert "before.change" in text
    assert "before.fees" in text


def test_accounts_begin_with_the_first_bar_behind_the_moment(forked: Forked) -> None:
    manifest = known(forked.settings, "none")
    parts = stretches(forked.settings, manifest.since, manifest.until)
    begins = {microseconds(each.begin) for each in parts if each.series.feed == FEED and each.begin}
    assert begins == {walk("S0", 201, feed=FEED, seed=0)[200].ts}


def test_what_is_left_of_a_fork_that_was_killed_can_be_dropped(forked: Forked) -> None:
    left = topic_of("half", SIGNALS)
    asyncio.run(make_topics(forked.settings, [left]))
    assert "half  was cut short" in forked.run("fork", "--list")
    forked.run("fork", "--drop", "half")
    assert "half" not in forked.run("fork", "--list")
    assert left.name not in asyncio.run(existing_topics(forked.settings))


def test_one_that_is_killed_can_be_dropped_and_made_again(forked: Forked) -> None:
    command = [sys.executable, "-m", "deploy.cli", "fork", "--at", forked.moment]
    process = subprocess.Popen([*command, "--name", "shot"], env=child_environment(forked.settings))
    signals = topic_of("shot", SIGNALS).name
    wait_until(lambda: signals in asyncio.run(existing_topics(forked.settings)), 30.0)
    process.kill()
    process.wait()
    assert "shot  was cut short" in forked.run("fork", "--list")
    forked.run("fork", "--drop", "shot")
    forked.run("fork", "--at", forked.moment, "--name", "shot")
    assert forked.diff("shot")["before"]["same"]
    forked.run("fork", "--drop", "shot")
    assert_database_is_fold_of_log(forked.settings)


def test_forks_are_listed_and_dropped(forked: Forked) -> None:
    forked.run("fork", "--at", forked.moment, "--name", "gone")
    assert "gone" in forked.run("fork", "--list")
    assert "There is a fork gone already" in forked.run(
        "fork", "--at", forked.moment, "--name", "gone", code=2
    )
    forked.run("fork", "--drop", "gone")
    assert "gone" not in forked.run("fork", "--list")
    own = {topic_of("gone", topic).name for topic in OWN}
    assert not own & asyncio.run(existing_topics(forked.settings))
    assert "There is no fork gone" in forked.run("diff", "gone", code=2)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--with", "strategy=nothing.py"), 2, "no version of nothing"),
        (("--with", "strategy=crossing=missing.py"), 2, "missing.py can't be read"),
        (("--with", "fees=much"), 2, "with a number as value"),
        (("--with", "fees=-1"), 2, "can't have these terms"),
        (("--with", "colour=blue"), 2, "there is no such change"),
        (("--with", "param.girth=3"), 2, "No deployment that was active then has an input girth"),
        (("--name", "A b"), 2, "is no name of a fork"),
    ],
)
def test_changes_that_cannot_be_are_said(
    forked: Forked, arguments: tuple[str, ...], code: int, words: str
) -> None:
    assert words in forked.run("fork", "--at", forked.moment, *arguments, code=code)
