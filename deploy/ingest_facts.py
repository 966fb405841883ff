"""A person's file of actions or instruments → events on the log, and a summary of what went in.

All of its good rows are published, each time: to say the same again changes nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import psycopg

from deploy.errors import UserError
from deploy.ingest import (
    ACKNOWLEDGED_LIMIT_S,
    CLOSE_LIMIT_S,
    Progress,
    Summary,
    outages_as_sentences,
    write_rejects,
)
from deploy.known import symbols_with_bars
from schemas.events.actions import Action
from schemas.events.base import InstrumentEvent
from schemas.events.instruments import InstrumentListed
from streams.actions import midnight_us
from streams.catalog import ACTIONS, INSTRUMENTS, Topic
from streams.codec import Outgoing, encode
from streams.producer import Publisher, partition_of
from streams.settings import Settings
from streams.sources.actions import read_action_table
from streams.sources.errors import TableError
from streams.sources.facts import Facts
from streams.sources.instruments import read_instrument_table
from streams.sources.table import Names
from streams.topics import ensure_topics

ID_HEX_DIGITS = 16
SYMBOLS_NAMED = 5


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file may hold besides bars. path: where the API shows it."""

    topic: Topic
    read: Callable[[Path, Names, Callable[[int], None]], Facts[Any]]
    path: str


ACTION_FILE = Kind(ACTIONS, read_action_table, "/v1/actions")
INSTRUMENT_FILE = Kind(INSTRUMENTS, read_instrument_table, "/v1/instruments")


def ingest_facts(
    path: Path,
    settings: Settings,
    names: Names,
    *,
    kind: Kind,
    rejects_path: Path | None = None,
    progress: Progress = lambda _what, _done, _all: None,
) -> Summary:
    """Publish what a file says; rejects as `ingest_file` deals with them.

    Raises UserError when nothing could be done.
    """
    try:
        facts = kind.read(path, names, lambda rows: progress("read", rows, None))
    except TableError as error:
        raise UserError(f"{path}: {error}") from None
    with outages_as_sentences(settings, "what went in changes nothing the second time."):
        asyncio.run(publish(facts.events, kind.topic, settings))
    progress("published", len(facts.events), len(facts.events))
    written, problem = write_rejects(facts.rejects, path, rejects_path)
    symbols = sorted({event.symbol for event in facts.events})
    return Summary(
        file=str(path),
        rows_read=facts.rows_read,
        published=len(facts.events),
        skipped=facts.rows_read - len(facts.events) - len(facts.rejects),
        rejects=facts.rejects,
        rejects_file=written,
        series=[],
        notes=[
            *facts.notes,
            *feed_notes(facts.feed, named=names.feed is not None),
            *bars_notes(settings, facts.feed, symbols),
            *problem,
        ],
        look_at=f"{kind.path}?feed={facts.feed}&symbol={symbols[0]}" if symbols else None,
    )


def feed_notes(feed: str, *, named: bool) -> list[str]:
    """A note of whom a file is about, where only its name says it."""
    if named:
        return []
    return [f"this is about the bars of feed {feed!r}, as the file is named; --feed says another"]


def bars_notes(settings: Settings, feed: str, symbols: Sequence[str]) -> list[str]:
    """A note of symbols that the feed has no bars of: a feed or a symbol may be misspelled."""
    try:
        known = symbols_with_bars(settings, feed)
    except psycopg.Error:
        return []
    unknown = [symbol for symbol in symbols if symbol not in known]
    if not unknown:
        return []
    more = len(unknown) - SYMBOLS_NAMED
    some = ", ".join(unknown[:SYMBOLS_NAMED]) + (f" and {more:,} more" if more > 0 else "")
    return [f"feed {feed!r} has no bars of {some} yet"]


async def publish(events: Sequence[InstrumentEvent], topic: Topic, settings: Settings) -> None:
    """Write events in their order; returns once all are acknowledged."""
    await ensure_topics(settings)
    now_us = time.time_ns() // 1_000
    publisher = Publisher(settings, "ingest")
    await publisher.start()

    def home(event: InstrumentEvent) -> int:
        return partition_of(event.instrument.key.encode(), settings.kafka.partitions)

    try:
        futures = []
        for partition, group in groupby(sorted(events, key=home), key=home):
            records = [record_of(event, now_us) for event in group]
            futures += await publisher.publish_many(topic.name, partition, records)
        await asyncio.wait_for(asyncio.gather(*futures), ACKNOWLEDGED_LIMIT_S)
    finally:
        await publisher.stop(CLOSE_LIMIT_S)


def record_of(event: InstrumentEvent, now_us: int) -> Outgoing:
    """An event as a record. Its id derives from it, so that the same event again is the same."""
    digest = hashlib.sha256(event.model_dump_json().encode()).hexdigest()[:ID_HEX_DIGITS]
    day = day_of(event)
    return encode(
        event,
        key=event.instrument.key,
        event_id=f"{event.instrument.key}/{digest}",
        source=f"/peripheral/ingest/{event.feed}",
        ts_us=now_us if day is None else midnight_us(day),
    )


def day_of(event: InstrumentEvent) -> date | None:
    """The day on which it happens, None where that is not known."""
    if isinstance(event, Action):
        return event.ex_date
    assert isinstance(event, InstrumentListed)
    return event.first_day
