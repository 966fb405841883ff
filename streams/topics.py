"""Creates the catalog's topics on the broker, before any worker starts."""

from __future__ import annotations

import logging
from collections.abc import Container, Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import NoError, TopicAlreadyExistsError, for_code

from streams.catalog import TOPICS, Topic
from streams.settings import Settings

logger = logging.getLogger(__name__)

MESSAGE_BYTES_MAX = 4 * 1024 * 1024
RESTORING = "peripheral.restoring.v1"
"""The topic that is there from the beginning of a restore to its end."""
_OF_THE_TOPIC = 1
"""The source of a setting that is the topic's own (Kafka's protocol, DescribeConfigs)."""


class TopicMismatchError(RuntimeError):
    """A topic exists with another number of partitions than the setting says."""


class TopicRefusedError(RuntimeError):
    """The broker did not make a topic: rights, or more replicas than it has brokers."""


class UnfinishedRestoreError(RuntimeError):
    """The log is being restored, or its restore was cut short: nobody may write to it."""


def config_of(topic: Topic) -> dict[str, str]:
    """What the broker must keep to of a topic. A record that is derived has the time of what it
    was derived from, which may lie ahead of a clock that was set back."""
    return {
        **topic.config,
        "max.message.bytes": str(MESSAGE_BYTES_MAX),
        "message.timestamp.after.max.ms": str(2**63 - 1),
    }


def new_topic(topic: Topic, settings: Settings) -> NewTopic:
    """The request that creates a topic."""
    return NewTopic(
        name=topic.name,
        num_partitions=settings.kafka.partitions,
        replication_factor=settings.kafka.replication_factor,
        topic_configs=config_of(topic),
    )


async def ensure_topics(settings: Settings) -> list[str]:
    """Create what is missing, and set back what was set otherwise; the names of the topics created.

    Raises TopicMismatchError where the log was made with another number of partitions, and
    UnfinishedRestoreError.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    await admin.start()
    try:
        existing = await partition_counts(admin)
        check_restored(existing)
        check_partitions(existing, settings.kafka.partitions)
        missing = [topic for topic in TOPICS if topic.name not in existing]
        if missing:
            answer = await admin.create_topics([new_topic(topic, settings) for topic in missing])
            check_created(answer)
        await set_back(admin, [topic for topic in TOPICS if topic.name in existing])
        return [topic.name for topic in missing]
    finally:
        await admin.close()


async def make_topics(settings: Settings, topics: Sequence[Topic]) -> None:
    """Create these topics; those that are there stay as they are."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    await admin.start()
    try:
        check_created(await admin.create_topics([new_topic(topic, settings) for topic in topics]))
    finally:
        await admin.close()


async def delete_topics(settings: Settings, topics: Sequence[Topic]) -> None:
    """Delete these topics, with all that is on them; those that aren't there are left so."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    await admin.start()
    try:
        there = await partition_counts(admin)
        names = [topic.name for topic in topics if topic.name in there]
        if names:
            await admin.delete_topics(names)
    finally:
        await admin.close()


async def existing_topics(settings: Settings) -> set[str]:
    """The names of the topics that are there, for who reads them only.

    Raises TopicMismatchError where the log was made with another number of partitions.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    await admin.start()
    try:
        existing = await partition_counts(admin)
        check_partitions(existing, settings.kafka.partitions)
        return set(existing)
    finally:
        await admin.close()


async def partition_counts(admin: AIOKafkaAdminClient) -> dict[str, int]:
    """The topics that are there, and how many partitions each has."""
    return {
        found["topic"]: len(found["partitions"])
        for found in await admin.describe_topics()
        if found["error_code"] == NoError.errno
    }


async def set_back(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    """Give topics that are there the configuration that they must have; what else is set of them
    stays."""
    by_name = {topic.name: topic for topic in topics}
    changes = []
    for name, found in (await own_configs(admin, list(by_name))).items():
        wanted = config_of(by_name[name])
        if not wanted.items() <= found.items():
            logger.warning("%s is set back to %s", name, wanted)
            changes.append(ConfigResource(ConfigResourceType.TOPIC, name, found | wanted))
    if changes:
        for answer in await admin.alter_configs(changes):
            for code, message, _, name in answer.resources:
                if code != NoError.errno:
                    raise TopicRefusedError(f"the broker did not set {name} back: {message}")


async def own_configs(
    admin: AIOKafkaAdminClient, names: Sequence[str]
) -> dict[str, dict[str, str]]:
    """What was set of each of the topics itself, beside the broker's. Raises TopicRefusedError."""
    wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found = {}
    for answer in await admin.describe_configs(wanted) if wanted else []:
        for code, message, _, name, entries in answer.resources:
            if code != NoError.errno:
                raise TopicRefusedError(f"the settings of topic {name} can't be read: {message}")
            found[name] = {key: value for key, value, _, by, *_ in entries if by == _OF_THE_TOPIC}
    return found


def check_created(answer: Any) -> None:
    """Raise TopicRefusedError when the broker made not all of the topics asked for.

    One that somebody else has made in the meantime is there, which is what was wanted.
    """
    for topic, code, *message in answer.topic_errors:
        if code not in (NoError.errno, TopicAlreadyExistsError.errno):
            reason = next((text for text in message if text), for_code(code).__name__)
            raise TopicRefusedError(f"the broker did not make topic {topic}: {reason}")


def check_restored(existing: Container[str]) -> None:
    """Raise UnfinishedRestoreError when the topic of a restore is there."""
    if RESTORING in existing:
        raise UnfinishedRestoreError(
            "the log is not whole: a restore is at work, or was cut short; run the same "
            "`peripheral restore` again, and it goes on"
        )


def check_partitions(existing: dict[str, int], wanted: int) -> None:
    """Raise TopicMismatchError when a topic of ours has another number of partitions."""
    for topic in TOPICS:
        found = existing.get(topic.name, wanted)
        if found != wanted:
            raise TopicMismatchError(
                f"topic {topic.name} has {found} partitions and PERIPHERAL_KAFKA__PARTITIONS is "
                f"{wanted}; the number is set once, so set the variable to {found}"
            )
