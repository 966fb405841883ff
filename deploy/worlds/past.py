"""The world as it was at a moment, filled from the log and kept for a while.

The same moment is asked again as a rule, so that the last few worlds stay. A moment is told by its
cut: two that differ in no record are one.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from deploy.migrate import migrate
from deploy.worlds.cut import Cut
from deploy.worlds.cutting import cut_at
from deploy.worlds.filling import Filler, Progress
from deploy.worlds.moment import Place
from deploy.worlds.world import World, drop_unused, find_world, held, make_world, worlds_of
from streams.settings import Settings

PREFIX = "at_"
KEPT_MAX = 4


@contextmanager
def world_at(settings: Settings, moment: datetime | Place, progress: Progress) -> Iterator[World]:
    """The world of a moment; made, and filled, unless it is there. Nobody drops it while inside.

    Raises `UserError` where the moment is none, or the log lacks what it needs.
    """
    cut = asyncio.run(cut_at(settings, moment))
    schema = PREFIX + _digest(cut)
    with held(settings, schema):
        if schema in worlds_of(settings):
            world = find_world(settings, schema)
            migrate(world.settings.database_url)  # one of an earlier version
        else:
            forget(settings, KEPT_MAX - 1)
            made_at = datetime.now(UTC).isoformat(timespec="seconds")
            world = make_world(settings, schema, f"made {made_at}, as of {moment}")
        asyncio.run(_fill(world, cut, progress))
        yield world


def forget(settings: Settings, kept: int = 0) -> list[str]:
    """Drop the worlds of moments, but for so many that were made last and those that are being
    read; the names of the dropped."""
    found = sorted(
        (what, name) for name, what in worlds_of(settings).items() if name.startswith(PREFIX)
    )
    oldest = [name for _, name in found[: max(0, len(found) - kept)]]
    return [name for name in oldest if drop_unused(settings, name)]


async def _fill(world: World, cut: Cut, progress: Progress) -> None:
    filler = Filler(world.settings, progress)
    try:
        await filler.fill(cut)
    finally:
        await filler.close()


def _digest(cut: Cut) -> str:
    """Of what decides which records count: a derived topic's ends do not."""
    decisive = {tp: end for tp, end in cut.ends.items() if tp not in cut.sources}
    text = repr(sorted(decisive.items())) + repr(sorted(cut.sources.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
