"""The settings that a topic has of its own, beside the broker's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from deploy.errors import UserError
from streams.settings import Settings

_OF_THE_TOPIC = 1
"""DYNAMIC_TOPIC_CONFIG in Kafka's protocol, DescribeConfigs."""


async def own_configs(settings: Settings, topics: Sequence[str]) -> dict[str, dict[str, str]]:
    """What was set for each of the topics; those that are not there are missing."""
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    await admin.start()
    try:
        there = set(await admin.list_topics())
        wanted = [
            ConfigResource(ConfigResourceType.TOPIC, each) for each in topics if each in there
        ]
        answers = await admin.describe_configs(wanted) if wanted else []
    finally:
        await admin.close()
    found = {}
    for code, message, _, topic, entries in (
        each for answer in answers for each in answer.resources
    ):
        if code != 0:
            reason = message or for_code(code).__name__
            raise UserError(f"The settings of topic {topic} can't be read: {reason}.")
        found[topic] = {name: value for name, value, _, by, *_ in entries if by == _OF_THE_TOPIC}
    return found


async def set_configs(admin: Any, configs: Mapping[str, Mapping[str, str]]) -> None:
    """Give topics these settings and no others. Raises `UserError`."""
    (answer,) = await admin.alter_configs(
        [ConfigResource(ConfigResourceType.TOPIC, name, dict(own)) for name, own in configs.items()]
    )
    for code, message, _, topic in answer.resources:
        if code != 0:
            reason = message or for_code(code).__name__
            raise UserError(f"Topic {topic} can't be given its settings: {reason}.")
