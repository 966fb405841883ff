"""Signals and orders, each with the receipt by which anybody can compute it again, and alerts."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.events.base import DerivedEvent, Id, SeriesEvent
from schemas.events.fills import FillTerms
from schemas.events.strategies import Params

Action = Literal["enter_long", "enter_short", "exit"]
ACTIONS: tuple[Action, ...] = ("enter_long", "enter_short", "exit")
Order = Literal["order", "protect", "cancel"]
ORDERS: tuple[Order, ...] = ("order", "protect", "cancel")
Sizing = Literal["units", "cash", "percent"]
"""What a size counts: units, the account's currency, percent of the account's equity; of an exit,
percent of the position."""
Timing = Literal["open", "close"]
"""Where in the next bar an order without a price of its own fills."""
Lifetime = Literal["gtc", "day", "bar"]
"""How long an order works: until it is cancelled, in the next bar's UTC day, in the next bar."""
ExitsFrom = Literal["fill", "now"]
"""When exit prices that come with an order begin to work: once it fills, or at once."""
ALERTS_MAX = 64
"""Alerts of one strategy: a bit each."""


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
    rules: FillTerms | None = None
    """How orders fill in the strategy's account: what differs from the defaults; left out where the
    deployment has no rules."""
    hash: str
    """SHA-256 of the record's value with this field empty; the record's last field, so that
    whoever has the bytes can check it."""


FIRST_IN_CHAIN = "0" * 64


class Intent(SeriesEvent, DerivedEvent):
    """What a deployed strategy wants to do at this bar.

    Prices are in the quote currency. Fields with a default are left out where they have it.
    """

    deployment_id: Id
    strategy_id: Id
    version: int = Field(ge=1)
    action: str
    price: float
    """The bar's close."""
    size: float | None
    score: float | None
    limit: float | None = None
    """Fill at this price or a better one only."""
    stop: float | None = None
    """Wait until the price has come to this one."""
    exit_limit: float | None = None
    """While there is a position: leave at this price or a better one."""
    exit_stop: float | None = None
    """While there is a position: leave when the price comes to this one."""
    exit_trail: float | None = None
    """While there is a position: leave when the price turns by so much from its best."""
    sizing: Sizing = "units"
    """What `size` counts: units, money of the account's currency, or percent: of the account's
    equity, or, of an exit, of the position."""
    at: Timing = "open"
    """Where in the next bar it fills, if it has no limit and no stop."""
    tif: Lifetime = "gtc"
    """How long it works: until it is cancelled, in the next bar's UTC day, or in the next bar."""
    exits_from: ExitsFrom = "fill"
    """When the exit prices of an entry or an order begin to work: once it fills, or at once for the
    position that there is, too."""
    plots: dict[str, float | None]
    receipt: Receipt


class SignalEmitted(Intent):
    """A deployed strategy wants to enter or to exit at this bar."""

    action: Action


class OrderEmitted(Intent):
    """A deployed strategy wants more at this bar than to enter or to exit.

    order: its position changed by `size`. protect: the exit prices of its position, in place of
    those that it had. cancel: the order that waits for its price withdrawn.
    """

    action: Order
    size: float | None
    """How much to buy, or, below 0, to sell, by `sizing`; null but for an order."""


class AlertRaised(SeriesEvent, DerivedEvent):
    """A deployed strategy's alert holds at this bar."""

    deployment_id: Id
    strategy_id: Id
    version: int = Field(ge=1)
    alert: int = Field(ge=0, le=ALERTS_MAX - 1)
    """Which of the version's alerts it is."""
    message: str


HASH_END = b'"}}'
"""The hash is the last field of the receipt, which is the last field of the signal."""
HASH_CHARS = 64


def signal_hash(value: bytes) -> str:
    """SHA-256 of a signal's record value as it lies on the log, with `receipt.hash` empty.

    Over bytes and not over fields, so that nobody needs to write numbers the way we do.
    """
    end = len(value) - len(HASH_END)
    return hashlib.sha256(value[: end - HASH_CHARS] + value[end:]).hexdigest()


def sealed(value: bytes) -> tuple[bytes, str]:
    """A signal's value with the empty hash of its receipt filled in, and that hash."""
    assert value.endswith(b'"hash":""}}'), value
    found = hashlib.sha256(value).hexdigest()
    return value[: -len(HASH_END)] + found.encode() + HASH_END, found
