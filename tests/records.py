"""Raw records for tests: bars as producers write them, and what folds write."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from schemas.events.base import Event
from schemas.series import Series
from streams.catalog import BARS
from streams.codec import Outgoing, encode
from streams.records import Record

DAY_US = 86_400_000_000
FIRST_TS_US = 1_600_000_000_000_000
FIRST_MS = 1_700_000_000_000

SERIES = (
    Series("walk", "AAA", "1d"),
    Series("walk", "BBB", "1d"),
    Series("other", "AAA", "1d"),
)


@dataclass(frozen=True, slots=True)
class RawRecord:
    """A record as a Kafka client hands it over."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


def raw(
    offset: int,
    key: bytes | None,
    value: bytes | None,
    headers: Sequence[tuple[str, bytes]] = (),
    topic: str = BARS.name,
    partition: int = 0,
) -> RawRecord:
    """A record of the bars topic unless told otherwise."""
    return RawRecord(topic, partition, offset, FIRST_MS + offset, key, value, headers)


def bar_value(series: Series, ts: int, **changes: Any) -> bytes:
    """A bar's JSON; every number is the same unless told otherwise."""
    fields = {
        "feed": series.feed,
        "symbol": series.symbol,
        "interval": series.interval,
        "ts": ts,
        "open": 2.0,
        "high": 3.0,
        "low": 1.0,
        "close": 2.5,
        "volume": 100.0,
    }
    return json.dumps({**fields, **changes}).encode()


def bar(offset: int, series: Series = SERIES[0], day: int = 0, **changes: Any) -> RawRecord:
    """A bar of that day on partition 0."""
    value = bar_value(series, FIRST_TS_US + day * DAY_US, **changes)
    return raw(offset, series.key.encode(), value)


def event_record(offset: int, event: Event, key: str, topic: str, partition: int = 0) -> RawRecord:
    """An event as a process of ours writes it."""
    written = encode(event, key=key, event_id=str(offset), source="/test", ts_us=0)
    return raw(offset, written.key, written.value, written.headers, topic, partition)


def walk(count: int, seed: int, series: Sequence[Series] = SERIES) -> list[RawRecord]:
    """A log of random walks of several series, interleaved, on partition 0.

    Among the bars lie repeats, corrections, corrections back, bars that come too late and records
    that are none; the last series appears in the second half.
    """
    chance = random.Random(seed)
    days = dict.fromkeys(series, 0)
    closes = dict.fromkeys(series, 100.0)
    records: list[RawRecord] = []
    for offset in range(count):
        one = chance.choice(series if offset > count // 2 else series[:-1])
        key = one.key.encode()
        headers = [("traceparent", b"00-%032x-01" % offset)] if offset % 3 == 0 else []
        same = [record.value for record in records if record.key == key and record.value]
        kind = chance.random()
        if kind < 0.05:
            value = chance.choice([b"{}", b"\xff", None])
        elif kind < 0.20 and same:
            value = chance.choice(same[-3:])
        else:
            corrected = kind < 0.28 and days[one] > 0
            days[one] += not corrected
            before, closes[one] = closes[one], closes[one] * chance.lognormvariate(0, 0.03)
            low, high = sorted((before, closes[one]))
            value = bar_value(
                one,
                FIRST_TS_US + days[one] * DAY_US,
                open=before,
                high=high * 1.01,
                low=low * 0.99,
                close=closes[one],
                volume=float(chance.randrange(1000)),
            )
        records.append(raw(offset, key, value, headers))
    return records


Written = tuple[bytes | None, bytes | None, tuple[tuple[str, bytes], ...], int | None]


def written(outgoing: Outgoing) -> Written:
    """Every byte of a record that goes to the log."""
    headers = tuple(outgoing.headers)
    return outgoing.key, outgoing.value, headers, outgoing.timestamp_ms


def mark_of(record: Written) -> tuple[int, int]:
    """(source_offset, seq) of a derived record; a dead letter's is its origin."""
    headers = dict(record[2])
    if "dlq_offset" in headers:
        return int(headers["dlq_offset"]), 0
    fields = json.loads(record[1] or b"")
    return fields["source_offset"], fields["seq"]


def counted(records: Iterable[Written]) -> list[Written]:
    """What a reader with a high-water mark sees; each repeat must be the same as its first."""
    firsts: dict[tuple[int, int], Written] = {}
    seen: list[Written] = []
    high = (-1, -1)
    for record in records:
        mark = mark_of(record)
        assert firsts.setdefault(mark, record) == record, "a repeat has other bytes"
        if mark > high:
            high = mark
            seen.append(record)
    return seen


def all_written(outputs: Iterable[Mapping[str, Sequence[Outgoing]]]) -> dict[str, list[Written]]:
    """What a fold gave, call by call, per topic."""
    found: dict[str, list[Written]] = {}
    for output in outputs:
        for topic, records in output.items():
            found.setdefault(topic, []).extend(map(written, records))
    return found


def pieces(records: Sequence[Record], cuts: Iterable[int]) -> list[Sequence[Record]]:
    """The records, cut before these places."""
    places = [0, *sorted({cut for cut in cuts if 0 < cut < len(records)}), len(records)]
    return [records[a:b] for a, b in pairwise(places) if a < b]
