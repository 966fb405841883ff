"""The hub: a client gets its bytes once per tick; slow ones are passed over, lost ones let go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import uvicorn
from starlette.types import Receive, Scope, Send

from api.stream.events import Labels, StreamEvent
from api.stream.filters import Filter
from api.stream.follower import CHUNK_BYTES_MAX, Follower
from api.stream.hub import TICK_MAX_S, Client, Hub
from api.stream.ring import Ring
from api.stream.sinks import SendSink, uvicorn_transport
from deploy.embedded.ports import free_port
from streams.catalog import BARS
from streams.settings import Settings
from tests.api.made import bar, streamed
from tests.api.serving import live
from tests.api.test_stream_live import listening, publish, volumes

PLACE = (BARS.name, 0)


class ListSink:
    """Keeps what is written; `ready` is set by the test."""

    def __init__(self) -> None:
        self.ready = True
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert self.ready
        assert data
        self.written.append(data)

    def close(self) -> None:
        self.closed = True


def client_of(ring: Ring) -> tuple[Client, ListSink]:
    sink = ListSink()
    return Client(Follower(ring, Filter()), sink), sink


def add(ring: Ring, hub: Hub, *offsets: int) -> None:
    for offset in offsets:
        ring.append(streamed(*PLACE, offset))
    hub.wake()


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not reached():  # noqa: ASYNC110 -- any condition, not one that somebody sets
            await asyncio.sleep(TICK_MAX_S)


async def tick() -> None:
    await asyncio.sleep(2 * TICK_MAX_S)


async def test_an_event_goes_out_at_once_and_many_go_out_together() -> None:
    ring, hub = Ring(), Hub()
    client, sink = client_of(ring)
    hub.add(client)
    await tick()
    add(ring, hub, 0)
    await asyncio.sleep(0.001)
    assert len(sink.written) == 1
    for offset in range(1, 50):
        add(ring, hub, offset)
    await tick()
    assert len(sink.written) == 2
    assert b"".join(sink.written).count(b"data:") == 50


async def test_a_slow_client_is_passed_over_and_gets_the_rest_later() -> None:
    ring, hub = Ring(), Hub()
    slow, slow_sink = client_of(ring)
    quick, quick_sink = client_of(ring)
    hub.add(slow)
    hub.add(quick)
    slow_sink.ready = False
    add(ring, hub, 0, 1)
    await tick()
    assert (len(slow_sink.written), len(quick_sink.written)) == (0, 1)
    slow_sink.ready = True
    await tick()
    assert slow_sink.written == quick_sink.written


async def test_a_client_that_falls_off_the_ring_is_let_go() -> None:
    ring, hub = Ring(events_max=2), Hub()
    client, sink = client_of(ring)
    hub.add(client)
    sink.ready = False
    add(ring, hub, 0, 1, 2)
    await tick()
    assert sink.closed
    assert client.closed.done()
    assert len(hub) == 0


async def test_much_goes_out_in_pieces() -> None:
    ring, hub = Ring(), Hub()
    client, sink = client_of(ring)
    value = b"x" * CHUNK_BYTES_MAX
    for offset in range(4):
        ring.append(StreamEvent("BarClosed", Labels(), PLACE, offset, value))
    client.follower.number = 0
    hub.add(client)
    await until(lambda: not client.follower.behind)
    assert len(sink.written) == 4


async def test_a_hub_that_closes_lets_all_go_and_takes_nobody() -> None:
    ring, hub = Ring(), Hub()
    first, _ = client_of(ring)
    late, late_sink = client_of(ring)
    hub.add(first)
    hub.close_all()
    hub.add(late)
    assert first.closed.done()
    assert late.closed.done()
    assert late_sink.closed


async def test_a_send_sink_is_ready_again_once_its_piece_is_sent() -> None:
    sent: list[object] = []
    gate = asyncio.Event()

    async def send(message: object) -> None:
        await gate.wait()
        sent.append(message)

    sink = SendSink(send)
    running = asyncio.create_task(sink.run())
    sink.write(b"one")
    assert not sink.ready
    await asyncio.sleep(0)
    assert not sink.ready
    gate.set()
    await asyncio.sleep(0.01)
    assert sink.ready
    sink.close()
    await running
    assert sent == [{"type": "http.response.body", "body": b"one", "more_body": True}]


async def test_the_connection_is_found_on_the_server_that_we_run() -> None:
    """The hub writes to it; an upgrade of uvicorn that hides it shows here, not as slowness."""
    found: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(uvicorn_transport(receive) is not None)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        found.append(uvicorn_transport(receive) is not None)
        await send({"type": "http.response.body", "body": b""})

    port = free_port()
    config = uvicorn.Config(app, port=port, http="httptools", lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    async with httpx.AsyncClient() as client:
        await client.get(f"http://127.0.0.1:{port}/")
    server.should_exit = True
    await serving
    assert found == [False, True], "it is ours once the response is known to be chunked"


async def test_on_another_server_the_stream_is_sent_by_a_task_per_client(
    log_settings: Settings,
) -> None:
    with live(log_settings, http="h11") as base:
        async with listening(base, "feed=h11") as listener:
            await publish(log_settings, *(bar(n, feed="h11") for n in range(100)))
            assert volumes(await listener.take(100)) == list(range(100))
