"""Erasing a person: nothing of theirs is left, and everybody else goes on."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.environment import child_environment
from deploy.forks.topics import schema_of
from deploy.worlds.world import find_world
from processors.projections.tables import TABLES
from streams.catalog import KEYS, TOPICS
from streams.keyring import read_keys
from streams.settings import Settings
from tests.e2e.market import walk
from tests.e2e.system import System, open_system, publish_bars, wait_until

FEED = "erase"
PHRASE = "as my grandmother taught me"
SOURCE = f'''"""Long while the close is above its average, {PHRASE}."""


def on_bar(bar):
    average = ta.sma(bar.close, 5)
    plot("average", average)
    alert(crossover(bar.close, average), "{PHRASE}")
    if crossover(bar.close, average):
        enter_long()
    elif crossunder(bar.close, average):
        exit()
'''
LIVE = ("alices-live", "bobs-live", "bobs-of-hers")
OTHER = SOURCE.replace(PHRASE, "as everybody does")
pytestmark = pytest.mark.timeout(600)


def run(system: System, *arguments: str, code: int = 0, out: bool = False) -> str:
    """What it says; out: on stdout alone."""
    done = subprocess.run(
        [sys.executable, "-m", "deploy.cli", *arguments],
        env=child_environment(system.settings),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if out else done.stdout + done.stderr


def post(
    system: System, path: str, body: Mapping[str, object], codes: tuple[int, ...] = (201, 202)
) -> None:
    answer = httpx.post(system.url + path, json=body, timeout=30.0)
    assert answer.status_code in codes, answer.text


def writes(system: System, author: str, name: str, source: str) -> None:
    """Everything that a person can write, by REST."""
    body: dict[str, object] = {"id": name, "name": name, "source": source, "author": author}
    post(system, "/v1/strategies", body)
    bad = {"id": f"{name}-bad", "source": f"{source}\n    {name}?"}
    post(system, "/v1/strategies", body | bad, (422,))
    post(
        system,
        "/v1/deployments",
        {"id": f"{name}-live", "strategy_id": name, "author": author, "series": {"feed": FEED}},
    )
    listed = {
        "name": f"{name}-few",
        "feed": FEED,
        "interval": "1d",
        "symbols": ["E0", "E1"],
        "effective": "1970-01-01T00:00:00Z",
    }
    post(system, "/v1/universes", listed | {"author": author})
    post(
        system,
        f"/v1/conversations/{name}/turns",
        {"text": f"{source} by {author}", "author": author},
    )
    tested = {"feed": FEED, "symbols": ["E0"], "interval": "1d", "source": source}
    post(system, "/v1/backtests", tested | {"id": f"{name}-test", "author": author})
    post(
        system,
        "/v1/screens/standing",
        {
            "id": f"{name}-screen",
            "universe": f"{name}-few",
            "strategy_id": name,
            "author": author,
        },
    )


async def raw_log(settings: Settings) -> bytes:
    """All keys, values and headers of all topics, as the broker has them."""
    tps = [TopicPartition(t.name, n) for t in TOPICS for n in range(settings.kafka.partitions)]
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.bootstrap_servers, group_id=None)
    await consumer.start()
    try:
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        ends = await consumer.end_offsets(tps)
        pieces = []
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for each in records:
                    headers = b" ".join(name.encode() + b"=" + v for name, v in each.headers)
                    pieces.append(b" ".join((each.key or b"", each.value or b"", headers)))
        return b"\n".join(pieces)
    finally:
        await consumer.stop()


def tables(settings: Settings) -> bytes:
    """All rows of all tables."""
    with psycopg.connect(settings.database_url) as connection:
        names = [*(table.name for table in TABLES), "research_files"]
        found = []
        for name in names:
            with connection.cursor().copy(f"COPY (SELECT * FROM {name}) TO STDOUT") as copy:
                found.append(b"".join(bytes(block) for block in copy))
        return b"\n".join(found)


def signals_of(settings: Settings, deployment: str) -> int:
    with psycopg.connect(settings.database_url) as connection:
        query = "SELECT count(*) FROM signals WHERE deployment_id = %s"
        row = connection.execute(query, [deployment]).fetchone()
        assert row is not None
        return int(row[0])


def has_signals(settings: Settings, deployment: str) -> bool:
    return signals_of(settings, deployment) > 10


def is_active(system: System, deployment: str) -> bool:
    found = system.ask(f"/v1/deployments/{deployment}").json()
    return len(found["activations"]) == system.settings.kafka.partitions


@dataclass(frozen=True)
class Erased:
    """A system of which alice was erased and bob was not. secrets: what her keys were; moment:
    just before it."""

    system: System
    secrets: tuple[str, ...]
    told: str
    moment: str

    @property
    def settings(self) -> Settings:
        return self.system.settings


def secrets_of(settings: Settings, user: str) -> tuple[str, ...]:
    log = (settings.bootstrap_servers, settings.kafka.partitions)
    issued = asyncio.run(read_keys(*log)).issued
    return tuple(each.secret for each in issued.values() if each.user == user)


@pytest.fixture(scope="module")
def erased() -> Iterator[Erased]:
    with open_system() as system:
        settings = system.settings
        bars = [walk(f"E{n}", 300, feed=FEED, seed=n) for n in range(4)]
        asyncio.run(publish_bars(settings, [bar for one in bars for bar in one[:100]]))
        writes(system, "alice", "alices", SOURCE)
        writes(system, "bob", "bobs", OTHER)
        of_hers = {"id": "bobs-of-hers", "strategy_id": "alices", "author": "bob"}
        post(system, "/v1/deployments", of_hers | {"series": {"feed": FEED}})
        shared = {"id": "shared", "name": "shared", "author": "bob", "source": OTHER}
        post(system, "/v1/strategies", shared)
        edit = {"source": SOURCE, "author": "alice"}
        assert httpx.put(f"{system.url}/v1/strategies/shared", json=edit, timeout=20.0).is_success
        for name in LIVE:
            wait_until(partial(is_active, system, name), 30.0)
        asyncio.run(publish_bars(settings, [bar for one in bars for bar in one[100:200]]))
        for name in LIVE:
            wait_until(partial(has_signals, settings, name), 30.0)
        wait_until(lambda: PHRASE.encode() in tables(settings), 30.0)
        secrets = secrets_of(settings, "alice")
        assert PHRASE.encode() not in asyncio.run(raw_log(settings))
        moment = datetime.now(UTC).isoformat()
        told = run(system, "erase", "alice", "--yes")
        asyncio.run(publish_bars(settings, [bar for one in bars for bar in one[200:]]))
        yield Erased(system, secrets, told, moment)


def test_it_says_what_goes_and_that_it_went(erased: Erased) -> None:
    assert "Deployments that end: alices-live, bobs-of-hers." in erased.told
    assert "Of these, somebody else has deployed: bobs-of-hers." in erased.told
    assert "Strategies that are deleted: alices, alices-bad." in erased.told
    assert "Erased alice" in erased.told


def test_neither_tables_nor_log_hold_anything_of_theirs(erased: Erased) -> None:
    for held in (tables(erased.settings), asyncio.run(raw_log(erased.settings))):
        for word in ("alice'", '"alice"', "alice\t", PHRASE, *erased.secrets):
            assert word.encode() not in held
        assert b"bobs-live" in held
    assert signals_of(erased.settings, "alices-live") == 0


def test_their_keys_are_not_on_the_brokers_disk(erased: Erased) -> None:
    assert erased.secrets
    log = Path(erased.settings.data_dir)
    files = [path for path in log.rglob("*") if path.is_file() and KEYS.name in str(path.parent)]
    assert files
    for path in files:
        content = path.read_bytes()
        assert not any(secret.encode() in content for secret in erased.secrets), path


def test_everybody_else_goes_on_also_after_a_restart(erased: Erased) -> None:
    system = erased.system
    before = signals_of(erased.settings, "bobs-live")
    for name in ("evaluation-1", "evaluation-2", "compilation", "projections", "api"):
        system.kill(name)
        system.restart(name)
    for name in ("evaluation-1", "evaluation-2", "compilation", "projections", "api"):
        system.wait_ready(system.programs[name])
    more = [bar for n in range(4) for bar in walk(f"E{n}", 400, feed=FEED, seed=n)[300:]]
    asyncio.run(publish_bars(erased.settings, more))
    wait_until(lambda: signals_of(erased.settings, "bobs-live") > before, 60.0)
    found = {each["id"]: each for each in system.ask("/v1/strategies").json()["strategies"]}
    assert found.keys() == {"bobs", "bobs-bad", "shared"}
    assert found["shared"]["source"] == OTHER
    assert system.ask("/v1/deployments/alices-live").status_code == 404
    assert system.ask("/v1/deployments/bobs-of-hers").json()["active"] is False


def test_what_others_have_signalled_can_be_checked_all_the_same(erased: Erased) -> None:
    """Whose numbers follow from who else was active: alice's deployment comes before bob's."""
    assert "HOLDS" in run(erased.system, "verify-receipts")
    assert "HOLDS" in run(erased.system, "verify-receipts", "--deployment", "bobs-live")


def test_a_rebuild_works_and_finds_the_tables_as_they_are(erased: Erased) -> None:
    told = run(erased.system, "rebuild", "--check")
    assert "DIFFERS" not in told


def test_neither_a_moment_before_it_nor_a_fork_from_there_brings_them_back(erased: Erased) -> None:
    system, at = erased.system, ("at", erased.moment, "--sql")
    authors = "SELECT DISTINCT author FROM strategies"
    assert run(system, *at, authors, out=True).split() == ["author", "bob"]
    signalling = "SELECT DISTINCT deployment_id FROM signals"
    said = run(system, *at, signalling, out=True).split()
    assert sorted(said) == ["bobs-live", "bobs-of-hers", "deployment_id"]
    run(system, "fork", "--at", erased.moment, "--name", "before")
    told = run(system, "diff", "before")
    assert "bobs-live" in told
    assert "alices-live" not in told
    world = find_world(erased.settings, schema_of("before"))
    for held in (tables(world.settings), asyncio.run(raw_log(erased.settings))):
        assert PHRASE.encode() not in held
        assert b"alice\t" not in held
    run(system, "fork", "--drop", "before")


def test_who_is_not_known_is_said(erased: Erased) -> None:
    assert "Nobody called 'zoe'" in run(erased.system, "erase", "zoe", "--yes", code=2)


def test_who_was_erased_can_be_erased_again(erased: Erased) -> None:
    """As after one that was killed at its very end, or found copies in use."""
    assert "The tables have nothing of alice" in run(erased.system, "erase", "alice", "--yes")


@pytest.mark.parametrize("after_s", [2.0, 8.0])
def test_one_that_is_killed_goes_on_when_it_is_run_again(erased: Erased, after_s: float) -> None:
    system, user = erased.system, f"carol{after_s:g}"
    source = OTHER + f"# {user} was here\n"
    post(system, "/v1/strategies", {"id": user, "name": "c", "source": source, "author": user})
    command = [sys.executable, "-m", "deploy.cli", "erase", user, "--yes"]
    killed = subprocess.Popen(command, env=child_environment(system.settings))
    time.sleep(after_s)
    killed.kill()
    killed.wait()
    run(system, "erase", user, "--yes")
    for held in (tables(erased.settings), asyncio.run(raw_log(erased.settings))):
        assert f"{user} was here".encode() not in held
    assert "DIFFERS" not in run(system, "rebuild", "--check")


def test_what_anybody_has_ended_stays_ended_when_anybody_is_erased(erased: Erased) -> None:
    """Over REST nobody says who they are: such ends are of the default author, and so is this."""
    system = erased.system
    system.register("anybodys", OTHER)
    answer = httpx.delete(f"{system.url}/v1/deployments/bobs-live", timeout=30.0)
    assert answer.is_success, answer.text
    run(system, "erase", "anonymous", "--yes")
    assert system.ask("/v1/strategies/anybodys").status_code == 404
    assert system.ask("/v1/deployments/bobs-live").json()["active"] is False
    assert "DIFFERS" not in run(system, "rebuild", "--check")


def test_who_comes_back_begins_anew(erased: Erased) -> None:
    body: dict[str, object] = {"id": "alices", "name": "a", "source": OTHER, "author": "alice"}
    post(erased.system, "/v1/strategies", body)
    wait_until(lambda: b"alice\t" in tables(erased.settings), 30.0)
    assert "DIFFERS" not in run(erased.system, "rebuild")
    assert b"alice\t" in tables(erased.settings)
