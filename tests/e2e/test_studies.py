"""Commands on history, of the database's bars: the same as of the files that these came from."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.environment import child_environment
from deploy.services import PERIPHERAL
from streams.settings import Settings
from streams.sources.sample import read_sample
from tests.e2e.system import SETTLE_LIMIT_S, System, wait_until
from tests.stack import temporary_settings

FEED = "study-files"
SYMBOLS = ("IBM", "AAPL")
PERIOD = ("--from", "2003-01-01", "--to", "2008-12-31")
CROSS = '''"""All in while the fast average is above the slow one."""

fast = param(10, low=2, high=100)
slow = param(30, low=3, high=200)


def on_bar(bar):
    a = ta.sma(bar.close, fast)
    b = ta.sma(bar.close, slow)
    if crossover(a, b):
        enter_long(percent=50.0)
    elif crossunder(a, b):
        exit()
    score(a / b - 1.0)
'''


def peripheral(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PERIPHERAL, *arguments],
        env=child_environment(settings),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def answer(settings: Settings, *arguments: str) -> Any:
    done = peripheral(settings, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A strategy, and the sample's bars of two symbols."""
    folder = tmp_path_factory.mktemp("studies")
    (folder / "cross.py").write_text(CROSS)
    with (folder / "bars.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("time", "symbol", "open", "high", "low", "close", "volume"))
        rows.writerows(
            (bar.ts, bar.symbol, *bar[2:]) for bar in read_sample() if bar.symbol in SYMBOLS
        )
    return folder


@pytest.fixture(scope="module")
def ingested(system: System, folder: Path) -> System:
    """The system, whose database has these bars."""
    done = peripheral(system.settings, "ingest", str(folder / "bars.csv"), "--feed", FEED)
    assert done.returncode == 0, done.stderr
    count = (folder / "bars.csv").read_text().count("\n") - 1

    def stored() -> int:
        with psycopg.connect(system.settings.database_url) as connection:
            row = connection.execute(
                "SELECT count(*) FROM bars JOIN series USING (series_id) WHERE feed = %s", (FEED,)
            ).fetchone()
        return int((row or (0,))[0])

    wait_until(lambda: stored() == count, SETTLE_LIMIT_S)
    return system


@pytest.mark.parametrize(
    "command",
    [
        ("backtest", *PERIOD, "--equity", "--commission", "0.1%, min 1", "--slippage", "volume 5%"),
        ("backtest", "--param", "fast=5", "--fill", "this-close"),
        ("sweep", *PERIOD, "--param", "fast=5:20:5", "--param", "slow=30,60", "--top", "3"),
        ("screen", "--as-of", "2008-12-31"),
    ],
    ids=lambda command: " ".join(command[:3]),
)
def test_the_databases_bars_give_what_their_files_give(
    ingested: System, folder: Path, command: tuple[str, ...]
) -> None:
    name, *options = command
    asked = (name, str(folder / "cross.py"), "--symbols", ",".join(SYMBOLS), *options)
    of_files = answer(ingested.settings, *asked, "--bars", str(folder / "bars.csv"))
    of_database = answer(ingested.settings, *asked, "--feed", FEED, "--interval", "1d")
    assert of_database == of_files


def test_a_report_of_the_database_has_trades_in_the_period(ingested: System, folder: Path) -> None:
    asked = ("backtest", str(folder / "cross.py"), "--feed", FEED, "--symbols", "AAPL", *PERIOD)
    found = answer(ingested.settings, *asked)
    assert found["trades"] > 10
    assert (found["from"], found["to"]) == ("2003-01-02T00:00:00Z", "2008-12-31T00:00:00Z")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--symbols", "AAPL,NONE"), "The database has no 1d bars of NONE from the feed"),
        (("--symbols", "AAPL", "--interval", "1h"), "The database has no 1h bars of AAPL"),
        (("--symbols", "AAPL", "--to", "1990-01-01"), "The database has no 1d bars of AAPL"),
        (("--symbols", "AAPL", "--from", "2030-01-01"), "There are no bars in this period"),
    ],
)
def test_what_the_database_lacks_is_said(
    ingested: System, folder: Path, options: tuple[str, ...], says: str
) -> None:
    asked = ("backtest", str(folder / "cross.py"), "--feed", FEED, *options)
    done = peripheral(ingested.settings, *asked)
    assert (done.returncode, done.stdout) == (2, ""), done.stdout
    assert says in done.stderr and "Traceback" not in done.stderr, done.stderr


@pytest.mark.parametrize("name", ["backtest", "sweep", "screen"])
def test_with_nothing_running_it_is_said_what_to_start(folder: Path, name: str) -> None:
    with temporary_settings() as settings:
        done = peripheral(settings, name, str(folder / "cross.py"), "--symbols", "AAPL")
    assert (done.returncode, done.stdout) == (2, "")
    assert "peripheral up" in done.stderr and "--bars" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
