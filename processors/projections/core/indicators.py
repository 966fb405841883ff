"""Raw records of indicators.values.v1 → rows of `indicators`, in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated, Any

import msgspec
import numpy as np

from processors.projections.core.binary_copy import HEADER, TRAILER, groups, timestamps, tuples
from processors.projections.core.times import utc
from schemas.columns import Floats, Ints
from schemas.events.base import TS_US_MAX, TS_US_MIN
from schemas.events.indicators import PANEL_COLUMNS, IndicatorsComputed
from schemas.series import Series
from streams.admission import admit, series_of_key
from streams.bars import Rejection
from streams.catalog import INDICATORS
from streams.codec import INT64_MAX, RecordError, header
from streams.marks import Mark
from streams.records import Record

EVENT_TYPE = IndicatorsComputed.event_type().encode()

IndicatorRecord: Any = msgspec.defstruct(
    "IndicatorRecord",
    [
        ("feed", str),
        ("symbol", str),
        ("interval", str),
        ("ts", Annotated[int, msgspec.Meta(ge=TS_US_MIN, le=TS_US_MAX)]),
        ("source_offset", Annotated[int, msgspec.Meta(ge=0, le=INT64_MAX)]),
        ("seq", Annotated[int, msgspec.Meta(ge=0, le=INT64_MAX)]),
        ("library", str),
        *((name, float | None) for name in PANEL_COLUMNS),
    ],
    gc=False,
)
"""The fast twin of IndicatorsComputed."""

Value = tuple[int, Any]
"""A series' id and an IndicatorRecord of it."""

panel_of = attrgetter(*PANEL_COLUMNS)


@dataclass(frozen=True, slots=True)
class IndicatorRows:
    """n rows. series_ids, ts, source_offsets: int64 (n,); panel: float64 (n, PANEL_COLUMNS),
    NaN where the indicator warms up; libraries: n."""

    series_ids: Ints
    ts: Ints
    panel: Floats
    libraries: list[str]
    source_offsets: Ints

    def __len__(self) -> int:
        return len(self.libraries)

    def copy_data(self) -> bytes:
        """The rows in binary COPY; those with the same fields null come together."""
        nulls = np.isnan(self.panel)
        codes = {library: code for code, library in enumerate(dict.fromkeys(self.libraries))}
        libraries = np.array([codes[library] for library in self.libraries], np.int64)
        parts = [HEADER]
        for alike in groups(np.column_stack([nulls, libraries])):
            absent = nulls[alike[0]]
            panel = (
                None if absent[column] else self.panel[alike, column]
                for column in range(len(PANEL_COLUMNS))
            )
            parts.append(
                tuples(
                    (
                        self.series_ids[alike],
                        timestamps(self.ts[alike]),
                        *panel,
                        self.libraries[int(alike[0])].encode(),
                        self.source_offsets[alike],
                    ),
                    len(alike),
                )
            )
        return b"".join((*parts, TRAILER))

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows one by one, in the order of the table's columns."""
        for row, library in enumerate(self.libraries):
            yield (
                int(self.series_ids[row]),
                utc(int(self.ts[row])),
                *(None if value != value else value for value in self.panel[row].tolist()),
                library,
                int(self.source_offsets[row]),
            )


class IndicatorDecoder:
    """Decodes one partition; remembers the keys that it has checked."""

    def __init__(self, partition: int, partitions: int) -> None:
        self._partition = partition
        self._partitions = partitions
        self._series: dict[bytes, tuple[Series, int]] = {}
        self._decode = msgspec.json.Decoder(IndicatorRecord).decode

    def decode(self, records: Sequence[Record]) -> tuple[list[Value], list[Rejection]]:
        """The values of the records, and the records that are none."""
        values, rejections = [], []
        for record in records:
            try:
                values.append(self._value(record))
            except RecordError as error:
                rejections.append(Rejection(record, error.reason, error.message))
        return values, rejections

    def _value(self, record: Record) -> Value:
        known = self._series.get(record.key) if record.key is not None else None
        if known is None:
            series = series_of_key(record.key, self._partition, self._partitions)
            known = self._series[series.key.encode()] = (series, series.id)
        series, series_id = known
        try:
            if record.value is None or header(record.headers, "ce_type") not in (None, EVENT_TYPE):
                raise ValueError
            value = self._decode(record.value)
            if (value.symbol, value.feed, value.interval) != (
                series.symbol,
                series.feed,
                series.interval,
            ):
                raise ValueError
        except (ValueError, RecursionError, msgspec.MsgspecError):
            value = self._slow_value(record)
        return series_id, value

    def _slow_value(self, record: Record) -> Any:
        """The value as the contract itself reads it; RecordError says what is wrong."""
        event = admit(record, INDICATORS, self._partitions)
        try:
            return msgspec.convert(event.model_dump(), IndicatorRecord)
        except msgspec.ValidationError as error:
            raise RecordError("malformed", str(error)) from None


def mark_of(value: Value) -> Mark:
    """Where a value's event stands among its partition's."""
    _, record = value
    return record.source_offset, record.seq


def indicator_rows(values: Sequence[Value]) -> IndicatorRows:
    """Values as columns."""
    records = [record for _, record in values]
    panel = np.array([panel_of(record) for record in records], np.float64)
    return IndicatorRows(
        series_ids=np.array([series_id for series_id, _ in values], np.int64),
        ts=np.array([record.ts for record in records], np.int64),
        panel=panel.reshape(len(values), len(PANEL_COLUMNS)),
        libraries=[record.library for record in records],
        source_offsets=np.array([record.source_offset for record in records], np.int64),
    )
