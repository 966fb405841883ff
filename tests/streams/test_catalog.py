"""The catalog of topics keeps its own rules."""

from __future__ import annotations

import asyncio
import re

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from processors.projections.topics import PROJECTED
from schemas.events.base import DerivedEvent
from schemas.events.dead_letters import DeadLetter
from streams.catalog import (
    BY_NAME,
    CHAT,
    DEAD_LETTER_TOPICS,
    EVENT_TOPICS,
    EVENT_TYPES,
    INTERNAL_TOPICS,
    KEYS,
    LETTER_DECISIONS,
    RESEARCH_BATCH,
    RESEARCH_REQUESTS,
    TOPICS,
    Topic,
)
from streams.settings import Settings
from streams.topics import TopicMismatchError, check_partitions, config_of, ensure_topics

NAME = re.compile(r"[a-z]+(\.[a-z]+)?\.[a-z]+\.v[1-9][0-9]*")


def by_name(topic: Topic) -> str:
    return topic.name


@pytest.mark.parametrize("topic", EVENT_TOPICS + INTERNAL_TOPICS, ids=by_name)
def test_a_topic_is_named_domain_plural_version(topic: Topic) -> None:
    assert NAME.fullmatch(topic.name)


def test_names_of_topics_and_types_of_events_are_unique() -> None:
    assert len(BY_NAME) == len(TOPICS)
    assert RESEARCH_BATCH.events == RESEARCH_REQUESTS.events, "the same, with others to wait for"
    topics = [topic for topic in EVENT_TOPICS if topic is not RESEARCH_BATCH]
    topics += [LETTER_DECISIONS, KEYS]
    carried = [event for topic in topics for event in topic.events]
    assert len(set(carried)) == len(carried), "an event belongs to one topic"
    assert len(EVENT_TYPES) == len(carried)


def test_a_type_says_its_name_and_version() -> None:
    for kind, event in EVENT_TYPES.items():
        assert kind == f"peripheral.{event.__name__}.v{event.schema_version}"


@pytest.mark.parametrize(
    "topic", (*EVENT_TOPICS, LETTER_DECISIONS, *DEAD_LETTER_TOPICS), ids=by_name
)
def test_the_truth_is_kept_forever_and_never_compacted(topic: Topic) -> None:
    assert topic.config == {"cleanup.policy": "delete", "retention.ms": "-1"}


@pytest.mark.parametrize(
    "topic", [topic for topic in INTERNAL_TOPICS if topic is not LETTER_DECISIONS], ids=by_name
)
def test_state_is_compacted(topic: Topic) -> None:
    assert topic.config["cleanup.policy"] == "compact"


@pytest.mark.parametrize("topic", EVENT_TOPICS, ids=by_name)
def test_derived_topics_carry_marks_and_others_do_not(topic: Topic) -> None:
    marked = {issubclass(event, DerivedEvent) for event in topic.events}
    assert marked == {topic.derived_from is not None}
    assert topic.derived_from is None or topic.derived_from in BY_NAME


@pytest.mark.parametrize("topic", PROJECTED, ids=by_name)
def test_every_topic_that_is_projected_has_its_dead_letters(topic: Topic) -> None:
    assert topic.dlq == f"{topic.name}.dlq"
    assert BY_NAME[topic.dlq].events == (DeadLetter,)


@pytest.mark.parametrize("topic", DEAD_LETTER_TOPICS + INTERNAL_TOPICS, ids=by_name)
def test_dead_letters_have_no_dead_letters(topic: Topic) -> None:
    assert topic.dlq not in BY_NAME


def test_another_number_of_partitions_is_refused_with_the_remedy() -> None:
    with pytest.raises(TopicMismatchError, match="set the variable to 8"):
        check_partitions({"market.bars.v1": 8}, 4)
    check_partitions({"market.bars.v1": 4, "somebody.elses": 1}, 4)


async def test_the_broker_gets_the_topics_as_the_catalog_says(live_settings: Settings) -> None:
    await ensure_topics(live_settings)
    assert await ensure_topics(live_settings) == [], "a second time there is nothing to make"
    admin = AIOKafkaAdminClient(bootstrap_servers=live_settings.bootstrap_servers)
    await admin.start()
    try:
        described = await admin.describe_topics(list(BY_NAME))
        wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in BY_NAME]
        answers = await admin.describe_configs(wanted)
    finally:
        await admin.close()
    assert {len(topic["partitions"]) for topic in described} == {live_settings.kafka.partitions}
    resources = [resource for answer in answers for resource in answer.resources]
    assert len(resources) == len(TOPICS)
    for _, _, _, name, entries in resources:
        found = {entry[0]: entry[1] for entry in entries}
        wants = config_of(BY_NAME[name])
        assert {key: found[key] for key in wants} == wants


async def test_what_was_set_otherwise_is_set_back_and_what_is_set_beside_it_stays(
    live_settings: Settings,
) -> None:
    await ensure_topics(live_settings)
    admin = AIOKafkaAdminClient(bootstrap_servers=live_settings.bootstrap_servers)
    await admin.start()

    chat = ConfigResource(ConfigResourceType.TOPIC, CHAT.name)

    async def until(wanted: dict[str, str]) -> dict[str, str]:
        """What is set, once that is among it: brokers hear of changes a moment later."""
        async with asyncio.timeout(20):
            while True:
                (answer,) = await admin.describe_configs([chat])
                ((*_, entries),) = answer.resources
                found = {name: value for name, value, *_ in entries}
                if wanted.items() <= found.items():
                    return found
                await asyncio.sleep(0.05)

    otherwise = {"retention.ms": "60000", "segment.bytes": "104857600"}
    try:
        await admin.alter_configs([ConfigResource(chat.resource_type, chat.name, otherwise)])
        await until(otherwise)
        await ensure_topics(live_settings)
        found = await until(config_of(CHAT))
    finally:
        await admin.close()
    assert found["segment.bytes"] == "104857600"
