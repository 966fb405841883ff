"""Takes a person's keys off the log, and sees to it that they are off the disk."""

from __future__ import annotations

import asyncio
import time

from deploy.errors import UserError
from streams.catalog import KEYS
from streams.codec import Outgoing
from streams.keyring import STALE_S, read_keys
from streams.producer import Publisher, partition_of
from streams.settings import Settings

ROLL_S = 1.5
"""A segment is not written to any longer, and so compacted, once a record comes so late."""
LIMIT_S = 180.0
FILLER = b"compacted"
"""The key of the records that only begin a segment."""


async def keys_of(settings: Settings, user: str) -> set[str]:
    """The ids of all keys of theirs that can be read on the log, also of those that were shredded
    and are not compacted yet."""
    found = await read_keys(settings.bootstrap_servers, settings.kafka.partitions)
    return {key_id for key_id, issued in found.readable.items() if issued.user == user}


async def shred(publisher: Publisher, settings: Settings, user: str, keys: set[str]) -> None:
    """Have it on the log that the keys are no more: nobody uses them from now on."""
    home = partition_of(user.encode(), settings.kafka.partitions)
    for key in sorted(keys):
        await publisher.publish(KEYS.name, Outgoing(key.encode(), None, []), home)


async def wait_until_gone(
    publisher: Publisher, settings: Settings, user: str, keys: set[str]
) -> None:
    """Wait until the broker has compacted these keys away, and nobody uses them any more.

    Raises `UserError` where it does not.
    """
    home = partition_of(user.encode(), settings.kafka.partitions)
    started_s = time.monotonic()
    while keys & await keys_of(settings, user) or (keys and time.monotonic() - started_s < STALE_S):
        if time.monotonic() - started_s > LIMIT_S:
            raise UserError(
                f"The broker has not compacted {KEYS.name} within {LIMIT_S:g} s: the keys are "
                "not used any more, and are still on its disk. See that its log cleaner runs "
                "(log.cleaner.enable), then run the same command again."
            )
        await asyncio.sleep(ROLL_S)
        await publisher.publish(KEYS.name, Outgoing(FILLER, None, []), home)
