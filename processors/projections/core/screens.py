"""Standing screens → rows of `standing_screens`; what they pick → rows of `screen_closes`."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from pydantic_core import to_json

from processors.projections.core.fold import RowFold
from processors.projections.core.times import utc
from schemas.events.base import Event
from schemas.events.screens import ScreenClosed, ScreenEvent, ScreenRefused, ScreenRegistered

ACTIVE, ENDED, REFUSED = "active", "ended", "refused"


class StandingRow(NamedTuple):
    """A standing screen; params are JSON. reason, message: why it was refused."""

    screen_id: str
    universe: str
    strategy_id: str
    version: int
    params: str
    top: int
    grace_s: float
    begin_ts: datetime | None
    author: str
    registered_at: datetime
    state: str = ACTIVE
    ended_at: datetime | None = None
    reason: str | None = None
    message: str | None = None


class CloseRow(NamedTuple):
    """What a screen picks at a close; lists are JSON."""

    screen_id: str
    close_at: datetime
    members: int
    symbols: int
    matched: int
    matches: str
    entered: str
    left: str
    missing: str
    wasm_sha256: str
    receipt: str


def standing_key(event: Event) -> tuple[str]:
    """The key of the row that an event changes."""
    assert isinstance(event, ScreenEvent)
    return (event.screen_id,)


def advance_standing(row: StandingRow | None, event: Event, at_ms: int) -> StandingRow | None:
    """The row after an event of that time; the first registration and the first end count."""
    at = utc(at_ms * 1000)
    if isinstance(event, ScreenRegistered):
        return row or _registered(event, at)
    if row is None or row.state != ACTIVE:
        return row
    if isinstance(event, ScreenRefused):
        return row._replace(state=REFUSED, ended_at=at, reason=event.reason, message=event.message)
    return row._replace(state=ENDED, ended_at=at)


def _registered(event: ScreenRegistered, at: datetime) -> StandingRow:
    return StandingRow(
        screen_id=event.screen_id,
        universe=event.universe,
        strategy_id=event.strategy_id,
        version=event.version,
        params=to_json(event.params).decode(),
        top=event.top,
        grace_s=event.grace_s,
        begin_ts=None if event.begin_ts is None else utc(event.begin_ts),
        author=event.author,
        registered_at=at,
    )


def close_row(event: ScreenClosed) -> CloseRow:
    """The row of a close; the first of its key stays."""
    return CloseRow(
        screen_id=event.screen_id,
        close_at=utc(event.close_ts),
        members=event.members,
        symbols=event.symbols,
        matched=event.matched,
        matches=to_json(event.matches).decode(),
        entered=to_json(event.entered).decode(),
        left=to_json(event.left).decode(),
        missing=to_json(event.missing).decode(),
        wasm_sha256=event.wasm_sha256,
        receipt=event.receipt,
    )


STANDING_FOLD = RowFold(StandingRow._make, standing_key, advance_standing, timed=True)
