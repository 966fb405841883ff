"""What is tried while a system is up is on its log, each trial once, and verify knows of it."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.environment import child_environment
from deploy.services import PERIPHERAL
from tests.e2e.compare import assert_database_is_fold_of_log
from tests.e2e.market import market
from tests.e2e.system import SETTLE_LIMIT_S, System, publish_bars, wait_until
from tests.processors.research.verification.peeking import CROSSING

COMBINATIONS = 16
ONE = ("--sample", "--symbols", "IBM")
SPACE = ("--param", f"length=5:{4 + COMBINATIONS}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Named as no other test's is: what is counted is counted by name."""
    path = tmp_path / "tried crossing.py"
    path.write_text(CROSSING)
    return path


def ran(system: System, command: str, file: Path, *more: str) -> tuple[Any, str]:
    """Its JSON, and what it said beside it last."""
    done = subprocess.run(
        [*PERIPHERAL, command, str(file), *ONE, *more, "--json"],
        env=child_environment(system.settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr.splitlines()[-1] if done.stderr else ""


def counted(system: System, name: str = "tried-crossing", **more: str) -> dict[str, Any]:
    answer = system.ask("/v1/trials", strategy=name, **more)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def luck(system: System, file: Path, *more: str) -> dict[str, Any]:
    checks = ran(system, "verify", file, *more)[0]["checks"]
    (found,) = [each for each in checks if each["check"] == "luck"]
    assert isinstance(found, dict)
    return found


@pytest.mark.timeout(240)
def test_verify_deflates_by_the_trials_that_were_made(system: System, file: Path) -> None:
    before = luck(system, file)
    assert (before["state"], before["trials"]) == ("unknown", None)
    assert "no trial of tried-crossing" in before["found"]

    swept, said = ran(system, "sweep", file, *SPACE)
    assert said == f"{COMBINATIONS} trials of tried-crossing recorded."
    wait_until(lambda: counted(system)["trials"] == COMBINATIONS, SETTLE_LIMIT_S)
    best = f"length={swept['params']['length']}"
    found = luck(system, file, "--param", best)
    assert found["trials"] == COMBINATIONS
    assert found["deflated_sharpe"] == pytest.approx(swept["deflated_sharpe"], rel=1e-9)
    assert found["expected_max_sharpe"] == pytest.approx(swept["expected_max_sharpe"], rel=1e-9)
    assert counted(system)["best_sharpe"] == pytest.approx(swept["sharpe"], rel=1e-12)

    ran(system, "sweep", file, *SPACE)
    ran(system, "backtest", file, "--param", best)
    ran(system, "montecarlo", file, "--param", best, "--runs", "9", "--jitter-runs", "2",
        "--noise-runs", "2")  # fmt: skip
    _, said = ran(system, "backtest", file, "--param", "length=40")
    assert said == "1 trial of tried-crossing recorded."
    wait_until(lambda: counted(system)["trials"] > COMBINATIONS, SETTLE_LIMIT_S)
    assert_database_is_fold_of_log(system.settings)
    assert counted(system)["trials"] == COMBINATIONS + 1, "what was made before counts once"
    assert luck(system, file, "--param", best)["trials"] == COMBINATIONS + 1
    last = counted(system)["last_at"]
    assert luck(system, file, "--param", best, "--since", last)["trials"] == 1

    walked, said = ran(system, "walkforward", file, *SPACE, "--train", "4y", "--test", "1y")
    folds = len(walked["folds"])
    assert said == f"{folds * COMBINATIONS} trials of tried-crossing recorded."
    wait_until(lambda: counted(system)["trials"] == (1 + folds) * COMBINATIONS + 1, SETTLE_LIMIT_S)


@pytest.mark.timeout(120)
def test_a_requested_backtest_counts_for_its_strategy_once(system: System) -> None:
    system.register("tried-by-request", CROSSING)
    asyncio.run(publish_bars(system.settings, market(1, 400, feed="tried")))

    def ask(**fields: object) -> dict[str, Any]:
        body = {"strategy_id": "tried-by-request", "symbols": ["SYM0"], "feed": "tried"} | fields
        answer = httpx.post(system.url + "/v1/backtests", json=body, timeout=30.0)
        assert answer.status_code in (201, 202), answer.text
        found: dict[str, Any] = answer.json()
        return found

    def bars() -> int:
        answer = system.ask("/v1/bars/SYM0", feed="tried", limit="500").json()
        return len(answer.get("bars", ()))

    wait_until(lambda: bars() == 400, SETTLE_LIMIT_S)
    whole = ask()["summary"]
    assert ask(symbols=["NONE"])["reason"] == "no_bars"
    shorter = ask(params={"length": 5})["summary"]
    wait_until(lambda: counted(system, "tried-by-request")["trials"] >= 2, SETTLE_LIMIT_S)
    assert_database_is_fold_of_log(system.settings)
    found = counted(system, "tried-by-request")
    assert (found["trials"], found["with_sharpe"]) == (2, 2)
    assert found["best_sharpe"] == pytest.approx(max(whole["sharpe"], shorter["sharpe"]))
