"""A moment of the log: a time, or a record that had just been written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from deploy.errors import UserError
from streams.catalog import BARS, BY_NAME

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLACE = re.compile(
    r"(?:(?P<topic>[a-z.]+\.v[0-9]+)/)?(?:(?P<partition>[0-9]{1,4})/)?(?P<offset>[0-9]{1,18})"
)
WORDS = (
    "write a time, as 2024-03-01 or 2024-03-01T14:30:00Z, or a record, as 3/1200 (partition and "
    "offset of a bar) or strategies.edits.v1/0/7"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A record's."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


def parse_moment(text: str, partitions: int) -> datetime | Place:
    """A time in UTC, or a record of a log of so many partitions. Raises `UserError`."""
    found = PLACE.fullmatch(text)
    if found is None:
        return parse_time(text)
    topic = found["topic"] or BARS.name
    if topic not in BY_NAME:
        raise UserError(f"There is no topic {topic}: `peripheral topics` lists them.")
    if found["partition"] is None and partitions > 1:
        raise UserError(
            f"Offset {text} is one of {partitions} partitions: name it, as 0/{text}, or write a "
            "time."
        )
    partition = int(found["partition"] or 0)
    if partition >= partitions:
        raise UserError(f"There is no partition {partition}: the last one is {partitions - 1}.")
    return Place(topic, partition, int(found["offset"]))


def parse_time(text: str) -> datetime:
    """In UTC, which it is in where it has no offset; a date is its midnight."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UserError(f"{text!r} is no moment: {WORDS}.") from None
