"""The agent in its own process, on a broker and a database that are killed under it."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from deploy.environment import child_environment
from streams.catalog import EVENT_TOPICS
from streams.codec import Outgoing
from streams.producer import Publisher
from streams.reader import read_topic
from streams.settings import Settings, WorkerSettings
from streams.topics import ensure_topics
from tests.fold import actual, comparable, expected
from tests.processors.projections.memory_log import MemoryLog
from tests.processors.projections.scenario import market, workshop
from tests.stack import Stack

ROOT = Path(__file__).parents[3]
RUN = "from processors.roles import run; from streams.settings import Settings; "
CAUGHT_UP_LIMIT_S = 50.0


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """The projections role in a process of its own, killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN + "run('projections', Settings())"],
        cwd=ROOT,
        env=child_environment(settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def write(settings: Settings, log: MemoryLog) -> None:
    """The log's records, onto the partitions where they lie."""
    publisher = Publisher(settings, "scenario")
    await publisher.start()
    for topic, partition in log.names():
        records = [
            Outgoing(record.key, record.value, record.headers)
            for record in log.topics[topic][partition]
        ]
        await asyncio.gather(*await publisher.publish_many(topic, partition, records))
    await publisher.stop()


def projected(settings: Settings) -> int:
    """How many records the database has passed."""
    with psycopg.connect(settings.database_url) as connection:
        row = connection.execute("SELECT coalesce(sum(next_offset), 0) FROM consumer_offsets")
        return int((row.fetchone() or (0,))[0])


async def until(settings: Settings, count: int) -> None:
    """Wait until that many records are projected."""
    deadline_s = time.monotonic() + CAUGHT_UP_LIMIT_S
    while (found := projected(settings)) < count:
        assert time.monotonic() < deadline_s, f"{found} of {count} records were projected"
        await asyncio.sleep(0.05)


async def test_killed_workers_and_a_killed_database_leave_the_fold_of_the_log(
    new_stack: Callable[..., Stack],
) -> None:
    # A stable name spares the second worker the wait for the first one's session to time out.
    stack = new_stack(worker=WorkerSettings(instance_id="projections-0"))
    settings = stack.settings
    await ensure_topics(settings)
    logs = [market(1, bars=1000), workshop(2), market(5, symbols=3, bars=800)]
    sizes = [sum(len(log.topics[t][p]) for t, p in log.names()) for log in logs]
    await write(settings, logs[0])
    with worker(settings) as first:
        await until(settings, sizes[0] // 3)
        first.send_signal(signal.SIGKILL)
    await write(settings, logs[1])
    with worker(settings) as second:
        await until(settings, sizes[0] + sizes[1] // 2)
        stack.database.kill()
        await write(settings, logs[2])
        stack.database.start()
        await until(settings, sum(sizes))
        assert second.poll() is None, "an outage of the database ended the worker"
        second.send_signal(signal.SIGTERM)
        assert second.wait(timeout=10) == 0
    log = {topic.name: await read_topic(settings, topic.name) for topic in EVENT_TOPICS}
    found = comparable(actual(settings.database_url))
    wanted = comparable(expected(log, settings.kafka.partitions))
    assert len(wanted["bars"]) > 800
    for table in wanted:
        assert found[table] == wanted[table], table
