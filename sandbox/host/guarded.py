"""Compiles untrusted sources in processes that can be killed.

Compiling is the one thing that an author can make expensive. The compiler has caps on all
that makes it so; this is the net under them: wall time by a kill, CPU time and memory by
the system's limits. Processes are kept for the next compile, so one costs milliseconds and
not an interpreter's start; they are started afresh as programs, never forked, so it does
not matter which threads and loops the caller runs.
"""

from __future__ import annotations

import asyncio
import math
import os
import struct
import sys
from asyncio.subprocess import PIPE, Process
from types import TracebackType
from typing import Self

from sandbox.compiler.driver import Compiled
from sandbox.compiler.limits import DEFAULT_LIMITS
from sandbox.compiler.parse.prescan import prescan
from sandbox.compiler.report import Report
from sandbox.errors import CompileError, CompilerFaultError, ModuleError
from sandbox.host.cache import ModuleCache
from sandbox.host.foreign.check import Examined
from sandbox.host.limits import DEFAULT_FOREIGN_LIMITS
from sandbox.host.worker import DIAGNOSTICS, ModuleFacts
from sandbox.metadata import metadata_of
from schemas.diagnostics import Diagnostic

TIMEOUT_S = 5.0
"""For one compile. At the compiler's caps it takes one to two seconds, usually milliseconds."""
_START_S = 60.0  # an interpreter's start on a busy machine


class GuardedCompiler:
    """A few worker processes; use it in one event loop, as a context manager or with close().

    Workers start at the first compile, or before it with start().
    """

    def __init__(
        self,
        workers: int = 1,
        timeout_s: float = TIMEOUT_S,
        memory_bytes_max: int = 2 * 1024**3,
        cache: ModuleCache | None = None,
    ) -> None:
        self._cache = cache
        self._timeout_s = timeout_s
        self._command = (
            sys.executable,
            "-m",
            "sandbox.host.worker",
            str(math.ceil(timeout_s)),
            str(memory_bytes_max),
        )
        self._slots = asyncio.Semaphore(workers)
        self._idle: list[Process] = []

    async def compile(self, source: str) -> Compiled:
        """As compile_source, but killed when it takes more than the time or memory allowed; a
        source that is in the cache is only read.

        Raises CompileError (then too, with the code `compile-limits`) and CompilerFaultError.
        """
        if len(source) > DEFAULT_LIMITS.source_bytes_max:  # never copied to a worker
            report = Report(source, 1)
            prescan(source, DEFAULT_LIMITS, report)
            raise CompileError(report.diagnostics())
        kept = self._cache.compiled(source) if self._cache else None
        if kept is not None:
            return kept
        answer = await self._answer(b"S", source.encode("utf-8", "surrogatepass"))
        compiled = _result(answer, source)
        if self._cache:
            self._cache.keep(source, compiled)
        return compiled

    async def examine(self, wasm: bytes) -> Examined:
        """Whether another compiler's module may be run, found out where that can be killed.

        Raises ModuleError, then too.
        """
        if len(wasm) > DEFAULT_FOREIGN_LIMITS.module_bytes_max:  # never copied to a worker
            most = DEFAULT_FOREIGN_LIMITS.module_bytes_max
            raise ModuleError(f"rule size: it has more than {most:,} bytes")
        answer = await self._answer(b"W", wasm)
        if answer is None:
            raise ModuleError("rule size: making it ready took too long or too much memory")
        kind, payload = answer
        if kind == b"E":
            raise ModuleError(payload.decode())
        assert kind == b"M", kind
        facts = ModuleFacts.model_validate_json(payload)
        return Examined(wasm, facts.metadata, facts.memory_bytes)

    async def _answer(self, kind: bytes, data: bytes) -> tuple[bytes, bytes] | None:
        """A worker's answer; None when it had to be killed."""
        async with self._slots:
            worker = await self._ready_worker()
            answer = None
            try:
                answer = await asyncio.wait_for(_ask(worker, kind, data), self._timeout_s)
            except (TimeoutError, OSError, asyncio.IncompleteReadError):
                pass
            finally:
                # also when this task is cancelled: an answer that nobody read must not be
                # taken for the next one's
                if answer is None:
                    await _kill(worker)
                else:
                    self._idle.append(worker)
        return answer

    async def _ready_worker(self) -> Process:
        while self._idle:
            worker = self._idle.pop()
            if worker.returncode is None:
                return worker
        return await self._spawn()

    async def start(self) -> None:
        """Starts one worker, so that the first compile does not wait for it."""
        async with self._slots:
            self._idle.append(await self._spawn())

    async def close(self) -> None:
        """Ends the workers."""
        while self._idle:
            await _kill(self._idle.pop())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def _spawn(self) -> Process:
        path = os.pathsep.join(entry for entry in sys.path if entry)
        worker = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=PIPE,
            stdout=PIPE,
            env={"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},  # no secrets of ours
            start_new_session=True,  # Ctrl-C is for the parent, which then closes us
        )
        assert worker.stdout is not None
        try:
            await asyncio.wait_for(worker.stdout.readexactly(1), _START_S)
        except BaseException:
            await _kill(worker)
            raise
        return worker


async def _ask(worker: Process, kind: bytes, data: bytes) -> tuple[bytes, bytes]:
    assert worker.stdin is not None and worker.stdout is not None
    worker.stdin.write(kind + struct.pack("<I", len(data)) + data)
    await worker.stdin.drain()
    head = await worker.stdout.readexactly(5)
    payload = await worker.stdout.readexactly(struct.unpack("<I", head[1:])[0])
    return head[:1], payload


def _result(answer: tuple[bytes, bytes] | None, source: str) -> Compiled:
    if answer is None:
        raise CompileError((_beyond_limits(source),))
    kind, payload = answer
    if kind == b"D":
        raise CompileError(DIAGNOSTICS.validate_json(payload))
    if kind == b"F":
        raise CompilerFaultError(payload.decode())
    assert kind == b"C", kind
    return Compiled(payload, metadata_of(payload))


def _beyond_limits(source: str) -> Diagnostic:
    return Diagnostic(
        line=1,
        column=1,
        end_line=1,
        end_column=1,
        code="compile-limits",
        message="Compiling the strategy took too long or too much memory.",
        remedy="Use fewer indicators and shorter expressions, or split it into several strategies.",
        source_line=source[:200].split("\n", 1)[0],
    )


async def _kill(worker: Process) -> None:
    if worker.returncode is None:
        try:
            worker.kill()
        except ProcessLookupError:
            return
    await worker.wait()
    transport = getattr(worker, "_transport", None)
    if transport is not None:
        transport.close()
