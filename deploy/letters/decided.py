"""The topic of decisions about dead letters: read to its end, and written to."""

from __future__ import annotations

import getpass
import time
from types import TracebackType
from typing import Self

from schemas.events.dead_letters import DeadLetterEvent, DeadLetterRetried
from streams.catalog import LETTER_DECISIONS
from streams.codec import encode
from streams.decisions import Decision, Decisions
from streams.letters import Address
from streams.producer import Publisher
from streams.reader import LogReader, partitions_of
from streams.settings import Settings

SOURCE = "/peripheral/dlq"


class DecisionLog:
    """`known` is what was decided as of the last `read`."""

    def __init__(self, settings: Settings, publisher: Publisher) -> None:
        self.known = Decisions()
        self._publisher = publisher
        tps = partitions_of(LETTER_DECISIONS.name, settings.kafka.partitions)
        self._reader = LogReader(settings, dict.fromkeys(tps, 0))

    async def __aenter__(self) -> Self:
        await self._reader.start()
        await self.read()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        await self._reader.stop()

    async def read(self) -> None:
        """Take in what was decided since, by whomever."""
        async for batches in self._reader.to_end():
            for record in (record for records in batches.values() for record in records):
                self.known.apply(record)

    async def write(self, event: DeadLetterEvent) -> None:
        """Put one on the log, acknowledged; decisions about a letter lie on one partition."""
        outgoing = encode(
            event,
            key=event.letter,
            event_id=f"{event.letter}/{type(event).__name__}/{event.decided_ts}",
            source=SOURCE,
            ts_us=event.decided_ts,
        )
        partition = Address.parse(event.letter).partition
        await self._publisher.publish(LETTER_DECISIONS.name, outgoing, partition)


def already(first: Decision) -> str:
    """Why no more can be decided about a letter."""
    did = "sent it again" if isinstance(first, DeadLetterRetried) else "dropped it"
    return f"{first.decided_by} has {did} already"


def now_us() -> int:
    """The clock, UTC microseconds since 1970."""
    return time.time_ns() // 1000


def who() -> str:
    """The login name of whoever runs the command; a container's user may have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
