"""Tables made anew from the log while everything runs, as people call for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from deploy.environment import child_environment
from processors.projections.tables import TABLES
from schemas.events.market import BarClosed
from streams.settings import Settings
from tests.e2e.compare import assert_database_is_fold_of_log
from tests.e2e.market import market
from tests.e2e.system import System, wait_until
from tests.e2e.test_kill import Ingest

REBUILD = [sys.executable, "-m", "deploy.cli", "rebuild"]


def rebuild(settings: Settings, *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the answer."""
    done = subprocess.run(
        [*REBUILD, *arguments, "--json"],
        env=child_environment(settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)


def rebuild_told(settings: Settings) -> tuple[int, str]:
    """The exit code and what it says of what can't be."""
    done = subprocess.run(
        REBUILD,
        env=child_environment(settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stderr


def differing(answer: dict[str, Any]) -> set[str]:

    return {table["table"] for table in answer["tables"] if not table["equal"]}


def execute(settings: Settings, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def corrected(bar: BarClosed) -> BarClosed:
    return bar.model_copy(update={"volume": bar.volume + 1.0})


@pytest.mark.timeout(300)
def test_tables_are_made_anew_beside_the_live_ones_and_take_their_place(
    new_system: System,
) -> None:
    settings = new_system.settings
    new_system.deploy_examples()
    bars = market(8, 600, feed="rebuild")
    with Ingest(new_system, [*bars, corrected(bars[-1]), corrected(bars[-2])]) as ingest:
        time.sleep(1.0)
        ingest.assert_under_way()
        code, answer = rebuild(settings)
        ingest.assert_under_way()
    assert (code, answer["equal"], answer["switched"]) == (0, True, True)
    assert {table["table"] for table in answer["tables"]} == {table.name for table in TABLES}
    assert_database_is_fold_of_log(settings)

    # What was done to the tables by hand, the log undoes; first it only tells.
    execute(settings, "DELETE FROM bars WHERE ts = (SELECT min(ts) FROM bars)")
    execute(settings, "UPDATE signals SET price = price + 1 WHERE seq = 0")
    code, answer = rebuild(settings, "--check")
    assert (code, answer["switched"]) == (1, False)
    assert differing(answer) == {"bars", "signals"}
    code, answer = rebuild(settings, "signals")
    assert (code, differing(answer)) == (1, {"signals"})
    assert rebuild(settings, "signals")[0] == 0
    assert rebuild(settings)[0] == 1
    assert_database_is_fold_of_log(settings)
    page = new_system.ask("/v1/bars/SYM0", feed="rebuild", limit="1000")
    assert len(page.json()["bars"]) == 600
    assert new_system.ask("/v1/bars/SYM0", feed="rebuild", rollup="1w").status_code == 200

    # Live projections go on with what is there now, also with what they knew otherwise.
    execute(settings, "DELETE FROM bars WHERE series_id = (SELECT min(series_id) FROM series)")
    execute(settings, "DELETE FROM series WHERE series_id = (SELECT min(series_id) FROM series)")
    assert rebuild(settings, "bars")[0] == 1
    later = market(8, 50, feed="rebuild", seed=2, start_ts=bars[-1].ts + 86_400_000_000)
    with Ingest(new_system, later):
        pass
    assert_database_is_fold_of_log(settings)


@pytest.mark.timeout(300)
def test_what_others_made_of_the_tables_is_minded_and_what_is_lost_comes_back(
    new_system: System,
) -> None:
    settings = new_system.settings
    with Ingest(new_system, market(4, 100, feed="rebuild-others")):
        pass
    assert_database_is_fold_of_log(settings)

    execute(settings, "GRANT SELECT ON bars, bars_1d TO public")
    execute(settings, "CREATE VIEW closes AS SELECT ts, close FROM bars")
    code, told = rebuild_told(settings)
    assert code == 2
    assert "These views read the tables that are to be replaced: closes. Drop them" in told
    execute(settings, "DROP VIEW closes")
    assert rebuild(settings)[0] == 0
    for table in ("bars", "bars_1d"):
        query = f"SELECT has_table_privilege('public', '{table}', 'select')"
        assert execute(settings, query) == [(True,)]

    execute(settings, "DROP TABLE alerts")
    execute(settings, "DROP TABLE bars CASCADE")
    code, answer = rebuild(settings)
    assert (code, answer["switched"]) == (1, True)
    assert differing(answer) == {"alerts", "bars"}
    assert_database_is_fold_of_log(settings)
    assert rebuild(settings)[0] == 0

    # Bars are of 1970, from January to April: the first quarter goes, here and there.
    kept = {"keep_days": (datetime.now(UTC) - datetime(1970, 4, 5, tzinfo=UTC)).days}
    database = settings.database.model_copy(update=kept)
    assert rebuild(settings.model_copy(update={"database": database}))[0] == 0
    ((left,),) = execute(settings, "SELECT count(*) FROM bars")
    assert 0 < int(str(left)) < 400


@pytest.mark.timeout(300)
def test_a_rebuild_that_is_killed_leaves_the_tables_as_they_were(new_system: System) -> None:
    settings = new_system.settings
    with Ingest(new_system, market(20, 1_000, feed="rebuild-killed")):
        pass
    assert_database_is_fold_of_log(settings)
    process = subprocess.Popen(
        REBUILD, env=child_environment(settings), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    begun = "SELECT 1 FROM pg_tables WHERE schemaname = 'rebuild' AND tablename = 'bars'"
    wait_until(lambda: execute(settings, begun) != [], 30.0)
    second = subprocess.run(
        REBUILD, env=child_environment(settings), capture_output=True, text=True, check=False
    )
    assert second.returncode == 2
    assert "Another rebuild runs" in second.stderr
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert_database_is_fold_of_log(settings)
    assert rebuild(settings, "--check")[0] == 0
    assert execute(settings, "SELECT nspname FROM pg_namespace WHERE nspname = 'rebuild'") == []


def test_what_cannot_be_rebuilt_is_said_in_a_sentence(system: System) -> None:
    def said(settings: Settings, *arguments: str) -> str:
        done = subprocess.run(
            [*REBUILD, *arguments],
            env=child_environment(settings),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 2, done.stdout
        return done.stderr

    assert "There is no projection prices. There are: bars, " in said(system.settings, "prices")
    closed = system.settings.database.model_copy(update={"embedded_port": 1, "url": None})
    away = system.settings.model_copy(update={"database": closed})
    assert "The database can't be reached" in said(away)
    closed_log = system.settings.kafka.model_copy(update={"embedded_port": 1})
    away = system.settings.model_copy(update={"kafka": closed_log})
    assert "The broker at 127.0.0.1:1 can't be reached" in said(away)
