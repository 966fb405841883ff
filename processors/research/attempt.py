"""One attempt at a request: a worker's words → events, progress joined to at most four a second."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from processors.research.core import Start
from processors.research.frames import Done, Refused, run_payload
from processors.research.pool import Worker
from processors.research.trials import of_request
from schemas.events.research import (
    ResearchCompleted,
    ResearchFailed,
    ResearchProgressed,
    ResearchResult,
    RunBacktest,
)
from schemas.events.trials import TrialsMade

PROGRESS_INTERVAL_S = 0.25

Record = Callable[[TrialsMade], Awaitable[None]]
"""Puts on the log what was tried."""
Emit = Callable[[ResearchResult, str], Awaitable[None]]
"""Puts a result on the log; the string makes its id unique in the request."""


class Beat:
    """Writes how far an attempt is, and renews its lease where nothing moves."""

    def __init__(self, emit: Emit, start: Start, lease_s: float) -> None:
        self._emit = emit
        self._start = start
        self._renewal_s = lease_s / 3
        self._seen = self._written = (0, 0)
        self._index = 0

    def heard(self, done: int, total: int) -> None:
        self._seen = (done, total)

    async def run(self, started: asyncio.Task[None]) -> None:
        """Until it is cancelled; nothing is written before the attempt's first record."""
        await asyncio.shield(started)
        clock = asyncio.get_running_loop().time
        written_s = clock()
        while True:
            await asyncio.sleep(min(PROGRESS_INTERVAL_S, self._renewal_s))
            if self._seen != self._written or clock() - written_s >= self._renewal_s:
                written_s = clock()
                await self._write(*self._seen)

    async def _write(self, done: int, total: int) -> None:
        self._written = (done, total)
        self._index += 1
        event = ResearchProgressed(
            request_id=self._start.run.request_id,
            attempt=self._start.attempt,
            done=done,
            total=total,
        )
        await self._emit(event, f"{event.attempt}/progress/{self._index}")


async def attempt(
    start: Start,
    worker: Worker,
    started: asyncio.Task[None],
    emit: Emit,
    record: Record,
    *,
    lease_s: float,
    timeout_s: float,
) -> None:
    """Have the worker do it, and write its end. started: the writing of the attempt's first record.

    What was tried is written before the end: an attempt that is made once more counts once.

    Raises WorkerDiedError.
    """
    beat = Beat(emit, start, lease_s)
    beating = asyncio.create_task(beat.run(started))
    try:
        answer = await worker.run(run_payload(start.run), beat.heard, timeout_s=timeout_s)
    except TimeoutError:
        answer = Refused(
            "timeout",
            f"It took longer than {timeout_s:g} s: take fewer bars, or send it to the batch queue.",
        )
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
    await started
    if isinstance(answer, Done) and isinstance(start.run, RunBacktest):
        await record(of_request(start.run, answer))
    await emit(end_of(start, answer), "end")


def end_of(start: Start, answer: Done | Refused) -> ResearchCompleted | ResearchFailed:
    """The event that ends the request."""
    request_id, number = start.run.request_id, start.attempt
    if isinstance(answer, Refused):
        return ResearchFailed(
            request_id=request_id,
            attempt=number,
            reason=answer.reason,
            message=answer.message,
            diagnostics=answer.as_diagnostics(),
        )
    return ResearchCompleted(
        request_id=request_id,
        attempt=number,
        summary=answer.summary,
        bars=answer.bars,
        wasm_sha256=answer.wasm_sha256,
        report=answer.report,
        report_sha256=answer.report_sha256,
        report_bytes=answer.report_bytes,
        page_sha256=answer.page_sha256,
    )
