"""Dead letters: a record that could not be used, as it came, with the reason in its headers."""

from __future__ import annotations

from schemas.events.base import Event


class DeadLetter(Event):
    """The headers of a record on a `.dlq` topic; its key and value are the original's bytes."""

    dlq_topic: str
    dlq_partition: int
    dlq_offset: int
    dlq_reason: str
    """The error's class: malformed, key_mismatch, wrong_partition, out_of_order, …"""
    dlq_message: str
    """What is wrong, in a sentence."""
