"""Tasks, done by this process and by others; what comes of them as it comes."""

from __future__ import annotations

import multiprocessing
import signal
import tempfile
import traceback
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from processors.research.sweeps.runner import Runner, Setting, Task
from processors.research.sweeps.shared import SharedBars
from schemas.columns import BarColumns

R = TypeVar("R")
_READY = -1
_AHEAD = 2  # tasks that a process has at a time, so that it need not wait for the next
_END_LIMIT_S = 5.0


class ProcessLostError(Exception):
    """A process of the pool could not be started, ended, or failed in a task; the message says
    how."""


@dataclass(eq=False, slots=True)
class _Other:
    """Another process. given: numbers of the tasks that it has; None until it is ready."""

    process: SpawnProcess
    line: Connection
    given: set[int] | None = field(default=None)


class Pool:
    """This process and `processes` − 1 others, each with the strategy and the bars loaded once.

    Others are started when the first tasks are given, and take part from when they are ready;
    this one begins at once. Closed by leaving its `with`.
    """

    def __init__(self, setting: Setting, bars: Sequence[BarColumns], processes: int) -> None:
        """Raises ValueError where the strategy's states for so many symbols have no room."""
        assert processes >= 1
        self.runner = Runner(setting, bars)
        self._setting, self._bars, self._count = setting, bars, processes - 1
        self._others: list[_Other] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_others(0.0 if error else _END_LIMIT_S)
        self.runner.close()

    def _end_others(self, limit_s: float) -> None:
        for other in self._others or ():
            if other.given is None:  # it starts still, and nobody needs it any more
                other.process.terminate()
            other.line.close()  # which ends a process that waits for its next task
        for other in self._others or ():
            other.process.join(limit_s)
            if other.process.is_alive():
                other.process.terminate()
                other.process.join()
        self._others = None
        if self._folder is not None:
            self._folder.cleanup()

    def each(self, tasks: Iterable[Task[R]]) -> Iterator[tuple[int, R]]:
        """What each task gives, with its number, as soon as it is done; the first is done here.

        Raises what a task raises here, and ProcessLostError for one of another process.
        """
        waiting = deque(enumerate(tasks))
        others = self._begun() if len(waiting) > 1 else self._others or []
        try:
            while waiting:
                number, task = waiting.popleft()
                yield number, task.done_by(self.runner)
                yield from self._exchanged(others, waiting, 0.0)
            while any(other.given for other in others):
                yield from self._exchanged(others, waiting, None)
        finally:
            if any(other.given for other in others):  # nobody waits for what they are at
                self._end_others(0.0)

    def _begun(self) -> list[_Other]:
        if self._others is None:
            self._others = []
            if self._count:
                self._folder = tempfile.TemporaryDirectory(prefix="peripheral-sweep-")
                try:
                    bars = SharedBars.write(Path(self._folder.name) / "bars", self._bars)
                except OSError as error:
                    raise ProcessLostError(f"bars can't be shared: {error.strerror}") from error
                self._others = [_started(self._setting, bars) for _ in range(self._count)]
        return self._others

    def _exchanged(
        self, others: Sequence[_Other], waiting: deque[tuple[int, Task[R]]], limit_s: float | None
    ) -> Iterator[tuple[int, R]]:
        """Takes what others have done, and gives them more to do."""
        if not others:
            return
        lines: dict[Any, _Other] = {other.line: other for other in others}
        for line in wait(list(lines), limit_s):
            other = lines[line]
            try:
                number, failed, result = other.line.recv()
            except (EOFError, OSError):
                code = other.process.exitcode
                raise ProcessLostError(f"a process ended by itself, with code {code}") from None
            if failed:
                raise ProcessLostError(f"a task failed in another process: {failed}")
            if number == _READY:
                other.given = set()
            else:
                assert other.given is not None
                other.given.remove(number)
                yield number, result
        for other in others:
            while waiting and other.given is not None and len(other.given) < _AHEAD:
                number, task = waiting.popleft()
                other.line.send((number, task))
                other.given.add(number)


def _started(setting: Setting, bars: SharedBars) -> _Other:
    # Not forked: this process may have threads, and locks that they hold.
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(
        target=_serve, args=(there, setting, bars), name="peripheral-sweep", daemon=True
    )
    process.start()
    there.close()
    return _Other(process, here)


def _serve(line: Connection, setting: Setting, bars: SharedBars) -> None:
    """Another process' life: tasks until the line is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the first process ends the others
    runner = Runner(setting, bars.read())
    line.send((_READY, "", None))
    while True:
        try:
            number, task = line.recv()
        except (EOFError, OSError):
            break
        try:
            message = (number, "", task.done_by(runner))
        except Exception:  # whatever it is, the first process is to know of it
            message = (number, traceback.format_exc(limit=-3), None)
        try:
            line.send(message)
        except OSError:
            break
    runner.close()
