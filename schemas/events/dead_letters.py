"""Dead letters, records that could not be used, and what people decided about them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.events.base import Event, TimestampUs


class DeadLetter(Event):
    """The headers of a record on a `.dlq` topic; its key and value are the original's bytes."""

    dlq_topic: str
    dlq_partition: int
    dlq_offset: int
    dlq_reason: str
    """The error's class: malformed, key_mismatch, wrong_partition, out_of_order, …"""
    dlq_message: str
    """What is wrong, in a sentence."""


LetterAddress = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9.]{1,200}\.dlq/[0-9]{1,9}/[0-9]{1,19}$",
        description="Where a dead letter lies: `<topic>.dlq/<partition>/<offset>`.",
    ),
]


class DeadLetterEvent(Event):
    """Something that a person did about a dead letter."""

    letter: LetterAddress
    decided_by: str = Field(min_length=1, max_length=200)
    decided_ts: TimestampUs


class DeadLetterRetryStarted(DeadLetterEvent):
    """A dead letter is about to be sent again. Where no decision follows, whoever was at it has
    ended early: the record is there if one from `from_offset` on names the letter in its header
    `ce_retryof`."""

    partition: int = Field(ge=0)
    """Of the letter's topic, without `.dlq`."""
    from_offset: int = Field(ge=0)


class DeadLetterRetried(DeadLetterEvent):
    """A dead letter was sent again, and lies there now. A letter's first decision counts."""

    partition: int = Field(ge=0)
    """Of the letter's topic, without `.dlq`."""
    offset: int = Field(ge=0)
    mended: bool
    """Whether it was sent with another value than it came with."""


class DeadLetterDropped(DeadLetterEvent):
    """A dead letter is not to be used. A letter's first decision counts."""

    why: str = Field(min_length=1, max_length=2_000)
