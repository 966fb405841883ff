"""Erases a person: ends what runs for them, shreds their keys, and makes the tables without them.

Whatever step it is killed at, running it again goes on: each one looks at what there is.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.errors import UserError
from deploy.forks.asking import drop_fork, everything_named
from deploy.people.belongings import Belongings, drop_files, rows_of, unsettled
from deploy.people.ending import SOURCE, end_all
from deploy.people.level import wait_until_level
from deploy.people.shredding import keys_of, shred, wait_until_gone
from deploy.people.traces import Trace, traces_of
from deploy.worlds.filling import Progress
from deploy.worlds.level import log_ends
from deploy.worlds.past import forget
from deploy.worlds.rebuilding import rebuild
from deploy.worlds.world import worlds_of
from processors.projections.erasures import name_of
from processors.projections.topics import TABLES_OF
from schemas.events.people import UserErased
from streams.catalog import ACTIVATIONS, BY_NAME, ERASURES, OWNED_TOPICS, SIGNALS
from streams.codec import encode
from streams.producer import Publisher
from streams.settings import Settings

SETTLE_LIMIT_S = 120.0
LEARN_S = 2.0
"""Workers hear of an end within this."""
OF_PEOPLE = tuple(
    dict.fromkeys(
        TABLES_OF[BY_NAME[name]][0].name for name in (*OWNED_TOPICS, SIGNALS.name, ACTIVATIONS.name)
    )
)
"""Projections of what people wrote, and of what their deployments did."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Erased:
    """keys: how many were shredded. events: folded into the new tables.

    What is left is empty or 0 when all is well. rows: what the tables still have of them, by
    table. traces: what the log has. held: copies that are in use, and were not dropped. new_keys:
    keys that they were given meanwhile, for they went on writing.
    """

    keys: int
    events: int
    rows: dict[str, int] = field(default_factory=dict)
    traces: tuple[Trace, ...] = ()
    held: tuple[str, ...] = ()
    new_keys: int = 0

    @property
    def complete(self) -> bool:
        return not (self.rows or self.traces or self.held or self.new_keys)


async def erase(
    settings: Settings, user: str, found: Belongings, say: Say, progress: Progress
) -> Erased:
    """Do it, step by step; each is said. Raises `UserError`."""
    publisher = Publisher(settings, "peripheral-erase")
    await publisher.start()
    try:
        say("ending what runs")
        await end_all(publisher, found)
        ending = [deployment_id for deployment_id, _ in found.ending]
        await _until_settled(settings, user, ending)
        say("shredding the keys")
        await _announce(publisher, settings, user, found)  # whoever rebuilds from now on knows
        keys = await keys_of(settings, user)
        await shred(publisher, settings, user, keys)
        say("waiting for the broker to compact the keys away")
        await wait_until_gone(publisher, settings, user, keys)
        await _announce(publisher, settings, user, found)  # with what came until then
        await wait_until_level(settings)
    finally:
        await publisher.stop()
    await asyncio.to_thread(drop_files, settings, user, found.files)
    await asyncio.to_thread(empty, settings.module_cache_dir)
    await asyncio.to_thread(_drop_copies, settings)  # a rebuild may not come to its end
    say("making the tables without them")
    rebuilt = await rebuild(settings, OF_PEOPLE, progress)
    held = await asyncio.to_thread(_drop_copies, settings)
    say("looking for what is left")
    rows = await asyncio.to_thread(rows_of, settings, user)
    traces = await traces_of(settings, user)
    new = await keys_of(settings, user)
    return Erased(len(keys), rebuilt.events, rows, tuple(traces), held, len(new))


def _drop_copies(settings: Settings) -> tuple[str, ...]:
    """Drop forks and moments; the names of those that are being read or filled just now."""
    for name in everything_named(settings):
        drop_fork(settings, name)
    forget(settings)
    return tuple(worlds_of(settings))


def empty(folder: Path) -> None:
    """Delete the files of a cache, which everybody makes anew."""
    for path in folder.glob("*") if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            path.unlink()


async def _until_settled(settings: Settings, user: str, deployments: list[str]) -> None:
    deadline_s = time.monotonic() + SETTLE_LIMIT_S
    await asyncio.sleep(LEARN_S)
    while left := await asyncio.to_thread(unsettled, settings, user, deployments):
        if time.monotonic() > deadline_s:
            raise UserError(
                f"{left} deployments, requests or turns did not come to their end within "
                f"{SETTLE_LIMIT_S:g} s: see by `peripheral status` that all roles run, and run the "
                "same command again. Nothing was shredded."
            )
        await asyncio.sleep(0.2)


async def _announce(publisher: Publisher, settings: Settings, user: str, found: Belongings) -> None:
    found_ends = await log_ends(settings, (*OWNED_TOPICS, SIGNALS.name, ACTIVATIONS.name))
    ends: dict[str, list[int]] = {}
    for tp in sorted(found_ends):
        ends.setdefault(tp.topic, []).append(found_ends[tp])
    name = name_of(user)
    event = UserErased(
        user_sha256=name,
        deployments=found.deployments,
        ends={topic: tuple(each) for topic, each in ends.items()},
    )
    record = encode(
        event,
        key=name,
        event_id=uuid.uuid4().hex,
        source=SOURCE,
        ts_us=time.time_ns() // 1_000,
    )
    await publisher.publish(ERASURES.name, record)
