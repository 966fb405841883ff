"""One attempt at a reply: the model's pieces → records, joined to at most ten a second."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress

from processors.assistant.core import Exchange, StartReply
from processors.assistant.model import Message, ModelError, stream_answer
from schemas.events.base import Event
from schemas.events.chat import ReplyCompleted, ReplyDelta, ReplyFailed, ReplyStarted
from streams.settings import AssistantSettings

DELTA_INTERVAL_S = 0.1
REPLY_CHARS_MAX = 200_000

INSTRUCTIONS = (
    "You are the assistant of Peripheral, a platform for trading research: market data, "
    "indicators, and strategies written in a small typed subset of Python that run live and in "
    "backtests alike. Answer briefly and precisely. You can't look at the user's data or "
    "strategies, nor act; say so when it matters. You give no investment advice."
)

Emit = Callable[[Event, str], Awaitable[None]]
"""Puts an event of the conversation on the log; the string makes its id unique in the turn."""


def messages_of(text: str, history: tuple[Exchange, ...]) -> list[Message]:
    """What the model is sent: instructions, the exchanges before, the turn."""
    messages = [{"role": "system", "content": INSTRUCTIONS}]
    for exchange in history:
        messages.append({"role": "user", "content": exchange.text})
        messages.append({"role": "assistant", "content": exchange.reply})
    return [*messages, {"role": "user", "content": text}]


class DeltaWriter:
    """Joins pieces of text into ReplyDelta records, and renews the lease when there are none."""

    def __init__(self, emit: Emit, conversation_id: str, start: StartReply, lease_s: float) -> None:
        self._emit = emit
        self._conversation_id = conversation_id
        self._start = start
        self._renewal_s = lease_s / 3
        self._buffer = ""
        self._index = 0
        self._ended = asyncio.Event()

    def add(self, text: str) -> None:
        self._buffer += text

    def end(self) -> None:
        """Let `run` write what is left and return."""
        self._ended.set()

    async def run(self) -> None:
        clock = asyncio.get_running_loop().time
        written_s = clock()
        while not self._ended.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), DELTA_INTERVAL_S)
            if self._buffer or clock() - written_s >= self._renewal_s:
                await self._write()
                written_s = clock()
        if self._buffer:  # came while the last record was on its way
            await self._write()

    async def _write(self) -> None:
        text, self._buffer = self._buffer, ""
        delta = ReplyDelta(
            conversation_id=self._conversation_id,
            turn_id=self._start.turn_id,
            attempt=self._start.attempt,
            index=self._index,
            text=text,
        )
        self._index += 1
        await self._emit(delta, f"{delta.attempt}/delta/{delta.index}")


async def write_reply(
    settings: AssistantSettings, conversation_id: str, start: StartReply, emit: Emit
) -> None:
    """Make the attempt: ReplyStarted, deltas, and ReplyCompleted or ReplyFailed."""
    assert settings.model is not None, "without a model there is nothing to start"
    name = {"conversation_id": conversation_id, "turn_id": start.turn_id}
    started = ReplyStarted(
        **name, attempt=start.attempt, model=settings.model, lease_s=settings.lease_s
    )
    await emit(started, f"{start.attempt}/started")
    writer = DeltaWriter(emit, conversation_id, start, settings.lease_s)
    writing = asyncio.create_task(writer.run())
    end: ReplyCompleted | ReplyFailed
    try:
        text, prompt_tokens, completion_tokens = await read_answer(settings, start, writer)
        end = ReplyCompleted(
            **name,
            attempt=start.attempt,
            text=text,
            model=settings.model,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
        )
    except ModelError as error:
        end = ReplyFailed(**name, attempt=start.attempt, reason=error.reason, remedy=error.remedy)
    finally:
        writer.end()
        await writing
    await emit(end, f"{start.attempt}/end")


async def read_answer(
    settings: AssistantSettings, start: StartReply, writer: DeltaWriter
) -> tuple[str, int | None, int | None]:
    """The whole text and the counts of tokens; pieces go to the writer. Raises ModelError."""
    text = ""
    counts: tuple[int | None, int | None] = (None, None)
    try:
        async with (
            asyncio.timeout(settings.timeout_s),
            aclosing(stream_answer(settings, messages_of(start.text, start.history))) as pieces,
        ):
            async for piece in pieces:
                writer.add(piece.text)
                text += piece.text
                if piece.prompt_tokens is not None:
                    counts = (piece.prompt_tokens, piece.completion_tokens)
                if len(text) > REPLY_CHARS_MAX:
                    raise ModelError(
                        f"the answer is longer than {REPLY_CHARS_MAX:,} characters",
                        "Ask for a shorter one.",
                    )
    except TimeoutError:
        raise ModelError(
            f"the answer was not whole after {settings.timeout_s:g} s",
            "Ask for a shorter one, or raise PERIPHERAL_ASSISTANT__TIMEOUT_S.",
        ) from None
    if not text:
        raise ModelError("the model answered with nothing", "Post the turn again in other words.")
    return text, *counts
