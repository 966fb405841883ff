"""A module from another language, from a file to its end, by nothing but the command line."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import pytest

from deploy.environment import child_environment
from deploy.services import PERIPHERAL
from tests.e2e.compare import assert_database_is_fold_of_log
from tests.e2e.market import market
from tests.e2e.system import SETTLE_LIMIT_S, System, publish_bars, wait_until
from tests.sandbox.foreign.modules import EVERY_THIRD, OUTPUT, SCORE_COUNT, module_bytes

FEED = "command-line"
ENTER_LONG = f"(i64.store (i32.const {OUTPUT[0]}) (i64.const 1))"
# Enters at each bar, and traps at each third that it has counted.
MODULE = module_bytes(f"{SCORE_COUNT} {ENTER_LONG} (if {EVERY_THIRD} (then unreachable))")


def strategy(system: System, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PERIPHERAL, "strategy", *arguments],
        env=child_environment(system.settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def said(system: System, *arguments: str) -> str:
    done = strategy(system, *arguments)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


@pytest.mark.timeout(240)
def test_a_module_is_registered_deployed_suspended_and_deleted(
    system: System, tmp_path: Path
) -> None:
    file = tmp_path / "counting.wasm"
    file.write_bytes(MODULE)
    assert said(system, "register", str(file)).startswith("counting has version 1.\n")
    dear = ("--cash", "5000", "--commission", "0.1%, min 1", "--fill", "this-close")
    answer = said(system, "deploy", "counting", "--feed", FEED, "--traps-max", "2", *dear)
    name = answer.removeprefix("counting runs as ").removesuffix(".\n")
    unread = strategy(system, "deploy", "counting", "--commission", "a lot")
    assert unread.returncode == 2 and "--commission can't be read at 'a lot'" in unread.stderr
    refused = strategy(system, "delete", "counting")
    assert refused.returncode == 2
    assert f"is deployed as {name}" in refused.stderr

    def deployment() -> dict[str, Any]:
        found: dict[str, Any] = system.ask(f"/v1/deployments/{name}").json()
        return found

    asyncio.run(publish_bars(system.settings, market(8, 40, feed=FEED)))
    wait_until(lambda: deployment().get("state") == "suspended", SETTLE_LIMIT_S)
    assert_database_is_fold_of_log(system.settings)
    assert deployment()["traps_max"] == 2
    rules = {"at_close": 1.0, "rate": 0.001, "minimum": 1.0, "cash": 5_000.0}
    assert deployment()["rules"] == rules
    traps = system.ask(f"/v1/deployments/{name}/traps").json()["traps"]
    assert {(trap["traps"], trap["reason"]) for trap in traps} == {
        (1, "unreachable"),
        (2, "unreachable"),
    }
    signals = system.ask("/v1/signals", deployment=name).json()["signals"]
    assert {signal["action"] for signal in signals} == {"enter_long"}
    assert f"suspended {name}" in said(system, "list")
    assert "with at_close=1, rate=0.001, minimum=1, cash=5000" in said(system, "list")

    said(system, "undeploy", name)
    assert said(system, "delete", "counting") == "counting is deleted.\n"
    wait_until(lambda: "counting" not in said(system, "list"), SETTLE_LIMIT_S)


@pytest.mark.timeout(120)
def test_a_module_that_breaks_a_rule_is_refused_with_its_name(
    system: System, tmp_path: Path
) -> None:
    file = tmp_path / "broken.wasm"
    file.write_bytes(module_bytes(version=9))
    done = strategy(system, "register", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert "The module breaks a rule: rule version: it has ABI version 9" in done.stderr
    assert "docs/strategy-abi.md has the rules." in done.stderr
