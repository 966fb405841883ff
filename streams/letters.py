"""Dead letters as data: where one lies, where it came from, and the record that it can be again.

Consumes records of `.dlq` topics; produces letters, and records for the topics they came from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple, Self

from streams.admission import place_of
from streams.catalog import EVENT_TOPICS, Topic
from streams.codec import (
    DEAD_LETTER_PART_BYTES_MAX,
    DEAD_LETTER_PREFIX,
    Outgoing,
    RecordError,
    decode,
    header,
)
from streams.producer import Position
from streams.records import Record

RETRY_OF = "ce_retryof"
"""The header of a record that was sent again, with its letter's address: a CloudEvents extension,
and what tells after a crash that it was sent."""

TOPICS = {topic.dlq: topic for topic in EVENT_TOPICS if topic.has_dead_letters}
"""Whose records could not be used, by the name of the topic of letters."""

UNKNOWN = "unknown"
"""The reason of a record on a `.dlq` topic that says none: no worker of ours wrote it."""

_ADDRESS = re.compile(r"([^/\s]+)/([0-9]{1,9})/([0-9]{1,18})")


class Address(NamedTuple):
    """Where a letter lies: `<topic>.dlq/<partition>/<offset>`."""

    dlq: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.dlq}/{self.partition}/{self.offset}"

    @property
    def topic(self) -> Topic:
        """The topic that the letter's record was on."""
        return TOPICS[self.dlq]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError with a sentence that says how it is written."""
        found = _ADDRESS.fullmatch(text)
        if found is None or found[1] not in TOPICS:
            raise ValueError(
                f"{text[:200]!r} is no dead letter's address: write TOPIC.dlq/PARTITION/OFFSET, as "
                "market.bars.v1.dlq/0/17"
            )
        return cls(found[1], int(found[2]), int(found[3]))


@dataclass(frozen=True, slots=True)
class Letter:
    """A record that could not be used. origin: where it came; None where no header says so."""

    address: Address
    record: Record
    origin: Position | None
    reason: str
    message: str

    @property
    def whole(self) -> bool:
        """Whether all of the original's key and value is in it."""
        return self.key_whole and len(self.record.value or b"") < DEAD_LETTER_PART_BYTES_MAX

    @property
    def key_whole(self) -> bool:
        return len(self.record.key or b"") < DEAD_LETTER_PART_BYTES_MAX

    @property
    def retry_of(self) -> str | None:
        """The letter that had been sent again as the record that this one is about."""
        found = header(self.record.headers, RETRY_OF)
        return None if found is None else text_of(found)

    def is_of(self, record: Record) -> bool:
        """Whether the record is the original: a topic that was made anew holds others there."""
        return (
            record.timestamp == self.record.timestamp
            and _kept(record.key) == self.record.key
            and self.has(record.value)
        )

    def has(self, value: bytes | None) -> bool:
        """Whether the value is the original's, as far as the letter has room for it."""
        return _kept(value) == self.record.value


def _kept(part: bytes | None) -> bytes | None:
    return part and part[:DEAD_LETTER_PART_BYTES_MAX]


def letter_of(record: Record) -> Letter:
    """A record of a `.dlq` topic as a letter, whoever wrote it."""

    def said(name: str) -> str | None:
        found = header(record.headers, DEAD_LETTER_PREFIX + name)
        return None if found is None else text_of(found)

    origin = None
    partition, offset = said("partition") or "", said("offset") or ""
    if said("topic") == TOPICS[record.topic].name and _is_number(partition) and _is_number(offset):
        origin = Position(TOPICS[record.topic].name, int(partition), int(offset))
    return Letter(
        Address(record.topic, record.partition, record.offset),
        record,
        origin,
        said("reason") or UNKNOWN,
        said("message") or "no header says what is wrong",
    )


def _is_number(text: str) -> bool:
    return re.fullmatch("[0-9]{1,18}", text) is not None


def text_of(raw: bytes) -> str:
    """Bytes as text; what is not UTF-8 as `\\xff`."""
    return raw.decode(errors="backslashreplace")


class Repeats:
    """Tells the letters that a restarted worker wrote again.

    Each worker writes its letters in the order of the originals, and each reason is one worker's.
    A repeat is as old as its first; what lies below and is newer is of a topic made anew.
    """

    def __init__(self) -> None:
        self._marks: dict[tuple[str, int, str], tuple[int, int]] = {}

    def has(self, letter: Letter) -> bool:
        """Whether the letter came before; letters are shown in the order of the log."""
        if letter.origin is None:
            return False
        name = (letter.address.dlq, letter.address.partition, letter.reason)
        offset, timestamp = letter.origin.offset, letter.record.timestamp
        highest, newest = self._marks.get(name, (-1, -1))
        if offset <= highest and timestamp <= newest:
            return True
        self._marks[name] = (offset, max(timestamp, newest))
        return False


def sent_again(letter: Letter, original: Record, mended: bytes | None = None) -> Outgoing:
    """The record to be written: as the original came, or with the value `mended`."""
    kept = [
        (name, value)
        for name, value in original.headers
        if not name.startswith(DEAD_LETTER_PREFIX) and name != RETRY_OF
    ]
    value = original.value if mended is None else mended
    return Outgoing(original.key, value, [*kept, (RETRY_OF, str(letter.address).encode())])


def place_again(outgoing: Outgoing, topic: Topic, partitions: int) -> tuple[int, str | None]:
    """The partition to write a record to, and the person whose it is. Raises RecordError where it
    would come back at once."""
    event = decode(outgoing.value, outgoing.headers, topic.events)
    right = place_of(event, outgoing.key, partitions)
    if right >= partitions:
        raise RecordError("malformed", f"partition {right} is none of {partitions}")
    return right, event.person
