"""Restores the log into a broker that has none, and goes on where a restore was cut short.

What is done stands on a topic of its own, which is deleted when the restore is complete: while it
is there, `peripheral up` and `topics` refuse to go on. A topic is restored whole or begun again.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.errors import NoError, TopicAlreadyExistsError, for_code

from deploy.backup.admin import open_admin, set_configs
from deploy.backup.log import Told, open_reader
from deploy.backup.manifest import Manifest, SavedTopic
from deploy.backup.place import Place
from deploy.backup.records import fingerprint
from deploy.backup.rewriting import REQUEST_BYTES_MAX, open_rewriter
from deploy.errors import UserError
from streams.catalog import TOPICS
from streams.codec import Outgoing
from streams.producer import Publisher
from streams.reader import read_partition
from streams.settings import Settings
from streams.topics import RESTORING

DELETED_LIMIT_S = 60.0
_SEGMENT_BYTES = 1 << 30
_ANY_TIME = str(2**63 - 1)


@dataclass(frozen=True)
class Begun:
    """A restore that is at work or was cut short. digest: the backup's, as its manifest says."""

    name: str
    digest: str
    restored: frozenset[str]


def while_restoring(config: Mapping[str, str]) -> dict[str, str]:
    """A topic's settings until it is whole: nothing is deleted, compacted, refused or stamped anew.

    What a producer had compressed may be larger than the topic takes when it is not.
    """
    return {
        **config,
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "max.message.bytes": str(REQUEST_BYTES_MAX),
        "segment.bytes": str(_SEGMENT_BYTES),
        "message.timestamp.type": "CreateTime",
        "message.timestamp.before.max.ms": _ANY_TIME,
        "message.timestamp.after.max.ms": _ANY_TIME,
    }


async def find_begun(settings: Settings, manifest: Manifest) -> Begun | None:
    """The restore of this backup that was begun here; None where the log is empty.

    Raises `UserError` where it is neither.
    """
    there = await topic_sizes(settings)
    begun = await _read_begun(settings) if RESTORING in there else None
    if begun is not None:
        if begun.digest != manifest.digest:
            raise UserError(
                f"A restore of the backup {begun.name} was cut short here: run that again, or "
                "begin with a broker that is empty."
            )
        return begun
    ours = {topic.name for topic in TOPICS} | {topic.name for topic in manifest.topics}
    filled = sorted(name for name, (_, end) in there.items() if name in ours and end > 0)
    if filled:
        some = ", ".join(filled[:3]) + (f" and {len(filled) - 3} more" if len(filled) > 3 else "")
        raise UserError(
            f"The log at {settings.bootstrap_servers} is not empty ({some} have or had records), "
            "and a restore writes to an empty one only: give it another broker, or move this one's "
            "data away first."
        )
    return None


async def topic_sizes(settings: Settings) -> dict[str, tuple[int, int]]:
    """Of each topic on the broker the number of partitions, and the highest of their ends."""
    async with open_admin(settings) as admin, open_reader(settings) as reader:
        found = {}
        for topic in await admin.describe_topics():
            name, count = topic["topic"], len(topic["partitions"])
            if topic["error_code"] == 0 and not topic["is_internal"]:
                tps = [TopicPartition(name, partition) for partition in range(count)]
                found[name] = (count, max((await reader.end_offsets(tps)).values(), default=0))
        return found


async def restore_log(
    settings: Settings, manifest: Manifest, begun: Begun | None, place: Place, told: Told
) -> None:
    """Write all topics that are not restored yet, sources first. Raises `UserError`."""
    done = 0
    async with (
        open_admin(settings) as admin,
        _open_publisher(settings) as publisher,
        open_rewriter(settings) as rewriter,
    ):
        if begun is None:
            await _begin(settings, admin, publisher, manifest)
        restored = frozenset() if begun is None else begun.restored
        missing = [topic for topic in manifest.topics if topic.name not in restored]
        await delete_topics(admin, [topic.name for topic in missing])
        await _make(admin, [_new_topic(settings, topic) for topic in missing])
        for topic in reversed(manifest.topics):
            if topic.name not in restored:
                for part in topic.partitions:
                    tp = TopicPartition(topic.name, part.partition)
                    exact = not topic.compacted
                    await rewriter.rewrite(tp, part, place, manifest.name, exact=exact)
                    told(topic.name, done + part.records)
                await _say(publisher, {"restored": topic.name})
            done += topic.records
            told(topic.name, done)
        await set_configs(admin, {topic.name: topic.config for topic in manifest.topics})


