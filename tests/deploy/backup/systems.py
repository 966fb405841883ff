"""Systems to back up and to restore into: what lies on a log, and how a system is emptied."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from aiokafka import TopicPartition

from deploy.backup.admin import open_admin
from deploy.backup.log import open_reader
from deploy.backup.restored_log import delete_topics
from deploy.backup.restoring import Progress
from streams.catalog import ALERTS, BY_NAME, TOPICS
from streams.settings import Settings
from streams.topics import RESTORING, own_configs

Written = tuple[int, int, bytes | None, bytes | None, tuple[tuple[str, bytes | None], ...]]
"""Offset, timestamp, key, value and headers of a record."""


def silent(_topic: str, _records: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Part:
    """A partition, whole."""

    begin: int
    end: int
    records: list[Written]


def whole_log(settings: Settings) -> dict[tuple[str, int], Part]:
    """Every partition of every topic of the catalog."""
    return asyncio.run(_whole_log(settings))


async def _whole_log(settings: Settings) -> dict[tuple[str, int], Part]:
    found = {}
    async with open_reader(settings) as reader:
        tps = [
            TopicPartition(topic.name, partition)
            for topic in TOPICS
            for partition in range(settings.kafka.partitions)
        ]
        reader.assign(tps)
        reader.pause(*tps)
        begins, ends = await reader.beginning_offsets(tps), await reader.end_offsets(tps)
        for tp in tps:
            reader.seek(tp, begins[tp])
            reader.resume(tp)
            records: list[Written] = []
            while await reader.position(tp) < ends[tp]:
                for each in (await reader.getmany(tp, timeout_ms=500)).get(tp, ()):
                    headers = tuple(each.headers)
                    records.append((each.offset, each.timestamp, each.key, each.value, headers))
            reader.pause(tp)
            found[tp.topic, tp.partition] = Part(begins[tp], ends[tp], records)
    return found


def comparable(log: dict[tuple[str, int], Part]) -> dict[tuple[str, int], object]:
    """A log by its partitions; of compacted topics without offsets, and but for ALERTS, whose
    retention is at work on both sides."""
    found: dict[tuple[str, int], object] = {}
    for (topic, partition), part in log.items():
        if topic == ALERTS.name:
            continue
        if BY_NAME[topic].compacted:
            found[topic, partition] = [record[1:] for record in part.records]
        else:
            found[topic, partition] = part
    return found


def configs(settings: Settings) -> Mapping[str, Mapping[str, str]]:
    """What each topic was given of its own."""

    async def ask() -> dict[str, dict[str, str]]:
        async with open_admin(settings) as admin:
            there = {*await admin.list_topics()} & {topic.name for topic in TOPICS}
            return await own_configs(admin, list(there))

    return asyncio.run(ask())


def restoring(settings: Settings) -> bool:
    """Whether the log is being restored, or its restore was cut short."""

    async def ask() -> bool:
        async with open_admin(settings) as admin:
            return RESTORING in await admin.list_topics()

    return asyncio.run(ask())


def empty(settings: Settings) -> None:
    """Leave nothing on the log, and nothing in the database."""
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")

    async def forget() -> None:
        async with open_admin(settings) as admin:
            names = [name for name in await admin.list_topics() if not name.startswith("__")]
            await delete_topics(admin, names)

    asyncio.run(forget())


def quiet(lines: list[str] | None = None) -> Progress:
    """Tells nobody; what it would say comes into `lines`."""
    said: Any = [] if lines is None else lines
    return Progress(said.append, silent, silent)
