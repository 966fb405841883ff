"""Worker processes, kept warm, each with one run at a time, that can be killed in the middle of it.

They are started as programs, never forked, so it does not matter which threads and loops the agent
runs. A worker that ended is replaced at once.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import msgspec

from processors.research import frames
from processors.research.frames import HEAD_BYTES, Config, Done, Refused, frame, head

logger = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "processors.research.worker")
_START_S = 60.0  # an interpreter's start on a busy machine

Heard = Callable[[int, int], None]


class WorkerDiedError(RuntimeError):
    """The process ended before it had an answer."""


class Worker:
    """A process that works at one request at a time."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._busy = False

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def usable(self) -> bool:
        """Whether it is alive and waits for the next request."""
        return self._process.returncode is None and not self._busy

    async def start(self, config: Config) -> bool:
        """Whether it is ready for its first request."""
        self._busy = True
        try:
            await self._write(frame(frames.CONFIG, config))
            kind, _ = await asyncio.wait_for(self._read(), _START_S)
            assert kind == frames.READY, kind
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            return False
        self._busy = False
        return True

    async def run(self, request: bytes, heard: Heard, timeout_s: float) -> Done | Refused:
        """The answer to a request. heard: is told how many bars are done, of how many.

        Raises WorkerDiedError, and TimeoutError; after these, or a cancellation, it is not usable.
        """
        assert self.usable
        self._busy = True
        clock = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout_s) as limit:
                await self._write(frame(frames.RUN, request))
                while True:
                    kind, payload = await self._read()
                    match kind:
                        case frames.PROGRESS:
                            heard(*msgspec.json.decode(payload, type=tuple[int, int]))
                        case frames.WAITING:
                            limit.reschedule(clock.time() + timeout_s)
                        case _:
                            break
        except TimeoutError:
            raise  # an OSError too
        except (OSError, asyncio.IncompleteReadError) as error:
            raise WorkerDiedError(f"research worker {self.pid} has ended") from error
        self._busy = False
        if kind == frames.DONE:
            return msgspec.json.decode(payload, type=Done)
        return msgspec.json.decode(payload, type=Refused)

    async def _write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        await self._process.stdin.drain()

    async def _read(self) -> tuple[bytes, bytes]:
        assert self._process.stdout is not None
        kind, length = head(await self._process.stdout.readexactly(HEAD_BYTES))
        return kind, await self._process.stdout.readexactly(length)

    def kill(self) -> None:
        """End it, whatever it does."""
        with suppress(ProcessLookupError):
            if self._process.returncode is None:
                self._process.kill()

    async def ended(self) -> None:
        """Returns once its process is gone."""
        await self._process.wait()
        transport = getattr(self._process, "_transport", None)
        if transport is not None:
            transport.close()


class Pool:
    """Up to `size` workers; use it in one event loop.

    Starts and ends are tasks of the pool's own, which nobody cancels: a start that is cut short
    leaves a process behind, an end one that nobody waits for. `close` kills the process instead.
    """

    def __init__(self, size: int, config: Config, command: tuple[str, ...] = COMMAND) -> None:
        self._config = config
        self._command = command
        self._size = size
        self._slots = asyncio.Semaphore(size)
        self._workers: set[Worker] = set()
        self._idle: list[Worker] = []
        self._waiting = 0
        """Who has a slot and no worker yet."""
        self._starts: set[asyncio.Task[bool]] = set()
        self._ends: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def size(self) -> int:
        """How many requests can be worked at together."""
        return self._size

    async def start(self) -> None:
        """Start all workers, so that no request waits for one."""
        await asyncio.wait([self._start() for _ in range(self._size)])

    async def close(self) -> None:
        """End all workers, whatever they do; none starts from here on."""
        self._closed = True
        self._idle.clear()
        for worker in list(self._workers):
            self._end(worker)
        while tasks := self._starts | self._ends:
            await asyncio.wait(tasks)

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Worker]:
        """A worker for one request, once one is free. Raises WorkerDiedError where none starts."""
        async with self._slots:
            worker = await self._ready()
            try:
                yield worker
            finally:
                if worker.usable and not self._closed:
                    self._idle.append(worker)
                else:
                    self._end(worker)
                    self._start()

    async def _ready(self) -> Worker:
        self._waiting += 1
        try:
            while True:
                while self._idle:
                    worker = self._idle.pop()
                    if worker.usable:
                        return worker
                    self._end(worker)
                if len(self._starts) < self._waiting:
                    self._start()
                done, _ = await asyncio.wait(self._starts, return_when=asyncio.FIRST_COMPLETED)
                if not any(task.result() for task in done):
                    raise WorkerDiedError("a research worker could not be started")
        finally:
            self._waiting -= 1

    def _start(self) -> asyncio.Task[bool]:
        """Begin to start a worker."""
        task = asyncio.create_task(self._started())
        self._starts.add(task)
        task.add_done_callback(self._starts.discard)
        return task

    async def _started(self) -> bool:
        """Whether one more is idle."""
        if self._closed:
            return False
        try:
            worker = Worker(await self._process())
        except OSError as error:
            logger.warning("a research worker could not be started: %s", error)
            return False
        self._workers.add(worker)
        if self._closed or not await worker.start(self._config) or self._closed:
            self._end(worker)
            return False
        self._idle.append(worker)
        return True

    async def _process(self) -> Process:
        path = os.pathsep.join(entry for entry in sys.path if entry)
        return await asyncio.create_subprocess_exec(
            *self._command,
            stdin=PIPE,
            stdout=PIPE,
            env={"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},  # secrets come by the pipe
            start_new_session=True,  # Ctrl-C is for the parent, which then closes us
        )

    def _end(self, worker: Worker) -> None:
        """Kill it, once, and see that it is gone."""
        if worker not in self._workers:
            return
        self._workers.remove(worker)
        worker.kill()
        task = asyncio.create_task(worker.ended())
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)
