"""Turns and the pieces of their replies → the row of `chat_turns`."""

from __future__ import annotations

from typing import NamedTuple

from processors.projections.core.fold import RowFold
from schemas.events.base import Event
from schemas.events.chat import (
    ReplyCompleted,
    ReplyDelta,
    ReplyFailed,
    ReplyStarted,
    TurnPosted,
)

WAITING, WRITING, COMPLETED, FAILED = "waiting", "writing", "completed", "failed"
FINAL = (COMPLETED, FAILED)


class TurnRow(NamedTuple):
    """A turn and its reply, as far as it is written; posted_offset: on the chat topic."""

    conversation_id: str
    turn_id: str
    posted_offset: int
    author: str
    text: str
    reply: str = ""
    reply_state: str = WAITING
    attempt: int = 0
    model: str | None = None
    reason: str | None = None
    remedy: str | None = None


Key = tuple[str, str]
Reply = ReplyStarted | ReplyDelta | ReplyCompleted | ReplyFailed


def key_of(event: Event) -> Key:
    """The key of the row that an event changes."""
    assert isinstance(event, TurnPosted | Reply)
    return event.conversation_id, event.turn_id


def advance(row: TurnRow | None, event: Event, offset: int) -> TurnRow | None:
    """The row after an event at that offset; None while there is none.

    A turn is posted once. Of its replies the newest attempt counts until one is final; what an
    attempt writes after a newer one began is ignored.
    """
    if isinstance(event, TurnPosted):
        return row or TurnRow(
            conversation_id=event.conversation_id,
            turn_id=event.turn_id,
            posted_offset=offset,
            author=event.author,
            text=event.text,
        )
    assert isinstance(event, Reply)
    if row is None or row.reply_state in FINAL or event.attempt < row.attempt:
        return row
    return replied(row, event)


def replied(row: TurnRow, event: Reply) -> TurnRow:
    """The row after an event of an attempt that counts."""
    match event:
        case ReplyStarted():
            return row._replace(
                reply="", reply_state=WRITING, attempt=event.attempt, model=event.model
            )
        case ReplyDelta():
            known = row.reply_state == WRITING and event.attempt == row.attempt
            return row._replace(reply=row.reply + event.text) if known else row
        case ReplyCompleted():
            return row._replace(
                reply=event.text,
                reply_state=COMPLETED,
                attempt=event.attempt,
                model=event.model,
            )
        case ReplyFailed():
            return row._replace(
                reply_state=FAILED,
                attempt=event.attempt,
                reason=event.reason,
                remedy=event.remedy,
            )


FOLD = RowFold(TurnRow._make, key_of, advance)
