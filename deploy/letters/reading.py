"""Dead letters as they lie on the log, read as a stream: the log alone is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable
from itertools import groupby

from aiokafka import TopicPartition

from deploy.errors import UserError
from streams.letters import Address, Letter, Repeats, letter_of
from streams.reader import LogBounds, LogCutShortError, LogReader, partitions_of
from streams.settings import Settings

Told = Callable[[int, int], None]
"""Hears how many records of how many have been read."""


def untold(_done: int, _total: int) -> None:
    """For whoever shows nothing."""


async def letters_on(
    settings: Settings, dlqs: Iterable[str], since_ms: int = 0, told: Told = untold
) -> AsyncIterator[Letter]:
    """The letters of these topics, repeats left out, in the order of each partition.

    since_ms: of which their originals came; a letter is as old as its original.
    """
    count = settings.kafka.partitions
    tps = [tp for dlq in dlqs for tp in partitions_of(dlq, count)]
    async with LogBounds(settings, tps) as bounds:
        begins = await (bounds.from_time(since_ms) if since_ms else bounds.begins())
        ends = await bounds.ends()
    begins = {tp: begin for tp, begin in begins.items() if begin < ends[tp]}
    total = sum(ends[tp] - begin for tp, begin in begins.items())
    repeats, done = Repeats(), 0
    for _, group in groupby(begins, key=lambda tp: tp.topic):
        reader = LogReader(settings, {tp: begins[tp] for tp in group})
        await reader.start()
        try:
            async for batches in reader.to_end():
                for record in (record for records in batches.values() for record in records):
                    done += 1
                    letter = letter_of(record)
                    if not repeats.has(letter) and record.timestamp >= since_ms:
                        yield letter
                told(done, max(done, total))
        finally:
            await reader.stop()


async def letters_at(settings: Settings, addresses: Collection[Address]) -> AsyncIterator[Letter]:
    """The letters at these addresses, in their order on the log; one that is not there is not."""
    for (dlq, partition), group in groupby(sorted(addresses), key=lambda one: one[:2]):
        wanted = {address.offset for address in group}
        tp = TopicPartition(dlq, partition)
        reader = LogReader(settings, {tp: min(wanted)})
        try:
            await reader.start()
        except LogCutShortError:
            continue  # all of them would lie behind the log's end
        try:
            async for batches in reader.to_end():
                for record in batches.get(tp, ()):
                    if record.offset in wanted:
                        wanted.discard(record.offset)
                        yield letter_of(record)
                if not wanted:
                    break
        finally:
            await reader.stop()


async def the_letter_at(settings: Settings, address: Address) -> Letter:
    """The letter there. Raises UserError where there is none, or it is a repeat of another."""
    await require_partition(settings, address)
    async for letter in letters_at(settings, [address]):
        first = await _first_of(settings, letter)
        if first != address:
            raise UserError(f"{address} repeats {first}, for a worker was restarted: use that.")
        return letter
    raise UserError(f"There is no dead letter at {address}: see `peripheral dlq list --all`.")


async def require_partition(settings: Settings, address: Address) -> None:
    """Raise UserError where the log has no such partition."""
    if address.partition >= settings.kafka.partitions:
        raise UserError(
            f"There is no dead letter at {address}: the log has {settings.kafka.partitions} "
            "partitions, from 0 on."
        )


async def _first_of(settings: Settings, letter: Letter) -> Address:
    """Where the letter was written first; a repeat is as old as its first."""
    tp = TopicPartition(letter.address.dlq, letter.address.partition)
    async with LogBounds(settings, [tp]) as bounds:
        start = (await bounds.from_time(letter.record.timestamp))[tp]
    reader = LogReader(settings, {tp: start})
    await reader.start()
    try:
        async for batches in reader.to_end():
            for record in batches.get(tp, ()):
                found = letter_of(record)
                if found.address == letter.address or (
                    letter.origin is not None
                    and (found.origin, found.reason) == (letter.origin, letter.reason)
                    and record.timestamp == letter.record.timestamp
                ):
                    return found.address
        raise AssertionError(f"{letter.address} was there a moment ago")
    finally:
        await reader.stop()
