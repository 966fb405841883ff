"""Bars of all partitions as standing screens take them in: those that count, and the time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from processors.research.standing.track import Track
from schemas.series import interval_us
from streams.bars import BarDecoder, SeriesGate, Verdict
from streams.records import Record


class Market:
    """The gates of all bar partitions, each read from its begin."""

    def __init__(self, partitions: int) -> None:
        self.next = dict.fromkeys(range(partitions), 0)
        """The offset that is taken in next, by partition."""
        self.clocks: dict[str, int] = {}
        """The latest close of any bar, by feed, UTC µs."""
        self._decoders = [BarDecoder(number, partitions) for number in range(partitions)]
        self._gates = [SeriesGate() for _ in range(partitions)]

    def take(self, partition: int, records: Sequence[Record], tracks: Iterable[Track]) -> None:
        """Give the tracks the bars that count. records: those of the partition that follow."""
        if not records:
            return
        batch = self._decoders[partition].decode(records)
        verdicts, _ = self._gates[partition].admit(batch)
        rows = np.flatnonzero(verdicts == Verdict.ADMITTED)
        self.next[partition] = records[-1].offset + 1
        if not len(rows):
            return
        for track in tracks:
            track.offer(batch, rows)
        opens = np.full(len(batch.series), np.iinfo(np.int64).min)
        np.maximum.at(opens, batch.codes[rows], batch.columns.ts[rows])
        for code in np.unique(batch.codes[rows]).tolist():
            series = batch.series[code]
            close_us = int(opens[code]) + interval_us(series.interval)
            self.clocks[series.feed] = max(close_us, self.clocks.get(series.feed, close_us))
