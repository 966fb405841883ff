"""Worker processes, kept warm, each with one run at a time, that can be killed in the middle of it.

They are started as programs, never forked, so it does not matter which threads and loops the agent
runs. A worker that ended is replaced at once.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import msgspec

from processors.research import frames
from processors.research.frames import HEAD_BYTES, Config, Done, Refused, frame, head

COMMAND = (sys.executable, "-m", "processors.research.worker")
_START_S = 60.0  # an interpreter's start on a busy machine
_CLOSE_S = 3.0

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

    async def start(self, config: Config) -> None:
        self._busy = True
        try:
            await self._write(frame(frames.CONFIG, config))
            kind, _ = await asyncio.wait_for(self._read(), _START_S)
            assert kind == frames.READY, kind
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            raise WorkerDiedError("a research worker could not be started") from None
        self._busy = False

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

    async def kill(self) -> None:
        """End it, whatever it does."""
        with suppress(ProcessLookupError):
            if self._process.returncode is None:
                self._process.kill()
        await self._process.wait()
        transport = getattr(self._process, "_transport", None)
        if transport is not None:
            transport.close()


class Pool:
    """Up to `size` workers; use it in one event loop."""

    def __init__(self, size: int, config: Config, command: tuple[str, ...] = COMMAND) -> None:
        self._config = config
        self._command = command
        self._size = size
        self._slots = asyncio.Semaphore(size)
        self._idle: list[Worker] = []
        self._warming: set[asyncio.Task[None]] = set()

    @property
    def size(self) -> int:
        """How many requests can be worked at together."""
        return self._size

    async def start(self) -> None:
        """Start all workers, so that no request waits for one."""
        await asyncio.gather(*(self._warm() for _ in range(self._size)))

    async def close(self) -> None:
        """End the workers that have nothing to do; others end with whoever uses them."""
        if self._warming:  # one that is cut short in its start leaves a process behind
            await asyncio.wait(self._warming, timeout=_CLOSE_S)
        for task in self._warming:
            task.cancel()
        await asyncio.gather(*self._warming, return_exceptions=True)
        while self._idle:
            await self._idle.pop().kill()

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Worker]:
        """A worker for one request, once one is free. Raises WorkerDiedError where none starts."""
        async with self._slots:
            worker = await self._ready()
            try:
                yield worker
            finally:
                if worker.usable:
                    self._idle.append(worker)
                else:
                    await worker.kill()
                    self._warm_later()

    async def _ready(self) -> Worker:
        if self._warming and not self._idle:
            await asyncio.wait(self._warming, return_when=asyncio.FIRST_COMPLETED)
        while self._idle:
            worker = self._idle.pop()
            if worker.usable:
                return worker
            await worker.kill()
        return await self._spawn()

    def _warm_later(self) -> None:
        task = asyncio.create_task(self._warm())
        self._warming.add(task)
        task.add_done_callback(self._warming.discard)

    async def _warm(self) -> None:
        with suppress(WorkerDiedError):  # whoever needs one tries again, and is told
            self._idle.append(await self._spawn())

    async def _spawn(self) -> Worker:
        path = os.pathsep.join(entry for entry in sys.path if entry)
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=PIPE,
            stdout=PIPE,
            env={"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},  # secrets come by the pipe
            start_new_session=True,  # Ctrl-C is for the parent, which then closes us
        )
        worker = Worker(process)
        try:
            await worker.start(self._config)
        except BaseException:
            await worker.kill()
            raise
        return worker
