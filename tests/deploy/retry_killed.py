"""A retry that is killed behind N of its writes; arguments: N ADDRESS."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from deploy.configuration import load_settings
from deploy.letters import commands
from streams.codec import Outgoing
from streams.producer import Position, Publisher


class KilledPublisher(Publisher):
    """Writes N records; the process dies by SIGKILL when it is asked for another."""

    left = int(sys.argv[1])

    async def publish(
        self, topic: str, outgoing: Outgoing, partition: int | None = None
    ) -> Position:
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1
        return await super().publish(topic, outgoing, partition)


vars(commands)["Publisher"] = KilledPublisher
asyncio.run(
    commands.retry_letters(
        load_settings(), addresses=sys.argv[2:], topic=None, reason=None, yes=True, mended=None
    )
)
