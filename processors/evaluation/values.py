"""Intents as they are written: the fast twins of Intent and its Receipt, field by field."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from schemas.events.signals import Action, ExitsFrom, Lifetime, Order, Sizing, Timing, sealed

Plots = dict[str, float | None]


class ReceiptRecord(msgspec.Struct, gc=False):
    """Receipt, with its hash to be filled in."""

    topic: str
    partition: int
    offset: int
    wasm_sha256: str
    library_version: str
    params: dict[str, float]
    active_from_offset: int
    previous: str
    rules: dict[str, float] | UnsetType = UNSET
    hash: str = ""


class SignalRecord(msgspec.Struct, gc=False, kw_only=True, omit_defaults=True):
    """SignalEmitted, or OrderEmitted.

    What has a default is left out where it has that: the receipts of versions that know nothing
    of it stay the same, byte for byte.
    """

    source_offset: int
    seq: int
    feed: str
    symbol: str
    interval: str
    ts: int
    deployment_id: str
    strategy_id: str
    version: int
    action: Action | Order
    price: float
    size: float | None
    score: float | None
    limit: float | None = None
    stop: float | None = None
    exit_limit: float | None = None
    exit_stop: float | None = None
    exit_trail: float | None = None
    sizing: Sizing = "units"
    at: Timing = "open"
    tif: Lifetime = "gtc"
    exits_from: ExitsFrom = "fill"
    plots: Plots
    receipt: ReceiptRecord


encode = msgspec.json.Encoder().encode


def encode_signal(signal: SignalRecord) -> tuple[bytes, str]:
    """The record's value, sealed, and the hash of its receipt."""
    return sealed(encode(signal))
