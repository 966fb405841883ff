"""A conversation with the assistant: turns, and replies as they are written."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.events.base import Event, Id

TEXT_CHARS_MAX = 32_768


class TurnPosted(Event):
    """A person said something."""

    conversation_id: Id
    turn_id: Id
    author: str
    text: Annotated[str, Field(min_length=1, max_length=TEXT_CHARS_MAX)]


class ReplyStarted(Event):
    """An attempt at a reply began; it replaces what earlier attempts wrote."""

    conversation_id: Id
    turn_id: Id
    attempt: int = Field(ge=1)
    model: str
    lease_s: float = Field(gt=0)
    """Without a further record of the attempt for this long, it counts as dead."""


class ReplyDelta(Event):
    """The next piece of a reply's text."""

    conversation_id: Id
    turn_id: Id
    attempt: int = Field(ge=1)
    index: int = Field(ge=0)
    text: str


class ReplyCompleted(Event):
    """A reply is whole."""

    conversation_id: Id
    turn_id: Id
    attempt: int = Field(ge=1)
    text: str
    model: str
    prompt_tokens: int | None
    completion_tokens: int | None


class ReplyFailed(Event):
    """No reply will come for this turn."""

    conversation_id: Id
    turn_id: Id
    attempt: int = Field(ge=0)
    """0 when no attempt was made, as when no model is configured."""
    reason: str
    remedy: str
