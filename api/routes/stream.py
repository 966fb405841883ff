"""The live stream: server-sent events (HTML §9.2), filtered and resumable.

An ASGI endpoint of its own, since the hub needs the connection that `receive` is bound to.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, TypeVar

from aiokafka.errors import KafkaError
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from api.log.tail import Tail
from api.params import names, require_known
from api.problems import parameter_problem, unavailable
from api.services import Services, services
from api.stream.catchup import CatchUp
from api.stream.events import sse_greeting, sse_id
from api.stream.filters import EVENT_NAMES, Filter
from api.stream.follower import Follower
from api.stream.hub import Client
from api.stream.sinks import WRITE_LIMIT_S, SendSink, TransportSink, uvicorn_transport
from api.stream.vector import Partition, Vector, VectorError

PARAMETERS = (
    "types",
    "symbol",
    "feed",
    "strategy",
    "conversation",
    "request",
    "screen",
    "last_event_id",
    "from",
)
EARLIEST = "earliest"
RETRY_MS = 1000
CAUGHT_UP_LIMIT_S = 2.0
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would keep events back otherwise
    (b"x-content-type-options", b"nosniff"),
]

T = TypeVar("T")


class Stream:
    """`GET /v1/stream`"""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        require_known(request, PARAMETERS)
        shared = services(request)
        wanted = filter_of(request)
        await shared.tail.wait_until_caught_up(CAUGHT_UP_LIMIT_S)
        resume = await _resume_of(request, shared)
        if shared.hub.closing:
            raise unavailable("this server is going down")
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        if request.method != "HEAD":
            await _Connection(shared, wanted, receive, send).serve(resume)
        with contextlib.suppress(OSError):
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def filter_of(request: Request) -> Filter:
    """The filter that the query asks for."""
    values = request.query_params.getlist("types")
    types = frozenset(part.strip() for value in values for part in value.split(","))
    unknown = sorted(types - set(EVENT_NAMES))
    if unknown:
        raise parameter_problem(
            "types",
            f"{unknown[0][:80]!r} is no event; there are {', '.join(EVENT_NAMES)}",
            allowed=list(EVENT_NAMES),
        )
    return Filter(
        types=types,
        symbols=names(request, "symbol"),
        feeds=names(request, "feed"),
        strategies=names(request, "strategy"),
        conversations=names(request, "conversation"),
        requests=names(request, "request"),
        screens=names(request, "screen"),
    )


async def _resume_of(request: Request, shared: Services) -> Vector | None:
    """Where to go on: at an id, which a client that reconnects sends; else at `from`, else now."""
    text = request.headers.get("last-event-id") or request.query_params.get("last_event_id")
    start = request.query_params.get("from")
    if start not in (None, EARLIEST):
        raise parameter_problem("from", f"write {EARLIEST}, or leave it out", allowed=[EARLIEST])
    if text is None:
        return None if start is None else Vector()
    try:
        resume = Vector.parse(text, shared.settings.kafka.partitions)
    except VectorError as error:
        raise parameter_problem("last_event_id", str(error)) from None
    await _check_exists(resume, shared.tail)
    return resume


async def _check_exists(resume: Vector, tail: Tail) -> None:
    """400 for an id of another log: its client would wait for offsets that are far ahead."""
    if all(offset <= tail.ring.vector[p] for p, offset in resume.offsets.items()):
        return
    _, ends = await tail.bounds()
    for partition, offset in resume.offsets.items():
        if offset > ends[partition]:
            raise parameter_problem(
                "last_event_id", f"it is of another log: {partition[0]} ends at {ends[partition]}"
            )


class _Connection:
    """One client, from its first byte to its last."""

    def __init__(self, shared: Services, wanted: Filter, receive: Receive, send: Send) -> None:
        self._shared = shared
        self._ring = shared.tail.ring
        self._wanted = wanted
        self._receive = receive
        self._send = send

    async def serve(self, resume: Vector | None) -> None:
        """Return when the client has gone, or was let go."""
        gone = asyncio.create_task(self._gone())
        try:
            if resume is None:
                follower = Follower(self._ring, self._wanted)
                await self._greet(follower.id_line)
            else:
                await self._greet(sse_id(resume.text))
                follower = await unless(gone, self._catch_up(resume))
            await self._follow(follower, gone)
        except (_GoneError, KafkaError, TimeoutError):
            return  # the response ends; a client that is there resumes
        finally:
            gone.cancel()

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _greet(self, id_line: bytes) -> None:
        """So that a client sees headers at once, and can resume before its first event."""
        await self._write(id_line + sse_greeting(RETRY_MS))

    async def _write(self, data: bytes) -> None:
        async with asyncio.timeout(WRITE_LIMIT_S):
            await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def _catch_up(self, start: Vector) -> Follower:
        """Serve from Kafka what the ring no longer holds, and take a place in the ring."""
        partitions = self._partitions()
        if self._ring.covers({p: start[p] for p in partitions}, partitions):
            return Follower(self._ring, self._wanted, start)
        settings = self._shared.settings
        async with (
            self._shared.catch_ups,
            CatchUp(settings, self._wanted, start, partitions) as past,
        ):
            while not past.meets(self._ring):
                if data := await past.read():
                    await self._write(data)
            return Follower(self._ring, self._wanted, past.vector)

    def _partitions(self) -> list[Partition]:
        """Those that hold events which can pass the filter."""
        topics = self._wanted.topics
        return [
            (tp.topic, tp.partition) for tp in self._shared.tail.partitions if tp.topic in topics
        ]

    async def _follow(self, follower: Follower, gone: asyncio.Task[None]) -> None:
        transport = uvicorn_transport(self._receive)
        if transport is not None:
            await self._wait(Client(follower, TransportSink(transport)), gone)
            return
        sink = SendSink(self._send)
        sending = asyncio.create_task(sink.run())
        try:
            await self._wait(Client(follower, sink), gone, sending)
        finally:
            sending.cancel()
            await asyncio.wait([sending])

    async def _wait(self, client: Client, *ends: asyncio.Task[None]) -> None:
        self._shared.hub.add(client)
        try:
            await asyncio.wait({client.closed, *ends}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._shared.hub.remove(client)


class _GoneError(Exception):
    """The client has disconnected."""


async def unless(gone: asyncio.Task[None], work: Coroutine[Any, Any, T]) -> T:
    """The work's result. Raises _GoneError, and ends the work, once the client has gone."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise _GoneError
        return task.result()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task
