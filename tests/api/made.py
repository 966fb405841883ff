"""Events and records for tests of the stream."""

from __future__ import annotations

from dataclasses import dataclass, field

from api.stream.events import Labels, StreamEvent
from schemas.events.base import Event
from schemas.events.market import BarClosed
from schemas.events.signals import Receipt, SignalEmitted
from streams.catalog import BARS, SIGNALS
from streams.codec import Headers, Outgoing, encode

DAY_US = 86_400_000_000
RECEIPT = Receipt(
    topic=BARS.name,
    partition=0,
    offset=0,
    wasm_sha256="0" * 64,
    library_version="1",
    params={},
    active_from_offset=0,
    previous="0" * 64,
    hash="1" * 64,
)


@dataclass(frozen=True)
class Made:
    """A record as the log would hand it over."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = field(default_factory=list)
    timestamp: int = 0


def bar(n: int, *, feed: str = "test", symbol: str = "AAA") -> BarClosed:
    return BarClosed(
        feed=feed,
        symbol=symbol,
        interval="1d",
        ts=n * DAY_US,
        open=1.0,
        high=2.0,
        low=0.5,
        close=1.0 + n / 1e6,
        volume=float(n),
    )


def signal(mark: tuple[int, int], *, symbol: str = "AAA", strategy: str = "s") -> SignalEmitted:
    return SignalEmitted(
        feed="test",
        symbol=symbol,
        interval="1d",
        ts=mark[0] * DAY_US,
        source_offset=mark[0],
        seq=mark[1],
        deployment_id="d",
        strategy_id=strategy,
        version=1,
        action="enter_long",
        price=1.0,
        size=None,
        score=None,
        plots={},
        receipt=RECEIPT,
    )


def outgoing(event: Event, key: str) -> Outgoing:
    return encode(event, key=key, event_id="e", source="/test", ts_us=0, timestamp_ms=0)


def record(
    event: BarClosed | SignalEmitted, offset: int, partition: int = 0, topic: str | None = None
) -> Made:
    """The event as a record of its topic."""
    sent = outgoing(event, event.series.key)
    name = topic or (BARS.name if isinstance(event, BarClosed) else SIGNALS.name)
    return Made(name, partition, offset, sent.key, sent.value, sent.headers)


def streamed(
    topic: str, partition: int, offset: int, kind: str = "BarClosed", symbol: str | None = None
) -> StreamEvent:
    value = b"%d/%d" % (partition, offset)
    return StreamEvent(kind, Labels(symbol=symbol), (topic, partition), offset, value)
