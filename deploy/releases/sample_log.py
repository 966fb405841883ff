"""A log of samples: every event that a release brings or changes, with all its schema allows.

Consumes the release's schemas; produces records for the topics of the catalog, where each can be
used by whoever reads all of them: under its key, behind what it is about, and in rising order.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from schemas.events.base import Event
from schemas.export import Schema, inlined, schema_name
from schemas.relations import related
from schemas.samples import samples
from streams.admission import PartitionEvent, key_of
from streams.catalog import BARS, BY_NAME, DEAD_LETTER_TOPICS, EVENT_TOPICS, LETTER_DECISIONS
from streams.codec import Headers, Outgoing, event_headers
from streams.letters import Address
from streams.producer import partition_of

SOURCE = "/peripheral/samples"
FIRST_TS_US = 1_600_000_000_000_000
DAY_US = 86_400_000_000
SAMPLES_MAX = 100
"""Of an event in a release: times have room for so many."""
RELEASE_STEP = 10_000
"""Between the offsets and epochs of two releases."""

NAMES = (
    *("deployment_id", "strategy_id", "request_id", "screen_id", "universe"),
    *("conversation_id", "turn_id", "edit_id"),
)
"""Fields that tell one from another: a sample's are its own."""

LEADERS = {
    "StrategyDeleted": "StrategyEdited",
    "StrategyUndeployed": "StrategyDeployed",
    "DeploymentRefused": "StrategyDeployed",
    "StrategyDeactivated": "StrategyActivated",
    "ReplyStarted": "TurnPosted",
    "ReplyDelta": "ReplyStarted",
    "ReplyCompleted": "ReplyStarted",
    "ReplyFailed": "ReplyStarted",
    "CancelResearch": "RunBacktest",
    "ResearchProgressed": "ResearchStarted",
    "ResearchCompleted": "ResearchStarted",
    "ResearchFailed": "ResearchStarted",
    "ResearchCancelled": "ResearchStarted",
    "ScreenEnded": "ScreenRegistered",
    "ScreenRefused": "ScreenRegistered",
    "DeadLetterRetried": "DeadLetterRetryStarted",
}
"""What must have happened before an event, or nobody could tell whether it was taken in."""
SHARED = (*NAMES, "attempt", "partition", "epoch", "letter")
"""Fields in which an event and its leader agree."""


@dataclass(frozen=True, slots=True)
class SampleRecord:
    """A record as it lies in a release's file."""

    topic: str
    key: str
    headers: Mapping[str, str]
    value: Any

    @classmethod
    def parse(cls, line: str) -> Self:
        return cls(**json.loads(line))

    def line(self) -> str:
        fields = {name: getattr(self, name) for name in ("topic", "key", "headers", "value")}
        return json.dumps(fields)

    def outgoing(self) -> Outgoing:
        """The record as bytes."""
        value = json.dumps(self.value, ensure_ascii=False, separators=(",", ":")).encode()
        headers: Headers = [(name, text.encode()) for name, text in self.headers.items()]
        return Outgoing(self.key.encode(), value, headers)

    def partition(self, partitions: int) -> int:
        """Where it lies on a log of so many."""
        if "epoch" in self.value:
            return int(self.value["partition"])
        if self.topic == LETTER_DECISIONS.name:
            return Address.parse(self.key).partition
        return partition_of(self.key.encode(), partitions)


CARRIERS = {
    schema_name(event): (topic, event)
    # Reversed, for of several topics that carry an event the first one counts.
    for topic in reversed((*EVENT_TOPICS, LETTER_DECISIONS, BY_NAME[BARS.dlq]))
    for event in reversed(topic.events)
}
"""By the name of an event's schema, where its samples lie, and its class; the last comes first."""


