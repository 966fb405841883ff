"""Dead letters → records on their topics again, and events that say so.

A letter is sent in three writes: that it is about to be sent and from which offset on it would be
found, the record, which names the letter in a header, and the decision. Whoever is killed between
them has lost nothing: the next attempt looks for the record before it sends another.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
from aiokafka import TopicPartition
from aiokafka.errors import MessageSizeTooLargeError

from deploy.letters.decided import DecisionLog, already, now_us
from deploy.letters.reading import letters_at
from schemas.events.dead_letters import DeadLetterRetried, DeadLetterRetryStarted
from streams.codec import Outgoing, RecordError, header
from streams.letters import RETRY_OF, Address, Letter, place_again, sent_again
from streams.producer import Position, Publisher
from streams.reader import LogBounds, LogReader, SpotReader
from streams.records import Record
from streams.sealing import as_it_lies
from streams.settings import Settings

CHUNK_LETTERS = 100
"""So many are begun before the first is sent: after a kill as many are looked for."""


class RefusedError(ValueError):
    """Why a letter can't be sent again, and what to do instead."""


class Sent(NamedTuple):
    """Where a letter's record lies now, and whether with another value."""

    position: Position
    mended: bool


@dataclass(slots=True)
class Outcome:
    """What became of the letters. found: sent by an attempt that ended before it said so."""

    sent: dict[Address, Sent] = field(default_factory=dict)
    found: dict[Address, Sent] = field(default_factory=dict)
    failed: dict[Address, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ready:
    """A letter, the record that it becomes, and where that goes."""

    letter: Letter
    outgoing: Outgoing
    tp: TopicPartition


class Retry:
    """Sends letters again, one after the other; `outcome` grows meanwhile.

    by: who has decided it; mended: the value to be sent in place of the letter's.
    """

    def __init__(
        self,
        settings: Settings,
        decisions: DecisionLog,
        publisher: Publisher,
        *,
        by: str,
        mended: bytes | None = None,
        told: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.outcome = Outcome()
        self._settings = settings
        self._decisions = decisions
        self._publisher = publisher
        self._by = by
        self._mended = mended
        self._told = told
        self._spots = SpotReader(settings)

    async def run(self, addresses: Collection[Address]) -> None:
        """Raises KafkaError when the broker goes away: what was not decided yet is to be tried
        again."""
        await self._spots.start()
        try:
            async for letters in chunks(letters_at(self._settings, addresses)):
                await self._send(letters)
                done = self.outcome
                self._told(len(done.sent) + len(done.found) + len(done.failed))
            await self._see_who_was_first()
        finally:
            await self._spots.stop()
        for address in addresses:
            if address not in {*self.outcome.sent, *self.outcome.found, *self.outcome.failed}:
                self.outcome.failed[address] = "there is no dead letter"

    async def _send(self, letters: Sequence[Letter]) -> None:
        before = await self._sent_before(letters)
        ready = []
        for letter in letters:
            try:
                if letter.address not in before:
                    ready.append(await self._ready(letter))
            except (RefusedError, RecordError) as error:
                self.outcome.failed[letter.address] = str(error)
        await self._say_started(ready)
        sent = {}
        for one in ready:  # in this order on the log
            try:
                position = await self._publisher.publish(
                    one.tp.topic, one.outgoing, one.tp.partition
                )
                sent[one.letter.address] = Sent(position, self._mended is not None)
            except MessageSizeTooLargeError:
                self.outcome.failed[one.letter.address] = "it is larger than a record may be"
        await asyncio.gather(*(self._say_sent(*each) for each in (before | sent).items()))
        self.outcome.found |= before
        self.outcome.sent |= sent

    async def _ready(self, letter: Letter) -> Ready:
        """Raises RefusedError, and RecordError where it would come back as a letter at once."""
        known = self._decisions.known.first.get(letter.address)
        if known is not None:
            raise RefusedError(already(known))
        topic = letter.address.topic
        if topic.derived_from is not None:
            raise RefusedError(
                f"{topic.name} is derived from {topic.derived_from}: behind newer ones its record "
                "would be taken for a repeat; once the reason is mended, run `peripheral rebuild`, "
                "then drop it"
            )
        original = await original_of(letter, self._spots, value_needed=self._mended is None)
        outgoing = sent_again(letter, original, self._mended)
        try:
            partition, person = place_again(outgoing, topic, self._settings.kafka.partitions)
        except RecordError as error:
            raise RefusedError(
                f"it would come back ({error}): send it with --value FILE, or drop it"
            ) from None
        if self._mended is None:
            outgoing = sent_again(letter, as_it_lies(original))
        else:
            owner = person or await self._spots.owner_of(original)
            outgoing = msgspec.structs.replace(outgoing, owner=owner)
        return Ready(letter, outgoing, TopicPartition(topic.name, partition))

    async def _say_started(self, ready: Sequence[Ready]) -> None:
        if not ready:
            return
        async with LogBounds(self._settings, sorted({one.tp for one in ready})) as bounds:
            ends = await bounds.ends()
        events = [
            DeadLetterRetryStarted(
                letter=str(one.letter.address),
                decided_by=self._by,
                decided_ts=now_us(),
                partition=one.tp.partition,
                from_offset=ends[one.tp],
            )
            for one in ready
        ]
        await asyncio.gather(*map(self._decisions.write, events))

    async def _say_sent(self, address: Address, sent: Sent) -> None:
        event = DeadLetterRetried(
            letter=str(address),
            decided_by=self._by,
            decided_ts=now_us(),
            partition=sent.position.partition,
            offset=sent.position.offset,
            mended=sent.mended,
        )
        await self._decisions.write(event)

    async def _sent_before(self, letters: Sequence[Letter]) -> dict[Address, Sent]:
        """Where attempts that ended early have put their records: of letters that were begun and
        not decided."""
        starts: defaultdict[TopicPartition, list[int]] = defaultdict(list)
        wanted: dict[bytes, Letter] = {}
        known = self._decisions.known
        for letter in letters:
            address = letter.address
            if address in known.started and address not in known.first:
                wanted[str(address).encode()] = letter
                for event in known.started[address]:
                    tp = TopicPartition(address.topic.name, event.partition)
                    starts[tp].append(event.from_offset)
        if not wanted:
            return {}
        found: dict[Address, Sent] = {}
        reader = LogReader(self._settings, {tp: min(offsets) for tp, offsets in starts.items()})
        await reader.start()
        try:
            async for batches in reader.to_end():
                for record in (record for records in batches.values() for record in records):
                    sought = wanted.get(header(record.headers, RETRY_OF) or b"")
                    if sought is not None:
                        place = Position(record.topic, record.partition, record.offset)
                        mended = not sought.has(as_it_lies(record).value)
                        found.setdefault(sought.address, Sent(place, mended))
        finally:
            await reader.stop()
        return found

    async def _see_who_was_first(self) -> None:
        """Two people at the same letter at once can't be kept apart, but are told."""
        await self._decisions.read()
        for address, (position, _) in list(self.outcome.sent.items()):
            first = self._decisions.known.first[address]
            ours = isinstance(first, DeadLetterRetried) and (first.partition, first.offset) == (
                position.partition,
                position.offset,
            )
            if not ours:
                self.outcome.failed[address] = f"{already(first)}, just now; it was sent here, too"
                del self.outcome.sent[address]


async def original_of(letter: Letter, spots: SpotReader, *, value_needed: bool = True) -> Record:
    """The record as it came, of its topic, or else of the letter; opened where it was sealed.

    Raises RefusedError.
    """
    if letter.origin is not None:
        tp = TopicPartition(letter.origin.topic, letter.origin.partition)
        record = await spots.at(tp, letter.origin.offset)
        if record is not None and letter.is_of(as_it_lies(record)):
            return record
    if letter.whole or (letter.key_whole and not value_needed):
        return await spots.opened(letter.record)
    raise RefusedError(
        "the letter was cut at 1 MiB, and the original is no longer where it came from; have its "
        "source write it again, or send it with --value FILE"
    )


async def chunks(letters: AsyncIterator[Letter]) -> AsyncIterator[list[Letter]]:
    """The letters, CHUNK_LETTERS at a time."""
    chunk: list[Letter] = []
    async for letter in letters:
        chunk.append(letter)
        if len(chunk) == CHUNK_LETTERS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
