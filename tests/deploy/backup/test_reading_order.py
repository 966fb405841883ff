"""Nothing in a backup is ahead of what it was made from."""

from __future__ import annotations

import pytest

from deploy.backup.reading_order import MADE_FROM, reading_order, sources_of
from streams.catalog import (
    ACTIVATIONS,
    BARS,
    DEAD_LETTER_TOPICS,
    DEPLOYMENTS,
    KEYS,
    RESEARCH_RESULTS,
    RESEARCH_TRIALS,
    SIGNALS,
    TOPICS,
    VERSIONS,
    Topic,
)

PLACES = {topic.name: place for place, topic in enumerate(reading_order())}


def test_every_topic_is_read_once() -> None:
    assert sorted(PLACES) == sorted(topic.name for topic in TOPICS)


def test_each_topic_says_what_it_was_made_from() -> None:
    # A new topic needs an entry: without one it might be read before what refers to it.
    others = {topic.name for topic in TOPICS if topic.compacted} | {
        topic.name for topic in DEAD_LETTER_TOPICS
    }
    assert MADE_FROM.keys() == {topic.name for topic in TOPICS} - others
    for topic in TOPICS:
        if topic.derived_from is not None:
            assert topic.derived_from in sources_of(topic)


def test_state_is_read_before_all_else_and_keys_behind_all() -> None:
    *order, last = reading_order()
    assert last is KEYS
    compacted = [topic.compacted for topic in order]
    assert compacted == sorted(compacted, reverse=True)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: str(topic.name))
def test_a_topic_is_read_before_those_that_it_was_made_from(topic: Topic) -> None:
    for source in sources_of(topic):
        assert PLACES[topic.name] < PLACES[source]


def test_a_dead_letter_is_read_before_where_it_came_from() -> None:
    assert DEAD_LETTER_TOPICS
    for topic in DEAD_LETTER_TOPICS:
        assert PLACES[topic.name] < PLACES[topic.name.removesuffix(".dlq")]


def test_the_way_of_a_signal_is_read_backwards() -> None:
    way = [SIGNALS, ACTIVATIONS, DEPLOYMENTS, VERSIONS]
    assert [PLACES[topic.name] for topic in way] == sorted(PLACES[topic.name] for topic in way)
    assert PLACES[ACTIVATIONS.name] < PLACES[BARS.name]
    assert PLACES[RESEARCH_RESULTS.name] < PLACES[RESEARCH_TRIALS.name]
