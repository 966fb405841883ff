"""The AsyncAPI document is one, and says what the catalog and the codec do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from schemas.events.market import BarClosed
from schemas.series import Instrument, Series
from streams.asyncapi import KEY_PATTERNS, asyncapi_document, event_headers_schema
from streams.catalog import (
    ACTIONS,
    BARS,
    DEAD_LETTER_TOPICS,
    EVENT_TOPICS,
    EVENT_TYPES,
    INSTRUMENTS,
    SERIES_KEY,
    Topic,
)
from streams.codec import NAME_SEALED_BY, SEALED_BY, dead_letter, event_headers
from streams.settings import KafkaSettings

OFFICIAL = Path(__file__).parents[1] / "data" / "asyncapi-3.0.0.json"
TRACEPARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

DOCUMENT = asyncapi_document()
PUBLIC = (*EVENT_TOPICS, *DEAD_LETTER_TOPICS)


def resolve(reference: dict[str, str]) -> Any:
    """What a reference within the document names."""
    found: Any = DOCUMENT
    for part in reference["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(node: Any) -> list[dict[str, str]]:
    if isinstance(node, list):
        return [found for item in node for found in references(item)]
    if not isinstance(node, dict):
        return []
    if set(node) == {"$ref"}:
        return [node]
    return [found for value in node.values() for found in references(value)]


def test_it_is_valid_by_the_official_schema() -> None:
    validator = Draft7Validator(json.loads(OFFICIAL.read_text()))
    assert [error.message for error in validator.iter_errors(DOCUMENT)] == []
    broken = {**DOCUMENT, "operations": {"x": {"action": "shout"}}}
    assert not validator.is_valid(broken)


def test_every_reference_leads_somewhere() -> None:
    found = references(DOCUMENT)
    assert len(found) > 3 * len(EVENT_TOPICS)
    for reference in found:
        resolve(reference)


@pytest.mark.parametrize("topic", PUBLIC, ids=lambda topic: topic.name)
def test_a_channel_says_what_the_broker_is_told(topic: Topic) -> None:
    channel = DOCUMENT["channels"][topic.name]
    binding = channel["bindings"]["kafka"]
    assert channel["address"] == binding["topic"] == topic.name
    assert binding["topicConfiguration"]["cleanup.policy"] == [topic.config["cleanup.policy"]]
    assert str(binding["topicConfiguration"]["retention.ms"]) == topic.config["retention.ms"]
    assert set(channel["messages"]) == {event.__name__ for event in topic.events}
    assert ("x-high-water-mark" in channel) == (topic.derived_from is not None)
    if topic.has_dead_letters:
        assert resolve(channel["x-dead-letters"])["address"] == topic.dlq


def test_partitions_and_replicas_are_those_of_the_log() -> None:
    kafka = KafkaSettings(partitions=12, replication_factor=3)
    for channel in asyncapi_document(kafka)["channels"].values():
        binding = channel["bindings"]["kafka"]
        assert (binding["partitions"], binding["replicas"]) == (12, 3)


def test_every_channel_has_an_operation() -> None:
    sent = {resolve(op["channel"])["address"] for op in DOCUMENT["operations"].values()}
    assert sent == {topic.name for topic in PUBLIC}


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES))
def test_the_codecs_headers_satisfy_the_messages_schema(kind: str) -> None:
    event = EVENT_TYPES[kind]
    seals = [(SEALED_BY, b"1f"), (NAME_SEALED_BY, b"1f")]
    written = [*event_headers(kind, "1", "/workers/bars", 0, TRACEPARENT), *seals]
    headers = {name: value.decode() for name, value in written}
    schema = event_headers_schema(event)
    Draft202012Validator(schema).validate(headers)
    assert set(headers) == set(schema["properties"])
    for missing in schema["required"]:
        rest = {name: value for name, value in headers.items() if name != missing}
        assert not Draft202012Validator(schema).is_valid(rest)


def test_payloads_are_whole_schemas_of_2020_12() -> None:
    for name, payload in DOCUMENT["components"]["schemas"].items():
        assert payload["schemaFormat"].endswith("2020-12")
        Draft202012Validator.check_schema(payload["schema"])
        assert payload["schema"]["$id"] == f"urn:peripheral:{name}"


def test_dead_letters_have_the_headers_that_are_written() -> None:
    letter = dead_letter("t", 1, 2, None, None, [], 0, reason="malformed", message="no")
    schema = DOCUMENT["components"]["messages"]["DeadLetter"]["headers"]["schema"]
    headers = {name: value.decode() for name, value in letter.headers}
    Draft202012Validator(schema).validate(headers)
    assert set(headers) == set(schema["properties"])


@pytest.mark.parametrize(
    ("key", "valid"),
    [
        ("demo/AAPL/1d", True),
        ("demo/BRK.B/15m", True),
        ("demo/AAPL", False),
        ("demo/A/B/1d", False),
        ("demo/AAPL/0d", False),
        ("Demo/AAPL/1d", False),
    ],
)
def test_the_pattern_of_series_keys_is_that_of_the_code(key: str, valid: bool) -> None:
    pattern = KEY_PATTERNS[SERIES_KEY]
    assert bool(re.fullmatch(pattern, key)) == valid
    if valid:
        assert Series.parse(key).key == key
    else:
        with pytest.raises(ValueError, match="is not a series"):
            Series.parse(key)
    binding = DOCUMENT["components"]["messages"][BarClosed.__name__]["bindings"]["kafka"]
    assert binding["key"]["pattern"] == pattern


@pytest.mark.parametrize(
    ("key", "valid"),
    [("demo/BRK.B", True), ("demo/AAPL/1d", False), ("demo", False), ("Demo/AAPL", False)],
)
def test_the_pattern_of_instruments_keys_is_that_of_the_code(key: str, valid: bool) -> None:
    messages = DOCUMENT["components"]["messages"]
    for event in (*ACTIONS.events, *INSTRUMENTS.events):
        pattern = messages[event.__name__]["bindings"]["kafka"]["key"]["pattern"]
        assert bool(re.fullmatch(pattern, key)) == valid
    if valid:
        assert Instrument(*key.split("/")).key == key


@pytest.mark.parametrize("topic", [BARS, ACTIONS, INSTRUMENTS], ids=lambda topic: topic.name)
def test_what_others_may_write_is_said(topic: Topic) -> None:
    operation = DOCUMENT["operations"][f"receive.{topic.name}"]
    assert operation["action"] == "receive"
    assert resolve(operation["channel"])["address"] == topic.name
