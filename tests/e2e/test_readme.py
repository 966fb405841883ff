"""The README's examples, run as they stand there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from deploy.environment import child_environment
from tests.e2e.market import walk
from tests.e2e.system import SETTLE_LIMIT_S, System, publish_bars, wait_until
from tests.e2e.test_chain import write_csv

README = (Path(__file__).parent.parent.parent / "README.md").read_text()


ACTIONS = "symbol,ex_date,type,ratio\nSYM0,2024-01-31,split,2:1\n"
INSTRUMENTS = "symbol,tick_size,lot,currency,sector,calendar\nSYM0,0.01,1,USD,,XNYS\n"


def indented(prefix: str) -> list[str]:
    """The README's commands that begin so."""
    return [line.strip() for line in README.splitlines() if line.startswith(f"    {prefix} ")]


async def test_each_curl_finds_something(system: System) -> None:
    for symbol in ("AAPL", "MSFT"):
        await publish_bars(system.settings, walk(symbol, 50, feed="sample", seed=3))

    def known() -> bool:
        return system.ask("/v1/indicators/MSFT").status_code == 200

    wait_until(known, SETTLE_LIMIT_S)
    commands = indented("curl")
    assert len(commands) == 5
    for command in commands:
        words = shlex.split(command)
        headers = dict(word.split(": ") for word in words if word.startswith("Accept"))
        address = words[-1].replace("http://127.0.0.1:8000", system.url)
        with httpx.stream("GET", address, headers=headers, timeout=20.0) as answer:
            assert answer.status_code == 200, command
            assert next(answer.iter_bytes()), command


@pytest.mark.timeout(120)
def test_the_strategy_and_its_commands_work(system: System, tmp_path: Path) -> None:
    source = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert source is not None
    (tmp_path / "golden.py").write_text(source[1])
    write_csv(tmp_path / "prices.csv", walk("SYM0", 30, feed="prices", seed=5))
    (tmp_path / "actions.csv").write_text(ACTIONS)
    (tmp_path / "instruments.csv").write_text(INSTRUMENTS)
    commands = indented("peripheral")
    assert [command.split()[1] for command in commands] == ["strategy"] * 3 + ["ingest"] * 3
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", "deploy.cli", *shlex.split(command)[1:]],
            env=child_environment(system.settings),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        rows_are_bad = command.endswith("prices.csv")  # the helper adds two that are
        assert done.returncode == int(rows_are_bad), f"{command}: {done.stdout}{done.stderr}"
    deployments = system.ask("/v1/deployments", strategy="golden").json()["deployments"]
    assert [deployment["params"]["slow"] for deployment in deployments] == [100.0]

    def listed() -> bool:
        tables = ("actions", "instruments")
        return all(system.ask(f"/v1/{table}", feed="prices").json()[table] for table in tables)

    wait_until(listed, SETTLE_LIMIT_S)
