"""The whole catalog as an AsyncAPI 3.0 document: the contract with Kafka-native services.

Consumes the catalog, the events' schemas and the settings of the log; produces one dict
that holds everything it refers to, equal each time.
"""

from __future__ import annotations

from typing import Any

from schemas.events.base import DerivedEvent, Event
from schemas.events.dead_letters import DeadLetter
from schemas.export import inlined, json_schema, schema_name
from schemas.series import FEED_PATTERN, INTERVAL_PATTERN, SYMBOL_PATTERN
from streams.catalog import (
    ACTIONS,
    BARS,
    DEAD_LETTER_TOPICS,
    DLQ_SUFFIX,
    EVENT_TOPICS,
    INSTRUMENT_KEY,
    INSTRUMENTS,
    RESEARCH_BATCH,
    RESEARCH_REQUESTS,
    RESEARCH_RESULTS,
    SERIES_KEY,
    STANDING,
    UNIVERSES,
    Topic,
)
from streams.codec import NAME_SEALED_BY, SEALED_BY
from streams.settings import KafkaSettings
from streams.topics import MESSAGE_BYTES_MAX

Document = dict[str, Any]

SCHEMA_FORMAT = "application/schema+json;version=2020-12"
BINDING_VERSION = "0.5.0"
TRACEPARENT_PATTERN = "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"
KEY_PATTERNS = {
    SERIES_KEY: "/".join(
        [FEED_PATTERN.rstrip("$"), SYMBOL_PATTERN.strip("^$"), INTERVAL_PATTERN.lstrip("^")]
    ),
    INSTRUMENT_KEY: "/".join([FEED_PATTERN.rstrip("$"), SYMBOL_PATTERN.lstrip("^")]),
}
"""Of keys that are made of names."""
TAKEN_IN = {
    BARS: "bars",
    ACTIONS: "splits and dividends",
    INSTRUMENTS: "instruments",
    UNIVERSES: "universes",
    STANDING: "standing screens",
}
"""What other services may write, by topic."""

RULES = """\
The truth of Peripheral is this log. What holds for all of its channels:

- **Keys and partitions.** Every topic has the same number of partitions, set once. A
  record's partition is `(murmur2(key) & 0x7fffffff) % partitions`, as Kafka's own clients
  compute it, unless its channel says otherwise. librdkafka's default differs: set
  `partitioner=murmur2_random`. A bar on another partition is dead-lettered
  (`wrong_partition`).
- **Order.** Records of one key are in order; across keys there is none.
- **Repeats.** A derived channel may hold a record again, byte for byte the same, after a
  worker has restarted. Each of its records carries `(source_offset, seq)`, which rises
  within a partition: keep the highest pair seen per partition, together with your own
  results, and drop what is not above it.
- **Headers.** CloudEvents 1.0, Kafka binding, binary mode: attributes in `ce_` headers, the
  event as JSON in the value. A W3C `traceparent` may be there.
- **Sealed values.** What people wrote is encrypted under a key of theirs, which the header
  `sealed_by` names: AES-SIV (RFC 5297), with the header's bytes and then the record's key as
  associated data. The keys are on `people.keys.v1`; a record whose key is not there was erased
  with its author, so pass over it, and delete your copies (`people.erasures.v1`). Of a
  deployment only the author's name is sealed, in hexadecimal digits: `author_sealed_by`.
- **Change.** Ignore fields that you do not know. A change that an old consumer could not
  read gets a new version: another type, and another topic where needed.
- **Dead letters.** A record that cannot be used goes to `<topic>.dlq` as it came, with the
  reason in `dlq_` headers, and the next one is processed.
"""


def asyncapi_document(kafka: KafkaSettings | None = None) -> Document:
    """The document, with the partitions and replicas that the log was made with."""
    log = kafka or KafkaSettings()
    events = sorted({event for topic in EVENT_TOPICS for event in topic.events}, key=schema_name)
    return {
        "asyncapi": "3.0.0",
        "id": "urn:peripheral:log",
        "info": {
            "title": "Peripheral's log",
            "version": "1.0.0",
            "description": RULES,
            "license": {
                "name": "Apache-2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
        },
        "defaultContentType": "application/json",
        "servers": {"log": _server()},
        "channels": {
            topic.name: _channel(topic, log) for topic in (*EVENT_TOPICS, *DEAD_LETTER_TOPICS)
        },
        "operations": _operations(),
        "components": {
            "schemas": {schema_name(event): _payload(event) for event in events},
            "messages": {
                **{event.__name__: _message(event) for event in events},
                DeadLetter.__name__: _dead_letter(),
            },
        },
    }


def _server() -> Document:
    return {
        "host": "{bootstrap_servers}",
        "protocol": "kafka",
        "description": "The cluster that PERIPHERAL_KAFKA__BOOTSTRAP_SERVERS names.",
        "variables": {
            "bootstrap_servers": {
                "default": f"127.0.0.1:{KafkaSettings().embedded_port}",
                "description": "host:port of one broker or more, separated by commas",
            }
        },
    }


def _channel(topic: Topic, log: KafkaSettings) -> Document:
    binding = {
        "topic": topic.name,
        "partitions": log.partitions,
        "replicas": log.replication_factor,
        "topicConfiguration": {
            "cleanup.policy": [topic.config["cleanup.policy"]],
            "retention.ms": topic.retention_ms,
            "max.message.bytes": MESSAGE_BYTES_MAX,
        },
        "bindingVersion": BINDING_VERSION,
    }
    found: Document = {
        "address": topic.name,
        "title": topic.title,
        "description": _words(topic),
        "servers": [{"$ref": "#/servers/log"}],
        "messages": {
            event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}
            for event in topic.events
        },
        "bindings": {"kafka": binding},
        "x-key": topic.key,
    }
    if topic.derived_from is not None:
        found["x-derived-from"] = topic.derived_from
        found["x-high-water-mark"] = list(DerivedEvent.model_fields)
    if topic.has_dead_letters:
        found["x-dead-letters"] = {"$ref": f"#/channels/{topic.dlq}"}
    return found


