"""Events ⇄ Kafka records: JSON values under CloudEvents headers (Kafka binding, binary mode)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import msgspec
from pydantic import ValidationError

from schemas.events.base import Event
from streams.catalog import EVENT_TYPES

Headers = list[tuple[str, bytes]]

SPEC_VERSION = ("ce_specversion", b"1.0")
CONTENT_TYPE = ("content-type", b"application/json")
SUSPECT = re.compile(rb"\\u0000|\d{19}")
"""What every JSON has that holds a NUL or an integer beyond 64 bits; few others do."""
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SEALED_BY = "sealed_by"
"""The header that names the key which a value is sealed under."""
NAME_SEALED_BY = "author_sealed_by"
"""The header that names the key which only the author's name is sealed under."""
ERASED = "erased"
"""The reason of a record that can't be read since its owner was erased: no dead letter."""

DEAD_LETTER_PREFIX = "dlq_"
DEAD_LETTER_PART_BYTES_MAX = 1024 * 1024
DEAD_LETTER_MESSAGE_CHARS_MAX = 2_000


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """A record to be written. timestamp_ms: None is the time of writing. owner: the person under
    whose key it is sealed when it is written, None for nobody's; name_only: but for the name, it
    is not."""

    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int | None = None
    owner: str | None = None
    name_only: bool = False


class RecordError(ValueError):
    """A record that is no event of ours; `reason` is a dead letter's class."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@lru_cache(maxsize=4096)  # many series have bars of the same time
def rfc3339(ts_us: int) -> str:
    """UTC microseconds as RFC 3339 §5.6, with `Z`."""
    return (EPOCH + timedelta(microseconds=ts_us)).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=1024)  # there are few types and sources
def text_header(name: str, text: str) -> tuple[str, bytes]:
    """A header whose text is that of many records."""
    return (name, text.encode())


@lru_cache(maxsize=4096)  # as above
def time_header(ts_us: int) -> tuple[str, bytes]:
    """When the event was."""
    return ("ce_time", rfc3339(ts_us).encode())


def event_headers(
    event_type: str, event_id: str, source: str, ts_us: int, traceparent: bytes | None = None
) -> Headers:
    """CloudEvents attributes as `ce_` headers, and W3C traceparent when there is one."""
    headers: Headers = [
        SPEC_VERSION,
        ("ce_id", event_id.encode()),
        text_header("ce_source", source),
        text_header("ce_type", event_type),
        time_header(ts_us),
        CONTENT_TYPE,
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
    owner: str | None = None,
) -> Outgoing:
    """An event as a record. source: which process or input made it, as a URI reference. owner: the
    person whom it belongs to, where the event itself does not say."""
    return Outgoing(
        key=key.encode(),
        value=event.model_dump_json().encode(),
        headers=event_headers(event.event_type(), event_id, source, ts_us, traceparent),
        timestamp_ms=timestamp_ms,
        owner=owner or event.person,
        name_only=event.outlives,
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
    if header(headers, SEALED_BY) is not None:
        raise RecordError(ERASED, "the record is sealed, and its key was erased with its owner")
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
        event = model.read(value)
    except ValidationError as error:
        raise RecordError("malformed", sentence(error)) from None
    if SUSPECT.search(value) is not None and not storable(event.model_dump()):
        raise RecordError(
            "malformed", "a text holds NUL (U+0000) or an integer needs more than 64 bits"
        )
    return event


def storable(value: object) -> bool:
    """Whether a decoded value holds nothing that databases or other languages refuse.

    Decided here, record by record: refused by the database, it would depend on where a batch
    was cut which rows are missing.
    """
    match value:
        case str():
            return "\0" not in value
        case int():
            return INT64_MIN <= value <= INT64_MAX
        case dict():
            return all(storable(key) and storable(item) for key, item in value.items())
        case list() | tuple():
            return all(storable(item) for item in value)
        case _:
            return True


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
    """A record as it came, with its origin and what is wrong with it in headers.

    It must fit a request, whatever came: of key, value and headers no more than 1 MiB each is kept
    (the origin says where the whole is). A dead letter that was sent again has a new origin.
    """
    return Outgoing(
        key=key and key[:DEAD_LETTER_PART_BYTES_MAX],
        value=value and value[:DEAD_LETTER_PART_BYTES_MAX],
        headers=[
            *kept_headers(headers),
            ("dlq_topic", topic.encode()),
            ("dlq_partition", str(partition).encode()),
            ("dlq_offset", str(offset).encode()),
            ("dlq_reason", reason.encode()),
            ("dlq_message", message[:DEAD_LETTER_MESSAGE_CHARS_MAX].encode()),
        ],
        timestamp_ms=timestamp_ms,
    )


def kept_headers(headers: Sequence[tuple[str, bytes]]) -> Headers:
    """The headers that a dead letter has room for, without those of an earlier dead letter."""
    kept: Headers = []
    room = DEAD_LETTER_PART_BYTES_MAX
    for name, value in headers:
        room -= len(name.encode()) + len(value or b"")
        if not name.startswith(DEAD_LETTER_PREFIX) and room >= 0:
            kept.append((name, value))
    return kept
