"""The chains of receipts as they lie there: each hash holds, and names the one before it.

By the bytes alone: whoever has the records and nothing else can check as much.
"""

from __future__ import annotations

import msgspec

from processors.evaluation.receipts.heads import Item
from schemas.events.signals import FIRST_IN_CHAIN, signal_hash
from schemas.series import Series


class _Receipt(msgspec.Struct, gc=False):
    previous: str
    hash: str


class _Signal(msgspec.Struct, gc=False):
    receipt: _Receipt


_decode = msgspec.json.Decoder(_Signal).decode


class Chains:
    """The last hash of each deployment and series. whole: whether they are seen from their first
    signal on; else what comes first is believed."""

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole
        self._heads: dict[tuple[str, Series], str] = {}

    def broken(self, item: Item) -> str | None:
        """What is wrong with the next signal of its chain, in words; None where nothing is."""
        _, value, _ = item.content
        assert value is not None, "it has a head"
        chain = (item.head.deployment_id, item.head.series)
        try:
            receipt = _decode(value).receipt
        except (msgspec.MsgspecError, ValueError):
            return "it has no receipt"
        before = self._heads.get(chain, FIRST_IN_CHAIN if self._whole else receipt.previous)
        self._heads[chain] = receipt.hash
        if signal_hash(value) != receipt.hash:
            return "its hash is not that of its bytes"
        if receipt.previous != before:
            return "it does not name the signal before it: one was changed, left out or put in"
        return None
