"""Workers that start slowly, or are ended in the middle: none outlives its pool."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from processors.research.frames import Config, Done, run_payload
from processors.research.pool import Heard, Pool, WorkerDiedError
from schemas.events.research import RunBacktest

STAND_IN = (sys.executable, "-m", "tests.processors.research.stand_in")
SLOW_START_S = 4.0
SLOW_START = (*STAND_IN, str(SLOW_START_S))


def pool_of(size: int = 1, command: tuple[str, ...] = STAND_IN) -> Pool:
    return Pool(size, Config("", ""), command)


def children() -> set[int]:
    """The test's processes, those too that have ended and that nobody waited for: not a broker of
    other tests, which runs beside."""
    found = set()
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if child.status() == psutil.STATUS_ZOMBIE or STAND_IN[-1] in child.cmdline():
                found.add(child.pid)
    return found


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    before = children()
    yield
    assert children() <= before


async def work(pool: Pool, source: str, heard: Heard = lambda *_: None) -> Done:
    run = RunBacktest(
        request_id="any", author="me", source=source, feed="f", symbols=("A",), interval="1m"
    )
    async with pool.worker() as worker:
        done = await worker.run(run_payload(run), heard, 60.0)
    assert isinstance(done, Done)
    return done


async def working(pool: Pool) -> asyncio.Task[Done]:
    """One that is in the middle of it."""
    heard = asyncio.Event()
    task = asyncio.create_task(work(pool, "slow", lambda *_: heard.set()))
    await heard.wait()
    return task


async def close_at_once(pool: Pool) -> None:
    """Closes it; no process is left, and none was waited for until it had started."""
    begun_s = asyncio.get_running_loop().time()
    await pool.close()
    assert asyncio.get_running_loop().time() - begun_s < SLOW_START_S / 2


async def test_a_worker_whose_end_is_cut_short_is_gone_once_its_pool_is_closed() -> None:
    """As when a request is cancelled again while its worker ends: by a later tick, or a stop."""
    for _ in range(5):
        before = children()
        pool = pool_of()
        task = await working(pool)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await pool.close()
        assert children() == before


async def test_closing_does_not_wait_for_a_worker_that_starts_slowly() -> None:
    pool = pool_of(2, SLOW_START)
    starting = asyncio.create_task(pool.start())
    while len(children()) < 2:  # noqa: ASYNC110  # of the system
        await asyncio.sleep(0.01)
    await close_at_once(pool)
    await starting


async def test_closing_ends_a_start_at_whichever_moment() -> None:
    for turns in range(12):
        pool = pool_of(1, SLOW_START)
        starting = asyncio.create_task(pool.start())
        for _ in range(turns):
            await asyncio.sleep(0)
        await close_at_once(pool)
        await starting


async def test_who_waits_for_a_worker_is_told_when_the_pool_is_closed() -> None:
    pool = pool_of(1, SLOW_START)
    waiting = asyncio.create_task(work(pool, "done"))
    await asyncio.sleep(0.1)
    await close_at_once(pool)
    with pytest.raises(WorkerDiedError, match="could not be started"):
        await waiting


async def test_closing_ends_what_works() -> None:
    pool = pool_of()
    task = await working(pool)
    await pool.close()
    with pytest.raises(WorkerDiedError, match="has ended"):
        await task


async def test_a_worker_that_is_given_back_to_a_closed_pool_is_not_kept() -> None:
    before = children()
    pool = pool_of()
    async with pool.worker() as worker:
        await pool.close()
        assert worker.pid not in children()
    assert children() == before


async def test_a_worker_cut_short_in_its_work_is_replaced() -> None:
    pool = pool_of()
    task = await working(pool)
    (before,) = children()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (await work(pool, "done")).bars == 7
    (after,) = children()
    assert after != before
    await pool.close()


async def test_a_wait_that_is_cancelled_leaves_its_worker_to_the_next() -> None:
    pool = pool_of()
    waiting = asyncio.create_task(work(pool, "done"))
    while not children():  # noqa: ASYNC110  # of the system
        await asyncio.sleep(0.001)
    begun = children()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await work(pool, "done")
    assert children() == begun
    await pool.close()


async def test_workers_for_two_requests_start_side_by_side() -> None:
    pool = pool_of(2, (*STAND_IN, "1"))
    begun_s = asyncio.get_running_loop().time()
    both = asyncio.gather(work(pool, "nap 0.5"), work(pool, "nap 0.5"))
    while len(children()) < 2:  # of the system
        assert asyncio.get_running_loop().time() - begun_s < 1.0
        await asyncio.sleep(0.01)
    await both
    await pool.close()


@pytest.mark.parametrize(
    "command", [(sys.executable, "-c", "raise SystemExit(1)"), ("/nowhere/python",)]
)
async def test_a_command_that_does_not_start_is_told(
    command: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    pool = pool_of(1, command)
    await pool.start()
    with pytest.raises(WorkerDiedError, match="could not be started"):
        await work(pool, "done")
    assert ("/nowhere/python" in caplog.text) == (command[0] == "/nowhere/python")
    await pool.close()
