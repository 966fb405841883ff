"""What a derived record is about, read from its value at little cost, and its place and bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from schemas.series import Series
from streams.codec import Outgoing
from streams.marks import Mark
from streams.records import Record

Content = tuple[bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]
"""Key, value and headers: the bytes that a replay writes again."""


class Head(msgspec.Struct, gc=False, frozen=True):
    """The fields that signals, orders, alerts and faults have in common."""

    source_offset: int
    seq: int
    feed: str
    symbol: str
    interval: str
    ts: int
    deployment_id: str

    @property
    def mark(self) -> Mark:
        return self.source_offset, self.seq

    @property
    def series(self) -> Series:
        return Series(self.feed, self.symbol, self.interval)


Wanted = Callable[[Head], bool]
"""Whether what is about that is looked at."""

_decode = msgspec.json.Decoder(Head).decode


def head_of(value: bytes | None) -> Head | None:
    """None where the value has not these fields."""
    try:
        return None if value is None else _decode(value)
    except (msgspec.MsgspecError, ValueError):  # the second of what is no UTF-8
        return None


@dataclass(frozen=True, slots=True)
class Item:
    """A record, as the fold writes it or as it lies there. offset: where, if it does."""

    head: Head
    content: Content
    offset: int | None = None


def computed(outgoing: Outgoing) -> Item:
    """What a fold writes."""
    head = head_of(outgoing.value)
    assert head is not None, "the fold writes events of the catalog"
    return Item(head, (outgoing.key, outgoing.value, tuple(outgoing.headers)))


def lying(record: Record, head: Head) -> Item:
    """What lies on the log."""
    return Item(head, (record.key, record.value, tuple(record.headers)), record.offset)
