"""docs/receipts.md is true: its commands run, on a log that was written through a kill -9, and show
what it says; and what was forged on the log is found."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from deploy.environment import child_environment
from deploy.examples import register_examples
from streams.catalog import SIGNALS
from streams.codec import Outgoing
from streams.producer import Publisher
from streams.reader import read_topic
from tests.docs.test_research_live import is_there, sample
from tests.e2e.system import WORKERS, System, publish_bars, wait_until
from tests.stack import open_stack

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "receipts.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
LIMIT_S = 90.0
HEADS = ["deployment", "series", "signals", "alerts", "faults", "repeats", "differences"]
NOTHING_RUNS = {
    "PATH": os.environ["PATH"],
    "PYTHONPATH": str(ROOT),
    "PERIPHERAL_API__PORT": "1",
    "PERIPHERAL_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1",
}


@dataclass
class Session:
    """What the page's reader sees."""

    folder: Path
    environment: dict[str, str]

    def run(self, line: str, code: int = 0) -> str:
        name, *arguments = shlex.split(line)
        assert name == "peripheral"
        done = subprocess.run(
            [sys.executable, "-m", "deploy.cli", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, (line, done.stdout, done.stderr)
        return done.stdout

    def blocks(self, kind: str) -> Iterator[None]:
        """Run those of a kind in order; each shows the lines of the text behind it."""
        for (found, text), (after, shown) in pairwise(BLOCKS):
            if found == kind:
                told = [self.run(line) for line in text.splitlines()]
                if after == "text":
                    for line in shown.splitlines():
                        assert re.search(pattern_of(line), told[-1]), (line, told[-1])
                yield


def pattern_of(line: str) -> str:
    """A line as it is shown, in columns of any width; how much was repeated is a matter of luck."""
    words = [re.escape(word) for word in line.split()]
    if len(words) == len(HEADS) and words != HEADS:
        words[HEADS.index("repeats")] = r"[\d,]+"
    return r"\s+".join(words)


@pytest.mark.timeout(600)
def test_a_session_as_the_page_has_it(tmp_path: Path) -> None:
    for name in ("ema_cross_rsi", "bollinger_reversion"):
        shutil.copy(ROOT / "docs" / "strategies" / f"{name}.py", tmp_path)
    with open_stack(worker=WORKERS) as stack:
        system = System(stack)
        environment = child_environment(stack.settings, PYTHONPATH=str(ROOT))
        running = Session(tmp_path, environment)
        try:
            system.start()
            assert "Nothing was active" in running.run("peripheral verify-receipts")
            write_through_a_kill(system)
            wait_until(lambda: is_evaluated(running), LIMIT_S)
            assert len(list(running.blocks("bash"))) == 2
            forge(system)
            found = running.run("peripheral verify-receipts --deployment ema_cross_rsi-live", 1)
            assert "is there again with other bytes" in found and "DIFFERS: 1 records" in found
        finally:
            system.stop()
    alone = Session(tmp_path, NOTHING_RUNS)
    assert len(list(alone.blocks("sh"))) == 2
    (script,) = [text for kind, text in BLOCKS if kind == "python"]
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, timeout=60)
    bundle = tmp_path / "record.receipts"
    data = bytearray(bundle.read_bytes())
    data[-100] ^= 1
    bundle.write_bytes(data)
    assert "was changed" in alone.run("peripheral verify-receipts record.receipts", 1)
    alone.run("peripheral verify-receipts", 2)


def write_through_a_kill(system: System) -> None:
    """Bars of the sample, with the examples active before the first, and one worker killed."""
    register_examples(system.settings)
    wait_until(lambda: are_active(system), LIMIT_S)
    bars = sample()
    asyncio.run(publish_bars(system.settings, bars[:6_000]))
    system.kill("evaluation-1")
    system.restart("evaluation-1")
    asyncio.run(publish_bars(system.settings, bars[6_000:]))
    wait_until(lambda: is_there(system), LIMIT_S)


def are_active(system: System) -> bool:
    deployments = system.ask("/v1/deployments").json()["deployments"]
    active = [system.ask(f"/v1/deployments/{each['id']}").json() for each in deployments]
    counts = [len(each.get("activations", ())) for each in active]
    return counts == [system.settings.kafka.partitions] * 3


def is_evaluated(session: Session) -> bool:
    """Whether the workers have come to the end; until then what they did not say is no fault."""
    shown = session.run("peripheral verify-receipts")
    assert "HOLDS" in shown
    ends = re.findall(r"verified up to offset ([\d,]+) of ([\d,]+)\.", shown)
    return "HOLDS: 5,358 records" in shown and all(one == other for one, other in ends)


def forge(system: System) -> None:
    """Write a signal again, with another price."""
    found = asyncio.run(read_topic(system.settings, SIGNALS.name))
    partition, record = next(
        (number, record)
        for number, records in found.items()
        for record in records
        if b'"ema_cross_rsi-live"' in (record.value or b"")
    )
    value = re.sub(rb'"price":[^,]+', b'"price":1.5', record.value or b"")
    forged = Outgoing(record.key, value, list(record.headers))

    async def publish() -> None:
        publisher = Publisher(system.settings, "forger")
        await publisher.start()
        try:
            await asyncio.gather(*await publisher.publish_many(SIGNALS.name, partition, [forged]))
        finally:
            await publisher.stop()

    asyncio.run(publish())
