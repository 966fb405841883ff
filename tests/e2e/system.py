"""A whole system for tests: a stack of its own and our real processes on it, two of evaluation."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from deploy.api_client import api_url
from deploy.examples import SOURCES
from deploy.services import Program, workers
from deploy.summary import api_answers
from schemas.events.market import BarClosed
from streams.catalog import BARS
from streams.codec import Outgoing, encode
from streams.producer import Publisher, partition_of
from streams.settings import Settings, WorkerSettings
from streams.topics import ensure_topics
from tests.stack import Stack, open_stack

START_LIMIT_S = 180.0
SETTLE_LIMIT_S = 60.0
EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "strategies"
WORKERS = WorkerSettings(evaluation_workers=2, checkpoint_interval_s=0.5)


@dataclass
class System:
    """The stack and the processes on it, by name."""

    stack: Stack
    programs: dict[str, Program] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return self.stack.settings

    @property
    def url(self) -> str:
        return api_url(self.settings)

    def start(self) -> None:
        """Make the topics, then start every worker and the API, and wait until all are ready."""
        asyncio.run(ensure_topics(self.settings))
        for program in workers(self.settings):
            self.programs[program.name] = program
        self.programs["api"] = Program(
            "api", ["api"], self.settings, probe=lambda: api_answers(self.settings)
        )
        for program in self.programs.values():
            program.start()
        for program in self.programs.values():
            self.wait_ready(program)

    def wait_ready(self, program: Program) -> None:
        wait_until(lambda: program.ready, START_LIMIT_S, program.log_tail)

    def kill(self, name: str) -> None:
        """kill -9 one of our processes."""
        program = self.programs[name]
        assert program.pid is not None, f"{name} does not run"
        os.kill(program.pid, signal.SIGKILL)
        wait_until(lambda: not program.alive, START_LIMIT_S)

    def restart(self, name: str) -> None:
        self.programs[name].start()

    def stop(self) -> None:
        for program in reversed(list(self.programs.values())):
            program.ask_to_stop()
        for program in reversed(list(self.programs.values())):
            program.stop(10.0)

    def deploy_examples(self) -> list[str]:
        """Have the example strategies registered and deployed, over REST; their ids."""
        ids = []
        for path in SOURCES:
            if self.ask(f"/v1/strategies/{path.stem}").status_code == 404:
                self.register(path.stem, path.read_text())
                answer = self.deploy(f"{path.stem}-live", path.stem)
                assert answer.status_code in (201, 202), answer.text
            ids.append(path.stem)
        return ids

    def register(self, strategy_id: str, source: str) -> None:
        """Have a strategy compiled."""
        body = {"id": strategy_id, "name": strategy_id, "source": source}
        answer = httpx.post(self.url + "/v1/strategies", json=body, timeout=20.0)
        assert answer.status_code == 201, answer.text

    def deploy(self, name: str, strategy_id: str, **fields: object) -> httpx.Response:
        """Ask for a deployment on every series."""
        body = {"id": name, "strategy_id": strategy_id, **fields}
        return httpx.post(self.url + "/v1/deployments", json=body, timeout=20.0)

    def ask(self, path: str, **params: str) -> httpx.Response:
        return httpx.get(self.url + path, params=params, timeout=20.0)


def wait_until(
    done: Callable[[], bool], limit_s: float, explain: Callable[[], str] = lambda: ""
) -> None:
    """Look every 50 ms; AssertionError with the explanation when it takes longer than limit_s."""
    deadline_s = time.monotonic() + limit_s
    while not done():
        assert time.monotonic() < deadline_s, f"not within {limit_s} s; {explain()}"
        time.sleep(0.05)


def bar_record(bar: BarClosed) -> Outgoing:
    key = bar.series.key
    return encode(bar, key=key, event_id=f"{key}/{bar.ts}", source="/tests", ts_us=bar.ts)


async def publish_bars(settings: Settings, bars: Sequence[BarClosed]) -> None:
    """Write bars in their order, acknowledged."""
    publisher = Publisher(settings, "tests")
    await publisher.start()
    try:
        waiting: dict[int, list[Outgoing]] = {}
        for bar in bars:
            record = bar_record(bar)
            partition = partition_of(record.key or b"", settings.kafka.partitions)
            waiting.setdefault(partition, []).append(record)
        for partition, records in waiting.items():
            await asyncio.gather(*await publisher.publish_many(BARS.name, partition, records))
    finally:
        await publisher.stop()


@contextmanager
def running_on(stack: Stack) -> Iterator[System]:
    """A system that runs there until the end."""
    system = System(stack)
    try:
        system.start()
        yield system
    finally:
        system.stop()


@contextmanager
def open_system(**fields: Any) -> Iterator[System]:
    """The same on a stack of its own; `fields` are further fields of `Settings`."""
    with open_stack(worker=WORKERS, **fields) as stack, running_on(stack) as system:
        yield system
