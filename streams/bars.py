"""Raw records of market.bars.v1 → bars in columns, and what each means to its series.

Everything that consumes bars (the bars, indicators and evaluation agents, the projection) decodes
and admits them here, so that all agree on which bars count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from operator import attrgetter

import msgspec
import numpy as np
from numpy.typing import NDArray

from schemas.columns import BarColumns
from schemas.events.base import TS_US_MAX, TS_US_MIN
from schemas.events.market import BarClosed
from schemas.series import Series
from streams.codec import RecordError, decode, header
from streams.producer import partition_of
from streams.records import Record

values_of = attrgetter("open", "high", "low", "close", "volume")
BAR_TYPE = BarClosed.event_type().encode()


class BarRecord(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """The fast twin of BarClosed: the same fields, decoded without its checks.

    Further fields are left to BarClosed: msgspec skips them by looser rules, and recurses.
    """

    feed: str
    symbol: str
    interval: str
    ts: int
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that is no bar of this partition. reason: a dead letter's class."""

    record: Record
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class BarBatch:
    """n bars of one partition in offset order, and the records that are none.

    series: the m series that occur, keys: their record keys; codes: int32 (n,), index into them.
    offsets, timestamps_ms: int64 (n,), of the records; traceparents: n, None where there is none.
    """

    partition: int
    series: list[Series]
    keys: list[bytes]
    codes: NDArray[np.int32]
    columns: BarColumns
    offsets: NDArray[np.int64]
    timestamps_ms: NDArray[np.int64]
    traceparents: list[bytes | None]
    rejections: list[Rejection]

    def __len__(self) -> int:
        return len(self.offsets)


class BarDecoder:
    """Decodes the bars of one partition; remembers the keys that it has checked."""

    def __init__(self, partition: int, partitions: int) -> None:
        self._partition = partition
        self._partitions = partitions
        self._series: dict[bytes, Series] = {}
        self._decode = msgspec.json.Decoder(BarRecord).decode

    def decode(self, records: Sequence[Record]) -> BarBatch:
        """A batch of the records; what is no bar is among its rejections, in order."""
        bars: list[BarRecord] = []
        kept: list[Record] = []
        codes: list[int] = []
        known: dict[bytes, int] = {}
        traceparents: list[bytes | None] = []
        rejections: list[Rejection] = []
        for record in records:
            try:
                bar = self.read(record)
            except RecordError as error:
                rejections.append(Rejection(record, error.reason, error.message))
                continue
            key = record.key
            assert key is not None
            bars.append(bar)
            kept.append(record)
            codes.append(known.setdefault(key, len(known)))
            traceparents.append(header(record.headers, "traceparent"))
        return BarBatch(
            partition=self._partition,
            series=[self._series[key] for key in known],
            keys=list(known),
            codes=np.array(codes, np.int32),
            columns=columns_of(bars),
            offsets=np.array([record.offset for record in kept], np.int64),
            timestamps_ms=np.array([record.timestamp for record in kept], np.int64),
            traceparents=traceparents,
            rejections=rejections,
        )

    def read(self, record: Record) -> BarRecord:
        """The bar of a record; RecordError when it is none, or not of its key and partition."""
        key, value = record.key, record.value
        series = self._series.get(key) if key is not None else None
        if series is None:
            series = self._check_key(record)
        kind = header(record.headers, "ce_type")
        try:
            if value is None or (kind is not None and kind != BAR_TYPE):
                raise ValueError
            bar = self._decode(value)
        except (ValueError, msgspec.MsgspecError):
            bar = slow_bar(record)
        if not plausible(bar):
            bar = slow_bar(record)
        if (
            bar.symbol != series.symbol
            or bar.feed != series.feed
            or bar.interval != series.interval
        ):
            bar = slow_bar(record)  # what is no bar at all is told as that
            raise RecordError(
                "key_mismatch",
                f"the key names {series.key}, the value {bar.feed}/{bar.symbol}/{bar.interval}; "
                "key a bar by its own series",
            )
        return bar

    def _check_key(self, record: Record) -> Series:
        try:
            series = Series.parse((record.key or b"").decode())
        except ValueError as error:
            raise RecordError("malformed", f"key: {error}") from None
        key = series.key.encode()
        right = partition_of(key, self._partitions)
        if right != self._partition:
            raise RecordError(
                "wrong_partition",
                f"{series.key} belongs on partition {right} and came on {self._partition}; use "
                "the murmur2 partitioner (librdkafka: partitioner=murmur2_random)",
            )
        self._series[key] = series
        return series


