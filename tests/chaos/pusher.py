"""Gives the system its load: in a thread of its own, and each step until it is taken."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator

import httpx
from aiokafka.errors import KafkaError

from streams.catalog import BARS
from streams.codec import Outgoing
from streams.producer import Publisher
from streams.settings import Settings
from tests.chaos.load import Call, Step, Write

RETRY_S = 0.3
CALL_LIMIT_S = 5.0
ANSWER_TRIES = 20
CALLS_MAX = 20
"""As many wait for the API at a time; then bars do, too."""
UNKNOWN = 404
"""What was written a moment before may not be there yet."""
ACKNOWLEDGED_LIMIT_S = 120.0


class Pusher:
    """pause_s: between two steps; steps: without end."""

    def __init__(self, settings: Settings, url: str, steps: Iterator[Step], pause_s: float) -> None:
        self._settings = settings
        self._url = url
        self._steps = steps
        self._pause_s = pause_s
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None
        self.written = 0
        self.called = 0

    def start(self) -> None:
        """Go on with the steps."""
        self._over.clear()
        self._thread = threading.Thread(target=self._run, name="load", daemon=True)
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Let the step that is under way be the last one."""
        self._over.set()

    def join(self) -> None:
        """Return when that was taken: with nothing on its way any more."""
        assert self._thread is not None
        self._thread.join(ACKNOWLEDGED_LIMIT_S * 2)
        assert not self._thread.is_alive(), "a step of the load was not taken"
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            asyncio.run(self._push())
        except BaseException as error:
            self._error = error

    async def _push(self) -> None:
        publisher = Publisher(self._settings, "chaos")
        while True:
            try:
                await publisher.start()
                break
            except KafkaError:
                await asyncio.sleep(RETRY_S)
        calls: asyncio.Queue[Call] = asyncio.Queue(CALLS_MAX)
        calling = asyncio.create_task(self._call_on(calls))
        try:
            for step in self._steps:
                if isinstance(step, Call):
                    await calls.put(step)
                    continue
                await self._write(publisher, step)
                if self._over.is_set():
                    break
                await asyncio.sleep(self._pause_s)
            await calls.join()
        finally:
            calling.cancel()
            await publisher.stop()

    async def _call_on(self, calls: asyncio.Queue[Call]) -> None:
        """Beside the bars, which do not stop where the API is away."""
        async with httpx.AsyncClient(base_url=self._url, timeout=CALL_LIMIT_S) as client:
            while True:
                await self._call(client, await calls.get())
                calls.task_done()

    async def _write(self, publisher: Publisher, step: Write) -> None:
        """Until all is acknowledged; what was taken already is judged like any other bar."""
        by_partition: dict[int, list[Outgoing]] = {}
        for partition, record in step.records:
            by_partition.setdefault(partition, []).append(record)
        for partition, records in by_partition.items():
            while True:
                try:
                    await asyncio.gather(
                        *await publisher.publish_many(BARS.name, partition, records)
                    )
                    break
                except KafkaError:
                    await asyncio.sleep(RETRY_S)
        self.written += len(step.records)

    async def _call(self, client: httpx.AsyncClient, call: Call) -> None:
        tries = 0
        while tries < ANSWER_TRIES:
            with contextlib.suppress(httpx.HTTPError):
                answer = await client.request(call.method, call.path, json=call.body)
                if answer.status_code < 500 and (
                    answer.status_code != UNKNOWN or call.method == "DELETE"
                ):
                    break
                tries += answer.status_code == UNKNOWN
            await asyncio.sleep(RETRY_S)
        self.called += 1
