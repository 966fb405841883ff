"""Signals, each with the receipt by which anybody can compute it again."""

from __future__ import annotations

import hashlib
import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.events.base import DerivedEvent, Id, SeriesEvent
from schemas.events.strategies import Params

Action = Literal["enter_long", "enter_short", "exit"]
ACTIONS: tuple[Action, ...] = ("enter_long", "enter_short", "exit")


class Receipt(BaseModel):
    """What a signal was computed from; a chain by hash per deployment and series."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    topic: str
    partition: int
    offset: int
    wasm_sha256: str
    library_version: str
    params: Params
    active_from_offset: int
    """Offset of the bar partition from which the deployment is active."""
    previous: str
    """Hash of the receipt before it in the chain; 64 zeros for the first."""
    hash: str
    """SHA-256 over the signal's canonical JSON with `hash` empty; see signal_hash."""


FIRST_IN_CHAIN = "0" * 64


class SignalEmitted(SeriesEvent, DerivedEvent):
    """A deployed strategy wants to enter or to exit at this bar."""

    deployment_id: Id
    strategy_id: Id
    version: int = Field(ge=1)
    action: Action
    price: float
    """The bar's close."""
    size: float | None
    score: float | None
    plots: dict[str, float | None]
    receipt: Receipt


def signal_hash(signal: SignalEmitted) -> str:
    """SHA-256 of the signal's JSON with `receipt.hash` empty: keys sorted, no white space, numbers
    in their shortest form that reads back the same."""
    fields = signal.model_dump(mode="json")
    fields["receipt"]["hash"] = ""
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def sealed(signal: SignalEmitted) -> SignalEmitted:
    """The signal with its receipt's hash filled in."""
    receipt = signal.receipt.model_copy(update={"hash": signal_hash(signal)})
    return signal.model_copy(update={"receipt": receipt})
