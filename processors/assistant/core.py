"""A conversation's events → what is to be done about its next unanswered turn. Pure.

Turns are answered one after the other, so that each reply knows the ones before. An attempt holds
a lease, renewed by each of its records; when it has run out its worker counts as dead, and the
next attempt is due. What is due is said again and again until the log shows that it was done: the
agent knows what it is doing already.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from schemas.events.chat import (
    ReplyCompleted,
    ReplyDelta,
    ReplyFailed,
    ReplyStarted,
    TurnPosted,
)

ATTEMPTS_MAX = 3
HISTORY_TURNS_MAX = 20
HISTORY_CHARS_MAX = 48_000


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed and nothing else happened."""


ChatEvent = TurnPosted | ReplyStarted | ReplyDelta | ReplyCompleted | ReplyFailed


@dataclass(frozen=True, slots=True)
class Exchange:
    """A turn and the reply to it."""

    text: str
    reply: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A turn without its reply. attempt: 0 before the first; its lease ends at lease_end_ms."""

    turn_id: str
    author: str
    text: str
    attempt: int = 0
    lease_s: float = 0.0
    lease_end_ms: int = 0


@dataclass(frozen=True, slots=True)
class Conversation:
    """The last exchanges, and the turns that wait, in order."""

    history: tuple[Exchange, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    settled: frozenset[str] = frozenset()
    """Ids of the turns that were answered or failed: posted again, such a turn is not new."""


@dataclass(frozen=True, slots=True)
class StartReply:
    """Begin this attempt at answering `text`."""

    turn_id: str
    author: str
    attempt: int
    text: str
    history: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class GiveUp:
    """So many attempts died that no more is made."""

    turn_id: str
    author: str
    attempt: int


Action = StartReply | GiveUp | None


def advance(
    state: Conversation, event: ChatEvent | Tick, at_ms: int
) -> tuple[Conversation, Action]:
    """The conversation after the event, and what is due then.

    at_ms: when the record was read, or the time of the tick, by one clock that never jumps.
    """
    state = fold(state, event, at_ms)
    return state, due(state, at_ms)


def fold(state: Conversation, event: ChatEvent | Tick, at_ms: int) -> Conversation:
    match event:
        case TurnPosted():
            return posted(state, event)
        case ReplyStarted():
            return started(state, event, at_ms)
        case ReplyDelta():
            return renewed(state, event, at_ms)
        case ReplyCompleted() | ReplyFailed():
            return settled(state, event)
        case Tick():
            return state


def posted(state: Conversation, event: TurnPosted) -> Conversation:
    if event.turn_id in state.settled or find(state, event.turn_id) is not None:
        return state
    return replace(
        state, waiting=(*state.waiting, Waiting(event.turn_id, event.author, event.text))
    )


def started(state: Conversation, event: ReplyStarted, at_ms: int) -> Conversation:
    turn = find(state, event.turn_id)
    if turn is None or event.attempt < turn.attempt:
        return state
    return update(
        state,
        replace(
            turn,
            attempt=event.attempt,
            lease_s=event.lease_s,
            lease_end_ms=at_ms + round(event.lease_s * 1000),
        ),
    )


def renewed(state: Conversation, event: ReplyDelta, at_ms: int) -> Conversation:
    turn = find(state, event.turn_id)
    if turn is None or event.attempt != turn.attempt:
        return state
    return update(state, replace(turn, lease_end_ms=at_ms + round(turn.lease_s * 1000)))


def settled(state: Conversation, event: ReplyCompleted | ReplyFailed) -> Conversation:
    """A reply, or its failure, of the turn's latest attempt ends its waiting."""
    turn = find(state, event.turn_id)
    if turn is None or event.attempt < turn.attempt:
        return state
    history = state.history
    if isinstance(event, ReplyCompleted):
        history = bounded((*history, Exchange(turn.text, event.text)))
    waiting = tuple(other for other in state.waiting if other.turn_id != event.turn_id)
    return Conversation(history, waiting, state.settled | {event.turn_id})


def bounded(history: tuple[Exchange, ...]) -> tuple[Exchange, ...]:
    """The newest exchanges that a model is sent."""
    kept: list[Exchange] = []
    chars = 0
    for exchange in reversed(history[-HISTORY_TURNS_MAX:]):
        chars += len(exchange.text) + len(exchange.reply)
        if chars > HISTORY_CHARS_MAX:
            break
        kept.insert(0, exchange)
    return tuple(kept)


def due(state: Conversation, at_ms: int) -> Action:
    """What the first waiting turn needs now."""
    if not state.waiting:
        return None
    turn = state.waiting[0]
    if turn.attempt and at_ms < turn.lease_end_ms:
        return None
    if turn.attempt >= ATTEMPTS_MAX:
        return GiveUp(turn.turn_id, turn.author, turn.attempt)
    return StartReply(turn.turn_id, turn.author, turn.attempt + 1, turn.text, state.history)


def find(state: Conversation, turn_id: str) -> Waiting | None:
    return next((turn for turn in state.waiting if turn.turn_id == turn_id), None)


def update(state: Conversation, turn: Waiting) -> Conversation:
    waiting = tuple(turn if other.turn_id == turn.turn_id else other for other in state.waiting)
    return replace(state, waiting=waiting)