def _words(topic: Topic) -> str:
    """What a reader of one channel must know, in sentences."""
    kept = "Kept forever" if topic.retention_ms < 0 else f"Kept for {topic.retention_ms} ms"
    said = f"{topic.title}. Keyed by {topic.key}. {kept}, never compacted."
    if topic.derived_from is not None:
        said += (
            f" Derived from {topic.derived_from}: on the partition of the same number, with "
            "repeats to be dropped by the high-water mark (source_offset, seq)."
        )
    return said


def _operations() -> Document:
    """What Peripheral does, from its own side: it sends to every channel, and takes in what is
    said of the market, and requests."""
    found = {
        f"send.{topic.name}": {
            "action": "send",
            "channel": {"$ref": f"#/channels/{topic.name}"},
            "summary": f"Peripheral writes: {topic.title}",
        }
        for topic in (*EVENT_TOPICS, *DEAD_LETTER_TOPICS)
    }
    for topic, what in TAKEN_IN.items():
        found[f"receive.{topic.name}"] = {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{topic.name}"},
            "summary": f"Peripheral takes in {what} that other services write",
            "description": (
                "Strategies and chat turns are written through the REST API, which answers with "
                "what became of them."
            ),
        }
    for topic in (RESEARCH_REQUESTS, RESEARCH_BATCH):
        found[f"receive.{topic.name}"] = {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{topic.name}"},
            "summary": "Peripheral takes in requests that other services write",
            "description": f"What becomes of a request is on {RESEARCH_RESULTS.name}, by its key.",
        }
    return found


def _payload(event: type[Event]) -> Document:
    return {"schemaFormat": SCHEMA_FORMAT, "schema": inlined(json_schema(event))}


def _message(event: type[Event]) -> Document:
    summary = json_schema(event)["description"].split("\n\n")[0]
    return {
        "name": event.event_type(),
        "title": event.__name__,
        "summary": summary,
        "contentType": "application/json",
        "headers": {"schemaFormat": SCHEMA_FORMAT, "schema": event_headers_schema(event)},
        "payload": {"$ref": f"#/components/schemas/{schema_name(event)}"},
        "bindings": {"kafka": {"key": _key(event), "bindingVersion": BINDING_VERSION}},
    }


def _key(event: type[Event]) -> Document:
    topic = next(topic for topic in EVENT_TOPICS if event in topic.events)
    key = {"type": "string", "description": topic.key}
    pattern = KEY_PATTERNS.get(topic.key)
    return key if pattern is None else {**key, "pattern": pattern}


def event_headers_schema(event: type[Event]) -> Document:
    """The headers of one event's records as a JSON Schema, each header's bytes read as UTF-8.

    CloudEvents 1.0.2 and its Kafka binding §3.2; W3C Trace Context §3.2.
    """
    text = {"type": "string", "minLength": 1}
    return {
        "type": "object",
        "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": {**text, "description": "Unique together with ce_source."},
            "ce_source": {
                **text,
                "format": "uri-reference",
                "description": "The process or the input that made the event.",
            },
            "ce_type": {"const": event.event_type()},
            "ce_time": {
                **text,
                "format": "date-time",
                "description": "When it happened in the event's own time, RFC 3339 in UTC.",
            },
            "content-type": {"const": "application/json"},
            "traceparent": {"type": "string", "pattern": TRACEPARENT_PATTERN},
            SEALED_BY: {**text, "description": "The id of the key that the value is sealed under."},
            NAME_SEALED_BY: {**text, "description": "The same of the author's name alone."},
        },
    }


def _dead_letter() -> Document:
    fields = json_schema(DeadLetter)["properties"]
    headers = {
        name: {"type": "string", "description": schema.get("description", "Of the original.")}
        for name, schema in fields.items()
    }
    return {
        "name": DeadLetter.event_type(),
        "title": DeadLetter.__name__,
        "summary": f"A record of the topic without {DLQ_SUFFIX}, as it came, key and value alike",
        "headers": {
            "schemaFormat": SCHEMA_FORMAT,
            "schema": {"type": "object", "required": list(headers), "properties": headers},
        },
        "payload": {"schemaFormat": SCHEMA_FORMAT, "schema": {}},
    }
