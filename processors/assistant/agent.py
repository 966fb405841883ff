"""Binds the assistant to the log: turns in, replies out, each written by a task of its own."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

from aiokafka import TopicPartition

from processors.assistant.core import (
    Action,
    Conversation,
    GiveUp,
    StartReply,
    Tick,
    advance,
)
from processors.assistant.model import UNCONFIGURED, load
from processors.assistant.reply import write_reply
from schemas.events.base import Event
from schemas.events.chat import ReplyCompleted, ReplyFailed
from streams.admission import ChatEvent, admit
from streams.catalog import CHAT
from streams.clock import now_ms
from streams.codec import RecordError, encode
from streams.producer import Publisher
from streams.reader import LogReader
from streams.records import Record
from streams.settings import Settings

logger = logging.getLogger(__name__)

SOURCE = "/peripheral/processors/assistant"
TICK_S = 0.5
REPLIES_MAX = 8
"""Replies that one worker writes at a time; the other turns wait."""

Turn = tuple[str, str]
"""(conversation id, turn id)."""


class Assistant:
    """A BatchAgent that answers turns.

    Its state is a fold of the topic that it reads and writes; on taking a partition over it reads
    it from the beginning. When a partition goes to another worker, the replies that are being
    written are written to their end: their records keep the lease, and the new owner waits.
    """

    topics = (CHAT.name,)

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._publisher = Publisher(settings, "assistant")
        self._owned: dict[int, dict[str, Conversation]] = {}
        self._next: dict[int, int] = {}
        self._replies: dict[Turn, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(REPLIES_MAX)
        self._ticker: asyncio.Task[None] | None = None
        self._loading: asyncio.Task[Any] | None = None

    async def start(self) -> None:
        await self._publisher.start()
        self._ticker = asyncio.create_task(self._tick_on())
        if self._settings.assistant.model is not None:
            # It takes seconds, which the first turn need not wait for.
            self._loading = asyncio.create_task(load(self._settings.assistant))

    async def stop(self) -> None:
        """End at once; an unfinished reply is attempted again by the partition's next owner."""
        background = (self._ticker, self._loading)
        tasks = [*self._replies.values(), *(task for task in background if task is not None)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._publisher.stop()

    async def position(self, _topic: str, partition: int) -> int:
        if partition not in self._owned:
            await self._rebuild(partition)
        return self._next[partition]

    async def handle(self, _topic: str, partition: int, records: Sequence[Record]) -> None:
        due: dict[str, Action] = {}
        for record in records:
            due.update(self._fold(self._owned[partition], record))
            self._next[partition] = record.offset + 1
        for conversation_id, action in due.items():
            self._do(partition, conversation_id, action)

    async def checkpoint(self) -> dict[tuple[str, int], int]:
        return {(CHAT.name, partition): offset for partition, offset in self._next.items()}

    async def release(self) -> None:
        self._owned.clear()
        self._next.clear()
        for turn in [turn for turn, task in self._replies.items() if task.done()]:
            del self._replies[turn]

    def tick(self, at_ms: int) -> None:
        """Begin what has become due by time alone."""
        for partition, conversations in self._owned.items():
            for conversation_id, state in conversations.items():
                if state.waiting:
                    _, action = advance(state, Tick(), at_ms)
                    self._do(partition, conversation_id, action)

    async def _tick_on(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.tick(now_ms())

    async def _rebuild(self, partition: int) -> None:
        """Fold the partition's records; what is due then is begun by the next tick."""
        tp = TopicPartition(CHAT.name, partition)
        reader = LogReader(self._settings, {tp: 0})
        conversations: dict[str, Conversation] = {}
        await reader.start()
        try:
            async for batches in reader.to_end():
                for record in batches.get(tp, ()):
                    self._fold(conversations, record)
            self._next[partition] = await reader.position(tp)
        finally:
            await reader.stop()
        self._owned[partition] = conversations  # not before, or what was answered looks unanswered

    def _fold(self, conversations: dict[str, Conversation], record: Record) -> dict[str, Action]:
        """Advance the record's conversation; what is due there then."""
        try:
            event = admit(record, CHAT, self._settings.kafka.partitions)
        except RecordError as error:
            # The projections agent writes the dead letter.
            logger.warning("skipped %d/%d: %s", record.partition, record.offset, error.message)
            return {}
        assert isinstance(event, ChatEvent)
        state = conversations.get(event.conversation_id, Conversation())
        state, action = advance(state, event, now_ms())
        conversations[event.conversation_id] = state
        if isinstance(event, ReplyCompleted | ReplyFailed):
            self._replies.pop((event.conversation_id, event.turn_id), None)
        return {event.conversation_id: action}

    def _do(self, partition: int, conversation_id: str, action: Action) -> None:
        """Begin an action, unless it was begun and the log does not show it yet."""
        if action is None or (conversation_id, action.turn_id) in self._replies:
            return
        turn = (conversation_id, action.turn_id)
        task = asyncio.create_task(self._work(partition, conversation_id, action))
        self._replies[turn] = task
        task.add_done_callback(lambda done: self._done(partition, turn, done))

    def _done(self, partition: int, turn: Turn, task: asyncio.Task[None]) -> None:
        """Forget a task whose end the log won't show: at its lease's end another is begun."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger.error("the reply to %s/%s broke off: %r", *turn, error)
        if error is not None or partition not in self._owned:
            self._replies.pop(turn, None)

    async def _work(
        self, partition: int, conversation_id: str, action: StartReply | GiveUp
    ) -> None:
        async def emit(event: Event, name: str) -> None:
            await self._publisher.publish(
                CHAT.name,
                encode(
                    event,
                    key=conversation_id,
                    event_id=f"{conversation_id}/{action.turn_id}/{name}",
                    source=SOURCE,
                    ts_us=time.time_ns() // 1_000,
                    owner=action.author,
                ),
            )

        async with self._slots:
            if partition not in self._owned:
                return
            if isinstance(action, GiveUp):
                await emit(given_up(conversation_id, action), f"{action.attempt}/end")
            elif self._settings.assistant.model is None:
                await emit(unconfigured(conversation_id, action), f"{action.attempt - 1}/end")
            else:
                await write_reply(self._settings.assistant, conversation_id, action, emit)


def given_up(conversation_id: str, action: GiveUp) -> ReplyFailed:
    return ReplyFailed(
        conversation_id=conversation_id,
        turn_id=action.turn_id,
        attempt=action.attempt,
        reason=f"the assistant's process ended {action.attempt} times while it answered",
        remedy="Look at the assistant's log for the cause, then post the turn again.",
    )


def unconfigured(conversation_id: str, action: StartReply) -> ReplyFailed:
    return ReplyFailed(
        conversation_id=conversation_id,
        turn_id=action.turn_id,
        attempt=action.attempt - 1,
        reason=UNCONFIGURED.reason,
        remedy=UNCONFIGURED.remedy,
    )


def make_agent(settings: Settings) -> Assistant:
    """The agent that answers chat turns."""
    return Assistant(settings)
