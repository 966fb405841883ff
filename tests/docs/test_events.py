"""docs/events.md is true: its table, its bar, and its service, which gets killed meanwhile."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas.events.signals import Receipt, SignalEmitted
from schemas.series import Series
from streams.catalog import BARS, BY_NAME, EVENT_TOPICS, SIGNALS
from streams.codec import Outgoing, decode, encode
from streams.producer import Publisher
from streams.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text()
WAIT_S = 30.0


def test_the_table_is_the_catalog() -> None:
    rows = [
        f"| `{topic.name}` | {topic.key} | {', '.join(e.__name__ for e in topic.events)} | "
        + (f"`{topic.derived_from}` |" if topic.derived_from else "|")
        for topic in EVENT_TOPICS
    ]
    assert re.findall(r"^\| `.*$", PAGE, re.MULTILINE) == rows


def test_the_topics_of_the_commands_exist() -> None:
    topics = re.findall(r" -t (\S+)", PAGE)
    assert len(topics) == 2
    assert set(topics) <= BY_NAME.keys()


def test_the_bar_of_the_command_is_one() -> None:
    match = re.search(r"echo '([^|]+)\|(.+)' \|", PAGE)
    assert match is not None
    headers = re.findall(r"-H (\S+?)=(\S+)", PAGE)
    event = decode(
        match[2].encode(), [(name, value.encode()) for name, value in headers], BARS.events
    )
    assert Series.parse(match[1]) == getattr(event, "series", None)
    assert "partitioner=murmur2_random" in PAGE


def emitted(number: int) -> Outgoing:
    event = SignalEmitted(
        source_offset=number // 2,
        seq=number % 2,
        feed="docs",
        symbol="AAPL",
        interval="1d",
        ts=number,
        deployment_id="d",
        strategy_id="s",
        version=1,
        action="exit",
        price=1.0,
        size=None,
        score=None,
        plots={},
        receipt=Receipt(
            topic=BARS.name,
            partition=0,
            offset=number // 2,
            wasm_sha256="",
            library_version="1",
            params={},
            active_from_offset=0,
            previous="",
            hash="",
        ),
    )
    return encode(event, key="docs/AAPL/1d", event_id=str(number), source="test", ts_us=0)


@contextmanager
def service(script: Path, database: Path, settings: Settings) -> Iterator[None]:
    """The page's service, killed with SIGKILL at the end."""
    environment = {**os.environ, "KAFKA": settings.bootstrap_servers, "SIGNALS_DB": str(database)}
    process = subprocess.Popen([sys.executable, str(script)], env=environment)
    try:
        yield
        assert process.poll() is None, "it ended by itself"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def times(database: Path) -> list[int]:
    with closing(sqlite3.connect(database)) as db:
        try:
            rows = db.execute("SELECT ts FROM signals WHERE symbol = 'AAPL' ORDER BY rowid")
            return [ts for (ts,) in rows]
        except sqlite3.OperationalError:  # not made yet
            return []


def wait_for(database: Path, count: int) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while len(times(database)) < count:
        assert time.monotonic() < deadline_s, times(database)
        time.sleep(0.05)


async def test_the_service_sees_each_signal_once(live_settings: Settings, tmp_path: Path) -> None:
    script, database = tmp_path / "service.py", tmp_path / "signals.db"
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    # A topic of its own: the session's broker may hold other tests' signals.
    topic = f"docs.{SIGNALS.name}"
    script.write_text(code.replace(f'"{SIGNALS.name}"', f'"{topic}"'))
    await make_topic(live_settings, topic)
    publisher = Publisher(live_settings, "test-docs")
    await publisher.start()
    try:
        # A worker died after 5 signals and began again at the third.
        await write(publisher, topic, [0, 1, 2, 3, 4, 2, 3, 4, 5])
        with service(script, database, live_settings):
            wait_for(database, 6)
        await write(publisher, topic, [4, 5, 6, 7])
        with service(script, database, live_settings):
            wait_for(database, 8)
            await write(publisher, topic, [7, 8])
            wait_for(database, 9)
    finally:
        await publisher.stop()
    assert times(database) == list(range(9))


async def write(publisher: Publisher, topic: str, numbers: list[int]) -> None:
    for future in await publisher.publish_many(topic, 0, [emitted(number) for number in numbers]):
        await future


async def make_topic(settings: Settings, name: str) -> None:
    """One more topic, of the signals' shape."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, settings.kafka.partitions, 1)])
    finally:
        await admin.close()
