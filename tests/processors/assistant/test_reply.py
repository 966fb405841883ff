"""The writer of deltas, without a log."""

from __future__ import annotations

import asyncio

from processors.assistant.core import StartReply
from processors.assistant.reply import DeltaWriter
from schemas.events.base import Event
from schemas.events.chat import ReplyDelta


async def test_what_comes_while_the_last_record_is_on_its_way_is_written_too() -> None:
    written: list[str] = []

    async def emit(event: Event, _: str) -> None:
        assert isinstance(event, ReplyDelta)
        written.append(event.text)
        if len(written) == 1:
            writer.add("end")
            writer.end()

    writer = DeltaWriter(emit, "c", StartReply("t", "me", 1, "hello", ()), 15.0)
    writer.add("begin")
    await asyncio.wait_for(writer.run(), 5)
    assert written == ["begin", "end"]
