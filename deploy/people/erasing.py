"""Erases a person: ends what runs for them, shreds their keys, and makes the tables without them.

Whatever step it is killed at, running it again goes on: each one looks at what there is.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256

from deploy.errors import UserError
from deploy.forks.asking import drop_fork, everything_named
from deploy.people.belongings import Belongings, drop_files, rows_of, still_active
from deploy.people.ending import SOURCE, end_all
from deploy.people.shredding import keys_of, shred, wait_until_gone
from deploy.people.traces import Trace, traces_of
from deploy.worlds.filling import Progress
from deploy.worlds.past import forget
from deploy.worlds.rebuilding import rebuild
from processors.projections.topics import TABLES_OF
from schemas.events.people import UserErased
from streams.catalog import ACTIVATIONS, BY_NAME, ERASURES, OWNED_TOPICS, SIGNALS
from streams.codec import encode
from streams.producer import Publisher
from streams.reader import LogBounds, partitions_of
from streams.settings import Settings

SETTLE_LIMIT_S = 120.0
OF_PEOPLE = tuple(
    dict.fromkeys(
        TABLES_OF[BY_NAME[name]][0].name for name in (*OWNED_TOPICS, SIGNALS.name, ACTIVATIONS.name)
    )
)
"""Projections of what people wrote, and of what their deployments did."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Erased:
    """keys: how many were shredded. events: folded into the new tables. rows: what the tables
    still have of them, by table; traces: what the log has. Both are empty when all is well."""

    keys: int
    events: int
    rows: dict[str, int] = field(default_factory=dict)
    traces: tuple[Trace, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.rows and not self.traces


async def erase(
    settings: Settings, user: str, found: Belongings, say: Say, progress: Progress
) -> Erased:
    """Do it, step by step; each is said. Raises `UserError`."""
    publisher = Publisher(settings, "peripheral-erase")
    await publisher.start()
    try:
        say("ending what runs")
        await end_all(publisher, found)
        active = [deployment_id for deployment_id, _ in found.active]
        await _until(lambda: _settled(settings, active), "evaluation", "bring it to an end")
        say("shredding the keys")
        keys = await keys_of(settings, user)
        await shred(publisher, settings, user, keys)
        await _announce(publisher, settings, user, found)
        say("waiting for the broker to compact the keys away")
        await wait_until_gone(publisher, settings, user)
    finally:
        await publisher.stop()
    say("making the tables without them")
    rebuilt = await rebuild(settings, OF_PEOPLE, progress)
    await asyncio.to_thread(_drop_copies, settings, found)
    say("looking for what is left")
    rows = await asyncio.to_thread(rows_of, settings, user)
    return Erased(len(keys), rebuilt.events, rows, tuple(await traces_of(settings, user)))


def _drop_copies(settings: Settings, found: Belongings) -> None:
    drop_files(settings, found.files)
    forget(settings)
    for name in everything_named(settings):
        drop_fork(settings, name)


async def _settled(settings: Settings, deployments: list[str]) -> bool:
    return await asyncio.to_thread(still_active, settings, deployments) == 0


async def _announce(publisher: Publisher, settings: Settings, user: str, found: Belongings) -> None:
    tps = [
        tp
        for name in (*OWNED_TOPICS, SIGNALS.name, ACTIVATIONS.name)
        for tp in partitions_of(name, settings.kafka.partitions)
    ]
    bounds = LogBounds(settings, tps)
    await bounds.start()
    try:
        found_ends = await bounds.ends()
    finally:
        await bounds.stop()
    ends: dict[str, list[int]] = {}
    for tp in tps:
        ends.setdefault(tp.topic, []).append(found_ends[tp])
    name = sha256(user.encode("utf-8", "surrogatepass")).hexdigest()
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


async def _until(done: Callable[[], Awaitable[bool]], who: str, what: str) -> None:
    deadline_s = time.monotonic() + SETTLE_LIMIT_S
    while not await done():
        if time.monotonic() > deadline_s:
            raise UserError(
                f"The role {who} did not {what} within {SETTLE_LIMIT_S:g} s: start it, and run "
                "the same command again. Nothing was shredded."
            )
        await asyncio.sleep(0.2)