async def end_restore(settings: Settings) -> None:
    """Give the log free: it is whole, and so is the database."""
    async with open_admin(settings) as admin:
        await delete_topics(admin, [RESTORING])


async def foreign_partitions(settings: Settings, manifest: Manifest) -> list[str]:
    """Where the log is not the one that the backup was taken of, or is behind it: all partitions
    whose last saved record isn't there. Compacted topics don't count: their offsets may differ."""
    found = []
    async with open_admin(settings) as admin, open_reader(settings) as reader:
        there = set(await admin.list_topics())
        for topic in manifest.topics:
            for part in topic.partitions if not topic.compacted else ():
                tp = TopicPartition(topic.name, part.partition)
                if part.end > 0 and (
                    topic.name not in there or not await _continues(reader, tp, part.end, part.last)
                ):
                    found.append(f"{tp.topic}/{tp.partition}")
    return found


async def _continues(reader: Any, tp: TopicPartition, end: int, last: str | None) -> bool:
    """Whether the record before `end` has the fingerprint `last`, where it has not been deleted."""
    if (await reader.end_offsets([tp]))[tp] < end:
        return False
    begin = (await reader.beginning_offsets([tp]))[tp]
    if last is None or begin >= end:
        return True
    reader.assign([tp])
    found: Any = None
    start = max(begin, end - 1)
    while found is None and start >= begin:
        reader.seek(tp, start)
        while await reader.position(tp) < end:
            for record in (await reader.getmany(timeout_ms=500)).get(tp, []):
                if record.offset < end:
                    found = record
        start -= 1  # a transaction's marker lay there
    return found is None or fingerprint(found) == last


async def _begin(settings: Settings, admin: Any, publisher: Publisher, manifest: Manifest) -> None:
    await delete_topics(admin, [RESTORING])  # one that was cut short before it said of what
    config = {"cleanup.policy": "delete", "retention.ms": "-1"}
    replicas = settings.kafka.replication_factor
    await _make(admin, [NewTopic(RESTORING, 1, replicas, topic_configs=config)])
    await _say(publisher, {"backup": manifest.name, "digest": manifest.digest})


async def _say(publisher: Publisher, words: Mapping[str, str]) -> None:
    await publisher.publish(RESTORING, Outgoing(None, json.dumps(words).encode(), []), 0)


@asynccontextmanager
async def _open_publisher(settings: Settings) -> AsyncIterator[Publisher]:
    publisher = Publisher(settings, "restore")
    await publisher.start()
    try:
        yield publisher
    finally:
        await publisher.stop()


async def _read_begun(settings: Settings) -> Begun | None:
    said = [json.loads(each.value or b"") for each in await read_partition(settings, RESTORING, 0)]
    if not said:
        return None
    restored = frozenset(each["restored"] for each in said[1:])
    return Begun(said[0]["backup"], said[0]["digest"], restored)


def _new_topic(settings: Settings, topic: SavedTopic) -> NewTopic:
    return NewTopic(
        topic.name,
        len(topic.partitions),
        settings.kafka.replication_factor,
        topic_configs=while_restoring(topic.config),
    )


async def _make(admin: Any, topics: list[NewTopic]) -> None:
    """Make topics, of whose names some may be about to go. Raises `UserError`.

    All in one request, as everywhere here: a broker takes a tenth of a second for each.
    """
    deadline_s = time.monotonic() + DELETED_LIMIT_S
    while topics:
        answer = await admin.create_topics(topics)
        codes = {name: (code, message) for name, code, *message in answer.topic_errors}
        for name, (code, message) in codes.items():
            late = code == TopicAlreadyExistsError.errno and time.monotonic() > deadline_s
            if late or code not in (NoError.errno, TopicAlreadyExistsError.errno):
                reason = next((text for text in message if text), for_code(code).__name__)
                raise UserError(f"The broker did not make topic {name}: {reason}.")
        topics = [topic for topic in topics if codes[topic.name][0] != NoError.errno]
        if topics:
            # What a restore has made just before it was cut short may not have been listed yet.
            await admin.delete_topics([topic.name for topic in topics])
            await asyncio.sleep(0.1)


async def delete_topics(admin: Any, names: list[str]) -> None:
    """Delete those of the topics that are there, and wait until they are gone."""
    deadline_s = time.monotonic() + DELETED_LIMIT_S
    while there := sorted({*names} & {*await admin.list_topics()}):
        await admin.delete_topics(there)
        if time.monotonic() > deadline_s:
            raise UserError(
                f"The broker does not delete topic {there[0]}: see that it lets itself be deleted."
            )
        await asyncio.sleep(0.05)