def plausible(bar: BarRecord) -> bool:
    """Whether the numbers keep BarClosed's rules; NaN and infinity do not."""
    return (
        bar.low <= bar.open <= bar.high
        and bar.low <= bar.close <= bar.high
        and 0.0 <= bar.volume < np.inf
        and bar.high - bar.low < np.inf
        and TS_US_MIN <= bar.ts <= TS_US_MAX
    )


def slow_bar(record: Record) -> BarRecord:
    """The bar as the contract itself reads it; RecordError says what is wrong."""
    event = decode(record.value, record.headers, (BarClosed,))
    assert isinstance(event, BarClosed)
    return BarRecord(**event.model_dump())


def columns_of(bars: Sequence[BarRecord]) -> BarColumns:
    """Bars as columns."""
    rows = np.array(list(map(values_of, bars)), np.float64).reshape(len(bars), 5)
    o, h, low, c, v = np.ascontiguousarray(rows.T)
    return BarColumns(np.array([bar.ts for bar in bars], np.int64), o, h, low, c, v)


class Verdict(IntEnum):
    """What a bar means to its series."""

    ADMITTED = 0
    REPEATED = 1
    """Same ts, same values as the last bar: ignored."""
    CORRECTED = 2
    """Same ts as the last bar, other values: changes reads, never a state."""
    OUT_OF_ORDER = 3
    """Older than the last bar: a dead letter."""
    SEEN = 4
    """A replay of what the state already holds."""


Values = tuple[float, float, float, float, float]


@dataclass(slots=True)
class LastBar:
    """A series' last admitted bar, as corrected since. next_offset: where its state goes on."""

    ts: int
    values: Values
    next_offset: int


@dataclass(slots=True)
class SeriesGate:
    """The fold that decides for each bar of a partition whether it counts."""

    last: dict[bytes, LastBar] = field(default_factory=dict)
    """By record key."""

    def admit(self, batch: BarBatch) -> tuple[NDArray[np.int8], dict[int, Values]]:
        """Verdicts, int8 (n,), and the values that each corrected row replaces, by row."""
        columns = batch.columns
        verdicts = np.zeros(len(batch), np.int8)
        replaced: dict[int, Values] = {}
        rows = zip(
            columns.ts.tolist(),
            columns.open.tolist(),
            columns.high.tolist(),
            columns.low.tolist(),
            columns.close.tolist(),
            columns.volume.tolist(),
            batch.codes.tolist(),
            batch.offsets.tolist(),
            strict=True,
        )
        for row, (ts, o, h, low, c, v, code, offset) in enumerate(rows):
            values = (o, h, low, c, v)
            key = batch.keys[code]
            last = self.last.get(key)
            if last is None:
                self.last[key] = LastBar(ts, values, offset + 1)
            elif offset < last.next_offset:
                verdicts[row] = Verdict.SEEN
            else:
                last.next_offset = offset + 1
                if ts > last.ts:
                    last.ts, last.values = ts, values
                elif ts < last.ts:
                    verdicts[row] = Verdict.OUT_OF_ORDER
                elif values == last.values:
                    verdicts[row] = Verdict.REPEATED
                else:
                    verdicts[row] = Verdict.CORRECTED
                    replaced[row] = last.values
                    last.values = values
        return verdicts, replaced
