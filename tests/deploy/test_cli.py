"""What a person at the command line sees."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from deploy.cli import COMMANDS, peripheral
from deploy.commands.strategy import deployment_lines
from deploy.configuration import load_settings
from deploy.diagnostics import render
from deploy.environment import child_environment, settings_variables
from deploy.errors import UserError
from deploy.summary import Counts, summary_line
from schemas.diagnostics import Diagnostic
from streams.settings import ApiSettings, AssistantSettings, DatabaseSettings, Settings

ROOT = Path(__file__).parents[2]


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *arguments],
        env={**os.environ, **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_help_lists_every_command_and_imports_none() -> None:
    began_s = time.monotonic()
    done = run("--help")
    assert done.returncode == 0
    for name, summary in COMMANDS.items():
        assert f"  {name} " in done.stdout
        assert summary.split()[0] in done.stdout
    assert time.monotonic() - began_s < 2


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_file_and_a_help_of_its_own(name: str) -> None:
    command = peripheral.get_command(None, name)  # type: ignore[arg-type]  # the context is not used
    assert command is not None
    assert command.name == name
    assert command.help


def test_a_wrong_setting_is_named_and_its_value_is_not_repeated() -> None:
    done = run("status", PERIPHERAL_API__PORT="secret")
    assert done.returncode == 2
    assert done.stderr.startswith("peripheral: The settings need a correction: ")
    assert "PERIPHERAL_API__PORT: " in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.parametrize(
    "url",
    [
        "postgres//u:hunter2@h/db",
        "host=h password=hunter2",
        "postgresql://u:hunter2%zz@h/db",
        "postgresql://u:x@[hunter2/db",
        "postgresql://u:hunter2/x@h/db",
        "postgresql://u:x@hunter2@h/db",
        "postgresql://u:1/hunter2@h/db",
    ],
)
def test_a_database_url_that_libpq_misreads_is_refused_and_not_repeated(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERIPHERAL_DATABASE__URL", url)
    with pytest.raises(UserError, match=r"PERIPHERAL_DATABASE__URL: .*must be ") as raised:
        load_settings()
    assert "hunter2" not in f"{raised.value}{raised.value.__cause__}"


@pytest.mark.parametrize(
    "url", ["postgres:///db", "postgresql://u:p%40s@[::1]:5432,h:1/db?sslmode=require"]
)
def test_a_database_url_that_libpq_reads_is_taken(url: str) -> None:
    assert Settings(database=DatabaseSettings(url=SecretStr(url))).database_url == url


@pytest.mark.parametrize("own", [True, False])
def test_libpq_s_variables_count_for_a_database_of_the_user_s_only(
    own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "theirs")
    if own:
        monkeypatch.setenv("PERIPHERAL_DATABASE__URL", "postgresql://u@h/db")
    else:
        monkeypatch.delenv("PERIPHERAL_DATABASE__URL", raising=False)
    assert ("PGPASSWORD" in child_environment(Settings())) is own
    load_settings()
    assert ("PGPASSWORD" in os.environ) is own


def test_an_unknown_role_is_one_sentence() -> None:
    done = run("worker", "juggler")
    assert done.returncode == 2
    assert done.stderr.startswith("peripheral: There is no role 'juggler': choose one of bars, ")
    assert done.stderr.count("\n") == 1


def test_status_says_when_nothing_runs(tmp_path: Path) -> None:
    done = run("status", "--data-dir", str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == "Nothing runs; `peripheral up` starts everything.\n"


def test_down_without_an_up_is_no_error(tmp_path: Path) -> None:
    done = run("down", "--data-dir", str(tmp_path))
    assert (done.returncode, done.stdout) == (0, "Nothing runs.\n")


def test_a_finding_is_marked_under_its_columns() -> None:
    finding = Diagnostic(
        line=12,
        column=6,
        end_line=12,
        end_column=9,
        code="name",
        message="There is no `emq`.",
        remedy="Write `ema`.",
        source_line="\tta.emq(3)",
    )
    assert render(finding, "s.py").splitlines() == [
        "error[name]: There is no `emq`.",
        "  --> s.py:12:6",
        "   |",
        "12 | \tta.emq(3)",
        "   | \t    ^^^",
        "   = help: Write `ema`.",
    ]


def test_the_list_says_how_a_deployment_is() -> None:
    deployment: dict[str, Any] = {
        "id": "d",
        "strategy_id": "s",
        "version": 2,
        "series": {"feed": "*", "symbols": ["AAPL"], "interval": "1d"},
        "rules": {},
        "state": "active",
        "traps": 0,
        "suspension": None,
        "refusal": None,
    }
    where = "d: version 2 on AAPL, all feeds, 1d"
    more = "bars could not be evaluated: GET /v1/deployments/d/traps"
    assert deployment_lines(deployment) == [f"runs as {where}"]
    assert deployment_lines(deployment | {"traps": 3}) == [f"runs as {where}", f"  3 {more}"]
    ruled = deployment_lines(deployment | {"rules": {"rate": 0.001, "cash": 5000.0}})
    assert ruled == [f"runs as {where}, with rate=0.001, cash=5000"]
    refusal = {"reason": "state_budget", "message": "Too large."}
    refused = deployment_lines(deployment | {"state": "refused", "refusal": refusal})
    assert refused == [f"refused {where}", "  Too large."]
    last: dict[str, Any] = {
        "feed": "f",
        "symbol": "AAPL",
        "interval": "1d",
        "ts": "2024-01-02T00:00:00Z",
    }
    last |= {"reason": "division", "line": 7, "traps": 20}
    suspended = deployment | {"state": "suspended", "traps": 20, "suspension": last}
    assert deployment_lines(suspended) == [
        f"suspended {where}",
        f"  20 {more}",
        "  the last was division at line 7, f/AAPL/1d at 2024-01-02T00:00:00Z",
        "  mend it, register it, and: peripheral strategy deploy s",
    ]
    unprojected = deployment_lines(suspended | {"suspension": None})
    assert unprojected[0] == f"suspended {where}"


def test_settings_reach_a_child_unchanged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        api=ApiSettings(port=1234),
        database=DatabaseSettings(url="postgresql://u:p@h/d"),
        assistant=AssistantSettings(model="x/y"),
    )
    monkeypatch.setenv("PERIPHERAL_FEED__BARS_PER_S", "99")
    environment = child_environment(settings, PERIPHERAL_READY_FILE="/x")
    assert environment["PERIPHERAL_FEED__BARS_PER_S"] == "5.0"
    for name, value in settings_variables(settings).items():
        assert environment[name] == value
        monkeypatch.setenv(name, value)
    assert Settings() == settings


def test_the_data_folder_of_the_command_line_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PERIPHERAL_DATA_DIR", "/elsewhere")
    assert load_settings(tmp_path).data_dir == tmp_path
    monkeypatch.setenv("PERIPHERAL_API__PORT", "0")
    monkeypatch.setenv("PERIPHERAL_FEED__BARS_PER_S", "-1")
    with pytest.raises(UserError, match=r"API__PORT: .*; PERIPHERAL_FEED__BARS_PER_S: "):
        load_settings()


def test_the_live_line_says_what_went_in_and_came_out() -> None:
    line = summary_line(Counts(bars=12_345, signals=67, lag=0), 10, 10)
    assert line == "12,345 bars in · 67 signals out · 0 records behind · 10 of 10 processes run"
    assert summary_line(Counts(5, None, None), 9, 10).startswith("5 bars in · ? signals out · ?")
    assert "does not answer yet" in summary_line(None, 9, 10)
