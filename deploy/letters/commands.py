"""What `peripheral dlq` does, from what was typed to what is shown."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import click
from aiokafka.errors import KafkaError

from deploy.errors import UserError
from deploy.letters.decided import DecisionLog, who
from deploy.letters.drop import drop
from deploy.letters.reading import letters_on, the_letter_at
from deploy.letters.retry import RefusedError, Retry, original_of
from deploy.letters.safe_text import safe
from deploy.letters.told import counts_table, fields_of, line_of, place, whole_of
from deploy.progress import Bar
from deploy.topics import require_topics
from streams.catalog import LETTER_DECISIONS
from streams.letters import TOPICS, Address
from streams.producer import Publisher
from streams.reader import LogCutShortError, SpotReader
from streams.settings import Settings

WHY_CHARS_MAX = 2_000


@contextmanager
def outages_worded(settings: Settings) -> Iterator[None]:
    """Raise UserError where the broker goes away, or its log no longer holds what was decided."""
    try:
        yield
    except KafkaError as error:
        raise UserError(
            f"The broker at {settings.bootstrap_servers} went away ({error!r}): once it is back, "
            "do it again; what was decided stays decided, and nothing is sent twice."
        ) from error
    except LogCutShortError as error:
        raise UserError(f"{error}.") from error


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[DecisionLog, Publisher]]:
    """What was decided, and a producer. Raises UserError when there is no broker."""
    await require_topics(settings, (LETTER_DECISIONS.name, *TOPICS))
    publisher = Publisher(settings, "dlq")
    with outages_worded(settings):
        await publisher.start()
        try:
            async with DecisionLog(settings, publisher) as decisions:
                if decisions.known.unreadable:
                    click.echo(
                        f"{decisions.known.unreadable} records among the decisions are none of "
                        "ours, and are left out.",
                        err=True,
                    )
                yield decisions, publisher
        finally:
            await publisher.stop()


def dlqs_of(topic: str | None) -> list[str]:
    """The topics of letters to look at. Raises UserError."""
    names = {original.name: dlq for dlq, original in TOPICS.items()} | {dlq: dlq for dlq in TOPICS}
    if topic is None:
        return list(TOPICS)
    if topic not in names:
        raise UserError(f"There is no topic {topic!r} with dead letters: {', '.join(names)}.")
    return [names[topic]]


def list_letters(
    settings: Settings,
    *,
    topic: str | None,
    reason: str | None,
    since_ms: int,
    everything: bool,
    as_json: bool,
) -> None:
    """Write the letters as they are read, then how many there are."""
    dlqs = dlqs_of(topic)

    async def run(bar: Bar) -> Counter[tuple[str, str]]:
        counts: Counter[tuple[str, str]] = Counter()
        async with opened(settings) as (decisions, _):
            async for letter in letters_on(
                settings, dlqs, since_ms, lambda done, total: bar.update("read", done, total)
            ):
                decided = decisions.known.first.get(letter.address)
                if (decided is not None and not everything) or reason not in (None, letter.reason):
                    continue
                counts[letter.address.topic.name, letter.reason] += 1
                if as_json:
                    click.echo(json.dumps(fields_of(letter, decided)))
                else:
                    click.echo(line_of(letter, decided))
        return counts

    with Bar("dead letters", "letters") as bar:
        counts = asyncio.run(run(bar))
    if as_json:
        return
    if not counts:
        click.echo("There is no dead letter." if everything else "There is none to decide about.")
        return
    click.echo(f"\n{counts_table(counts)}")


async def show_letter(settings: Settings, text: str, *, raw: bool) -> str | bytes:
    """All of a letter for a person, or its value's bytes."""
    address = parsed(text)
    async with opened(settings) as (decisions, _):
        letter = await the_letter_at(settings, address)
        spots = SpotReader(settings)
        await spots.start()
        try:
            original = await original_of(letter, spots)
        except RefusedError as error:
            if raw:
                raise UserError(f"{address}: {error}.") from error
            original = letter.record
        finally:
            await spots.stop()
        return original.value or b"" if raw else whole_of(letter, original.value, decisions.known)


