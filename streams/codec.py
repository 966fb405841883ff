"""Events ⇄ Kafka records: JSON values under CloudEvents headers (Kafka binding, binary mode)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from schemas.events.base import Event
from streams.catalog import EVENT_TYPES

Headers = list[tuple[str, bytes]]

CONTENT_TYPE = b"application/json"
SPEC_VERSION = b"1.0"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to be written. timestamp_ms: None is the time of writing."""

    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int | None = None


class RecordError(ValueError):
    """A record that is no event of ours; `reason` is a dead letter's class."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


def rfc3339(ts_us: int) -> str:
    """UTC microseconds as RFC 3339 §5.6, with `Z`."""
    return (EPOCH + timedelta(microseconds=ts_us)).isoformat().replace("+00:00", "Z")


def event_headers(
    event_type: str, event_id: str, source: str, ts_us: int, traceparent: bytes | None = None
) -> Headers:
    """CloudEvents attributes as `ce_` headers, and W3C traceparent when there is one."""
    headers: Headers = [
        ("ce_specversion", SPEC_VERSION),
        ("ce_id", event_id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", event_type.encode()),
        ("ce_time", rfc3339(ts_us).encode()),
        ("content-type", CONTENT_TYPE),
    ]
    if traceparent is not None:
        headers.append(("traceparent", traceparent))
    return headers


def encode(
    event: Event,
    *,
    key: str,
    event_id: str,
    source: str,
    ts_us: int,
    traceparent: bytes | None = None,
    timestamp_ms: int | None = None,
) -> Outgoing:
    """An event as a record. source: which process or input made it, as a URI reference."""
    return Outgoing(
        key=key.encode(),
        value=event.model_dump_json().encode(),
        headers=event_headers(event.event_type(), event_id, source, ts_us, traceparent),
        timestamp_ms=timestamp_ms,
    )


def header(headers: Sequence[tuple[str, bytes]], name: str) -> bytes | None:
    """The first header of that name."""
    for key, value in headers:
        if key == name:
            return value
    return None


def decode(
    value: bytes | None, headers: Sequence[tuple[str, bytes]], expected: Sequence[type[Event]]
) -> Event:
    """The event of a record whose topic carries `expected`.

    Without a `ce_type` header the topic's only event is assumed, so that a plain producer
    can write bars. Raises RecordError.
    """
    if value is None:
        raise RecordError("malformed", "the record has no value; send the event as JSON")
    kind = header(headers, "ce_type")
    if kind is None and len(expected) == 1:
        model = expected[0]
    else:
        found = EVENT_TYPES.get((kind or b"").decode(errors="replace"))
        if found is None or found not in expected:
            names = ", ".join(event.event_type() for event in expected)
            raise RecordError(
                "unknown_type", f"header ce_type is {kind!r}; this topic carries {names}"
            )
        model = found
    try:
        return model.read(value)
    except ValidationError as error:
        raise RecordError("malformed", sentence(error)) from None


def sentence(error: ValidationError) -> str:
    """A validation error as `field: what is wrong; field: …`."""
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc']) or 'event'}: {item['msg']}"
        for item in error.errors(include_url=False, include_input=False)
    )


def dead_letter(
    topic: str,
    partition: int,
    offset: int,
    key: bytes | None,
    value: bytes | None,
    headers: Sequence[tuple[str, bytes]],
    timestamp_ms: int,
    *,
    reason: str,
    message: str,
) -> Outgoing:
    """A record as it came, with its origin and what is wrong with it in headers."""
    return Outgoing(
        key=key,
        value=value,
        headers=[
            *headers,
            ("dlq_topic", topic.encode()),
            ("dlq_partition", str(partition).encode()),
            ("dlq_offset", str(offset).encode()),
            ("dlq_reason", reason.encode()),
            ("dlq_message", message.encode()),
        ],
        timestamp_ms=timestamp_ms,
    )
