"""Bars in → one row of indicator values a bar out.

Consumes market.bars.v1; produces indicators.values.v1. The values are computed by the panel, a
module in the strategy language, compiled from the library that strategies use too.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from sandbox.host.instance import Instance
from schemas.events.indicators import PANEL_COLUMNS, IndicatorsComputed
from schemas.series import interval_us
from streams.bars import BarBatch, BarDecoder, SeriesGate, Verdict
from streams.catalog import INDICATORS
from streams.codec import Outgoing, event_headers
from streams.compute import Outputs
from streams.gates import restore_last, save_last
from streams.records import Record
from streams.snapshots import Entry, Snapshot

SERIES_PREFIX = "series/"
SOURCE = "/peripheral/indicators"
EVENT_TYPE = IndicatorsComputed.event_type()

IndicatorsRecord = msgspec.defstruct(
    "IndicatorsRecord",
    [
        ("feed", str),
        ("symbol", str),
        ("interval", str),
        ("ts", int),
        ("source_offset", int),
        ("seq", int),
        ("library", str),
        *((name, float | None) for name in PANEL_COLUMNS),
    ],
    gc=False,
)
"""The fast twin of IndicatorsComputed."""


class IndicatorsFold:
    """The panel's state for every series of one partition."""

    def __init__(
        self, partition: int, partitions: int, panel: Instance, snapshot: Snapshot
    ) -> None:
        assert panel.metadata.plots == PANEL_COLUMNS, "the panel plots the event's columns"
        self._decoder = BarDecoder(partition, partitions)
        self._gate = SeriesGate()
        self._panel = panel
        self._blocks: dict[bytes, int] = {}
        self._moved: set[bytes] = set()
        self._encode = msgspec.json.Encoder().encode
        for name, entry in snapshot.entries.items():
            self._restore(name.removeprefix(SERIES_PREFIX).encode(), entry)

    async def advance(self, records: Sequence[Record]) -> Outputs:
        batch = self._decoder.decode(records)
        verdicts, _ = self._gate.admit(batch)
        self._moved.update(batch.keys)
        rows = np.flatnonzero(verdicts == Verdict.ADMITTED)
        blocks = np.array([self._block(key) for key in batch.keys], np.int32)
        outputs = self._panel.evaluate(blocks[batch.codes[rows]], batch.columns.take(rows))
        assert not outputs.trapped.any(), "the panel never traps"
        return {INDICATORS.name: self._encoded(batch, rows, outputs.plots)}

    def entries(self, *, everything: bool) -> list[Entry]:
        """One a series: its block and its place in the gate have seen the same bars, or a restart
        between the two would count some of them twice or never."""
        moved, self._moved = self._moved, set()
        keys = sorted(self._blocks if everything else moved)
        blocks = self._panel.save_many([self._blocks[key] for key in keys])
        return [
            (
                SERIES_PREFIX + key.decode(),
                msgspec.msgpack.encode((save_last(self._gate.last[key]), block)),
            )
            for key, block in zip(keys, blocks, strict=True)
        ]

    def _restore(self, key: bytes, entry: bytes) -> None:
        last, block = msgspec.msgpack.decode(entry, type=tuple[bytes, bytes])
        self._gate.last[key] = restore_last(last)
        self._panel.restore(self._block(key), block)

    def _block(self, key: bytes) -> int:
        block = self._blocks.get(key)
        if block is None:
            block = self._blocks[key] = self._panel.allocate({})
        return block

    def _encoded(
        self, batch: BarBatch, rows: NDArray[np.intp], plots: NDArray[np.float64]
    ) -> list[Outgoing]:
        library = self._panel.metadata.library_version
        values = nones_for_nans(plots)
        ends = [interval_us(series.interval) for series in batch.series]
        prefix = f"{INDICATORS.name}/{batch.partition}/"
        codes = batch.codes[rows].tolist()
        offsets = batch.offsets[rows].tolist()
        times = batch.columns.ts[rows].tolist()
        timestamps_ms = batch.timestamps_ms[rows].tolist()
        written: list[Outgoing] = []
        for place, row in enumerate(rows.tolist()):
            code, offset, ts = codes[place], offsets[place], times[place]
            series = batch.series[code]
            record = IndicatorsRecord(
                series.feed, series.symbol, series.interval, ts, offset, 0, library, *values[place]
            )
            headers = event_headers(
                EVENT_TYPE,
                f"{prefix}{offset}/0",
                SOURCE,
                ts + ends[code],
                batch.traceparents[row],
            )
            written.append(
                Outgoing(batch.keys[code], self._encode(record), headers, timestamps_ms[place])
            )
        return written


def nones_for_nans(plots: NDArray[np.float64]) -> list[list[float | None]]:
    """(plots, n) as n rows, with None for na."""
    rows: list[list[float | None]] = plots.T.tolist()
    for place in np.flatnonzero(np.isnan(plots).any(axis=0)).tolist():
        rows[place] = [None if value != value else value for value in rows[place]]
    return rows