async def retry_letters(
    settings: Settings,
    *,
    addresses: Sequence[str],
    topic: str | None,
    reason: str | None,
    yes: bool,
    mended: bytes | None,
) -> int:
    """Send letters again, and say what became of each that was named, or failed."""
    async with opened(settings) as (decisions, publisher):
        chosen, failed = await choose(settings, decisions, addresses, topic, reason)
        if not addresses and not confirmed(f"Send {len(chosen):,} records again?", chosen, yes=yes):
            return 0
        with Bar("dead letters", "letters") as bar:
            work = Retry(
                settings,
                decisions,
                publisher,
                by=who(),
                mended=mended,
                told=lambda done: bar.update("sent", done, len(chosen)),
            )
            await work.run(chosen)
    done = work.outcome
    for address in chosen if addresses else ():
        if address in done.sent:
            click.echo(f"{address} was sent again: {place(done.sent[address].position)}")
    for address, (position, _) in done.found.items():
        click.echo(
            f"{address} had been sent by an attempt that ended early: {place(position)}; now the "
            "log says so, and it was not sent again"
        )
    return ended(len(done.sent) + len(done.found), "sent again", failed | done.failed)


async def drop_letters(
    settings: Settings,
    *,
    addresses: Sequence[str],
    topic: str | None,
    reason: str | None,
    yes: bool,
    why: str,
) -> int:
    """Note that letters are not to be used."""
    if not 0 < len(why) <= WHY_CHARS_MAX:
        raise UserError(f"--why takes up to {WHY_CHARS_MAX:,} characters, and at least one.")
    async with opened(settings) as (decisions, _):
        chosen, failed = await choose(settings, decisions, addresses, topic, reason)
        if not addresses and not confirmed(f"Drop {len(chosen):,} letters?", chosen, yes=yes):
            return 0
        refused = await drop(decisions, chosen, by=who(), why=why)
    return ended(len(chosen) - len(refused), "dropped", failed | refused)


async def choose(
    settings: Settings,
    decisions: DecisionLog,
    addresses: Sequence[str],
    topic: str | None,
    reason: str | None,
) -> tuple[list[Address], dict[Address, str]]:
    """The letters that are meant, and of those that were named the ones that there are not."""
    if bool(addresses) == (topic is not None) or (addresses and reason is not None):
        raise UserError("Say which: addresses as `peripheral dlq list` has them, or --topic.")
    if topic is not None:
        return [
            letter.address
            async for letter in letters_on(settings, dlqs_of(topic))
            if letter.address not in decisions.known.first and reason in (None, letter.reason)
        ], {}
    chosen: list[Address] = []
    failed: dict[Address, str] = {}
    for address in dict.fromkeys(parsed(text) for text in addresses):
        try:
            await the_letter_at(settings, address)
            chosen.append(address)
        except UserError as error:
            failed[address] = str(error).rstrip(".")
    return chosen, failed


def confirmed(question: str, chosen: Sequence[Address], *, yes: bool) -> bool:
    """Whether to go on; without anything to do not. Raises UserError where nobody can answer."""
    if not chosen:
        click.echo("There is none to decide about.")
        return False
    if not yes and not sys.stdin.isatty():
        raise UserError(f"{question} Nobody is there to answer: say --yes.")
    return yes or click.confirm(question, err=True)


def ended(count: int, what: str, failed: dict[Address, str]) -> int:
    """Say what came of it; the exit code."""
    click.echo(f"{count:,} {what}, {len(failed):,} failed")
    for address, why in failed.items():
        click.echo(f"{address}: {safe(why)}", err=True)
    return 1 if failed else 0


def parsed(text: str) -> Address:
    """An address as it was typed. Raises UserError."""
    try:
        return Address.parse(text)
    except ValueError as error:
        raise UserError(f"{error}.") from None
