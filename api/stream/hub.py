"""Gives every client of the live stream its bytes, once per tick.

New events are written at once when nothing was written for a tick, else at the next one, so
that a single event is not delayed and many cost one write a client. A tick is as long as
leaves four fifths of the time to other work, whatever the number of clients. A client that
has not read is passed over; one whose events have left the ring is closed, and may resume.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from api.stream.events import PING
from api.stream.follower import Follower, Shared
from api.stream.sinks import Sink

TICK_MIN_S = 0.002
TICK_MAX_S = 0.02
REST_PER_WORK = 4.0
"""How much longer than a tick's work the wait for the next one is, within the limits."""
PING_INTERVAL_S = 15.0


@dataclass(eq=False, slots=True)
class Client:
    """A follower of the ring and where its bytes go; `closed` is done when it is let go."""

    follower: Follower
    sink: Sink
    closed: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Hub:
    """All clients of a process; used from its event loop only."""

    def __init__(self) -> None:
        self._clients: set[Client] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._next_tick_s = 0.0
        self._pings: asyncio.Task[None] | None = None
        self.closing = False

    def __len__(self) -> int:
        return len(self._clients)

    def start(self) -> None:
        self._pings = asyncio.create_task(self._ping_forever(), name="stream-pings")

    async def stop(self) -> None:
        self.close_all()
        if self._pings is not None:
            self._pings.cancel()
            await asyncio.wait([self._pings])

    def add(self, client: Client) -> None:
        """Serve a client from now on."""
        if self.closing:
            self._let_go(client)
            return
        self._clients.add(client)
        self.wake()

    def remove(self, client: Client) -> None:
        """Forget a client; one that was let go already is no error."""
        self._clients.discard(client)

    def close_all(self) -> None:
        """Let every client go, now and from here on."""
        self.closing = True
        for client in list(self._clients):
            self._let_go(client)

    def wake(self) -> None:
        """There are new events, or new clients."""
        if self._timer is None and self._clients:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(0.0, self._next_tick_s - loop.time()), self._tick)

    def _tick(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        shared: Shared = {}
        behind = False
        for client in list(self._clients):
            if client.follower.behind:
                self._serve(client, shared)
                behind = behind or client.follower.behind
        ended_s = loop.time()
        rest_s = REST_PER_WORK * (ended_s - began_s)
        self._next_tick_s = ended_s + min(TICK_MAX_S, max(TICK_MIN_S, rest_s))
        if behind:
            self.wake()

    def _serve(self, client: Client, shared: Shared) -> None:
        if client.follower.lost:
            self._let_go(client)
        elif client.sink.ready and (data := client.follower.take(shared)):
            client.sink.write(data)

    def _let_go(self, client: Client) -> None:
        self._clients.discard(client)
        client.sink.close()
        if not client.closed.done():
            client.closed.set_result(None)

    async def _ping_forever(self) -> None:
        while True:
            await asyncio.sleep(PING_INTERVAL_S)
            for client in list(self._clients):
                if client.sink.ready and not client.follower.behind:
                    # With the id a quiet client stays resumable from the ring.
                    client.sink.write(client.follower.id_line + PING)
