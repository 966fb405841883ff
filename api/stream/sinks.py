"""Where a client's bytes go: straight to uvicorn's transport, or through ASGI's `send`.

The first costs no task switch per client and tick. It rests on uvicorn's request cycle
being what `receive` is bound to; anywhere else the second is used.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Protocol

from starlette.types import Receive, Send

SEND_BUFFER_BYTES = 128 * 1024
WRITE_LIMIT_S = 30.0


class Sink(Protocol):
    """Takes one piece after the other."""

    @property
    def ready(self) -> bool:
        """Whether the client has read what was written before."""

    def write(self, data: bytes) -> None:
        """Hand over bytes; only when ready, and never empty."""

    def close(self) -> None:
        """Write no more; whoever runs the request ends the response."""


class TransportSink:
    """Writes HTTP/1.1 chunks (RFC 9112 §7.1) to the connection."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        connection = transport.get_extra_info("socket")
        if connection is not None:
            # More would only hide from us that a client is slow.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)

    @property
    def ready(self) -> bool:
        return self._transport.get_write_buffer_size() == 0

    def write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(b"%x\r\n%b\r\n" % (len(data), data))

    def close(self) -> None:
        if not self.ready:  # the end of the response would wait behind what it doesn't read
            self._transport.abort()


class SendSink:
    """Keeps one piece until `run`, in the request's own task, has sent it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._piece: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=1)
        self._sending = False

    @property
    def ready(self) -> bool:
        return self._piece.empty() and not self._sending

    def write(self, data: bytes) -> None:
        self._piece.put_nowait(data)

    def close(self) -> None:
        if self._piece.empty():
            self._piece.put_nowait(None)

    async def run(self) -> None:
        """Send what is written until closed. Raises TimeoutError when a client reads nothing."""
        while (data := await self._piece.get()) is not None:
            self._sending = True
            async with asyncio.timeout(WRITE_LIMIT_S):
                await self._send({"type": "http.response.body", "body": data, "more_body": True})
            self._sending = False


def uvicorn_transport(receive: Receive) -> asyncio.Transport | None:
    """The connection behind a request on uvicorn with chunked HTTP/1.1; else None."""
    cycle: Any = getattr(receive, "__self__", None)
    if type(cycle).__module__ != "uvicorn.protocols.http.httptools_impl":
        return None
    transport: asyncio.Transport | None = cycle.transport if cycle.chunked_encoding else None
    return transport
