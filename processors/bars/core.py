"""Bars in → corrections and dead letters out.

Consumes market.bars.v1; produces market.corrections.v1 and market.bars.v1.dlq.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.events.market import BarCorrected, BarValues
from schemas.series import interval_us
from streams.bars import BarBatch, BarDecoder, Values, Verdict
from streams.catalog import BARS, CORRECTIONS
from streams.codec import Outgoing, dead_letter, encode, rfc3339
from streams.compute import Outputs
from streams.gates import gate_entries, restore_gate
from streams.records import Record
from streams.snapshots import Entry, Snapshot


class BarsFold:
    """The judge of one partition: each bar that is no plain next bar gets an event."""

    def __init__(self, partition: int, partitions: int, snapshot: Snapshot) -> None:
        self._decoder = BarDecoder(partition, partitions)
        self._gate = restore_gate(snapshot.entries)
        self._moved: set[bytes] = set()

    async def advance(self, records: Sequence[Record]) -> Outputs:
        batch = self._decoder.decode(records)
        verdicts, replaced = self._gate.admit(batch)
        self._moved.update(batch.keys)
        letters = {
            rejection.record.offset: letter(rejection.record, rejection.reason, rejection.message)
            for rejection in batch.rejections
        }
        late = (verdicts == Verdict.OUT_OF_ORDER).nonzero()[0].tolist()
        by_offset = {record.offset: record for record in records} if late else {}
        for row in late:
            offset = int(batch.offsets[row])
            letters[offset] = out_of_order(by_offset[offset], int(batch.columns.ts[row]))
        corrections = [correction(batch, row, values) for row, values in replaced.items()]
        # In offset order, which does not depend on how batches are cut.
        in_order = [letters[offset] for offset in sorted(letters)]
        return {BARS.dlq: in_order, CORRECTIONS.name: corrections}

    def entries(self, *, everything: bool) -> list[Entry]:
        moved, self._moved = self._moved, set()
        return gate_entries(self._gate, None if everything else moved)


def out_of_order(record: Record, ts: int) -> Outgoing:
    """The dead letter of a bar that is older than its series' last."""
    return letter(
        record,
        "out_of_order",
        f"the bar of {rfc3339(ts)} is older than its series' last bar; to load history, use "
        "another feed name or rebuild",
    )


def letter(record: Record, reason: str, message: str) -> Outgoing:
    return dead_letter(
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.value,
        record.headers,
        record.timestamp,
        reason=reason,
        message=message,
    )


def correction(batch: BarBatch, row: int, previous: Values) -> Outgoing:
    """The event that a bar came again with other values."""
    series = batch.series[int(batch.codes[row])]
    columns = batch.columns
    offset = int(batch.offsets[row])
    ts = int(columns.ts[row])
    names = ("open", "high", "low", "close", "volume")
    event = BarCorrected(
        feed=series.feed,
        symbol=series.symbol,
        interval=series.interval,
        ts=ts,
        **{name: float(getattr(columns, name)[row]) for name in names},
        previous=BarValues(**dict(zip(names, previous, strict=True))),
        source_offset=offset,
        seq=0,
    )
    return encode(
        event,
        key=series.key,
        event_id=f"{CORRECTIONS.name}/{batch.partition}/{offset}/0",
        source="/peripheral/bars",
        ts_us=ts + interval_us(series.interval),
        traceparent=batch.traceparents[row],
        timestamp_ms=int(batch.timestamps_ms[row]),
    )