def sample_log(
    number: int, changed: Mapping[str, Schema], known: Mapping[str, Schema]
) -> list[SampleRecord]:
    """The records of release `number`. changed: what it brings; known: all events as of it.

    Raises NoSampleError, and pydantic.ValidationError where today's events can't read a sample.
    """
    order = {name: place for place, name in enumerate(reversed(CARRIERS))}
    rising: Counter[str] = Counter()
    return [
        record
        for name in sorted(changed, key=order.__getitem__)
        for record in _of_event(number, name, known, rising)
    ]


def _of_event(
    number: int, name: str, known: Mapping[str, Schema], rising: Counter[str]
) -> Iterator[SampleRecord]:
    """rising: how many samples each topic has in this release by now."""
    topic, event = CARRIERS[name]
    found = [
        fields
        for sample in samples(inlined(known[name]))
        for fields in related(event.__name__, sample)
    ]
    assert len(found) <= SAMPLES_MAX, f"{name} has {len(found)} samples"
    for place, sample in enumerate(found):
        at = number * RELEASE_STEP + rising[topic.name]
        rising[topic.name] += 1
        placed = _placed(event, sample, number, place, at)
        leaders = list(_led_by(event.__name__, placed, known))
        for led, fields in [*reversed(leaders), (event, placed)]:
            yield _record(led, fields, f"{number}/{event.__name__}/{place}")


def _led_by(
    name: str, follower: Mapping[str, Any], known: Mapping[str, Schema]
) -> Iterator[tuple[type[Event], dict[str, Any]]]:
    """What came before an event, the nearest first, as small as may be."""
    while name in LEADERS:
        name = LEADERS[name]
        schema = next(schema for found, schema in known.items() if found.split(".")[0] == name)
        _, event = CARRIERS[schema["$id"].removeprefix("urn:peripheral:")]
        fields = related(name, samples(inlined(schema))[0])[0]
        agreed = [shared for shared in SHARED if shared in follower and shared in fields]
        fields |= {shared: follower[shared] for shared in agreed}
        yield event, fields
        follower = {**follower, **fields}


def _placed(
    event: type[Event], found: dict[str, Any], number: int, place: int, at: int
) -> dict[str, Any]:
    """A sample under names of its own, and behind all that came before it. at: rises in a topic."""
    mine = f"{event.__name__}.{number}.{place}"
    own: dict[str, Any] = {name: mine for name in NAMES if found.get(name) is not None}
    if {"symbol", "ts"} <= found.keys():
        own["ts"] = FIRST_TS_US + (number * SAMPLES_MAX + place) * DAY_US
    if "source_offset" in found:
        own["source_offset"] = at
    if "epoch" in found:
        own |= {"epoch": at, "partition": place % 2}
    if "letter" in found:
        own["letter"] = f"{BARS.dlq}/{place % 2}/{at}"
    if "attempt" in found:  # not every event says that they count from 1
        own["attempt"] = max(1, found["attempt"])
    if "dlq_topic" in found:
        own |= {"dlq_topic": BARS.name, "dlq_partition": place % 2, "dlq_offset": at}
    return {**found, **own}


def _record(event: type[Event], fields: dict[str, Any], event_id: str) -> SampleRecord:
    topic, _ = CARRIERS[schema_name(event)]
    read = event.read(json.dumps(fields).encode())
    if topic in DEAD_LETTER_TOPICS:
        headers = {name: str(value) for name, value in fields.items()}
        return SampleRecord(topic.name, "demo/A/1d", headers, {"symbol": "A"})
    trace = b"00-" + b"ab" * 16 + b"-" + b"cd" * 8 + b"-01"
    made = event_headers(event.event_type(), event_id, SOURCE, FIRST_TS_US, trace)
    headers = {name: value.decode() for name, value in made}
    return SampleRecord(topic.name, _key(read, fields), headers, fields)


def _key(event: Event, fields: Mapping[str, Any]) -> str:
    if isinstance(event, PartitionEvent):
        return str(fields.get("deployment_id", fields["partition"]))
    return str(fields["letter"]) if "letter" in fields else key_of(event)
