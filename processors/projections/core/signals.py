"""Raw records of signals.emitted.v1, orders among them, → rows of `signals`, in columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any

import msgspec
import numpy as np
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from processors.projections.core.binary_copy import (
    HEADER,
    TRAILER,
    Buffer,
    timestamps,
    varying_tuples,
)
from processors.projections.core.times import utc
from schemas.columns import Floats, Ints
from schemas.events.base import ID_PATTERN, TS_US_MAX, TS_US_MIN
from schemas.events.fills import FillTerms
from schemas.events.signals import (
    ORDERS,
    Action,
    ExitsFrom,
    Intent,
    Lifetime,
    Order,
    OrderEmitted,
    SignalEmitted,
    Sizing,
    Timing,
)
from streams.admission import admit, series_of_key
from streams.bars import Rejection
from streams.catalog import SIGNALS
from streams.codec import INT64_MAX, INT64_MIN, RecordError, header
from streams.marks import Mark
from streams.records import Record

SIGNAL_TYPE = SignalEmitted.event_type().encode()
ORDER_TYPE = OrderEmitted.event_type().encode()
NUL = rb"\u0000"
RULES: TypeAdapter[FillTerms | None] = TypeAdapter(FillTerms | None)

Natural = Annotated[int, msgspec.Meta(ge=0, le=INT64_MAX)]
Int64 = Annotated[int, msgspec.Meta(ge=INT64_MIN, le=INT64_MAX)]


class SignalRecord(msgspec.Struct, gc=False, forbid_unknown_fields=True, kw_only=True):
    """The fast twin of SignalEmitted and OrderEmitted; further fields are left to those.

    plots, receipt: the record's own text, so that a receipt's hash can be computed from its row.
    """

    feed: str
    symbol: str
    interval: str
    ts: Annotated[int, msgspec.Meta(ge=TS_US_MIN, le=TS_US_MAX)]
    source_offset: Natural
    seq: Natural
    deployment_id: str
    strategy_id: str
    version: Annotated[int, msgspec.Meta(ge=1, le=INT64_MAX)]
    action: Action | Order
    price: float
    size: float | None
    score: float | None
    limit: float | None = None
    stop: float | None = None
    exit_limit: float | None = None
    exit_stop: float | None = None
    exit_trail: float | None = None
    sizing: Sizing = "units"
    at: Timing = "open"
    tif: Lifetime = "gtc"
    exits_from: ExitsFrom = "fill"
    plots: msgspec.Raw
    receipt: msgspec.Raw


class ReceiptRecord(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """The fast twin of Receipt, to check the text by; its rules are for FillTerms to check."""

    topic: str
    partition: Int64
    offset: Int64
    wasm_sha256: str
    library_version: str
    params: dict[str, float]
    active_from_offset: Int64
    previous: str
    hash: str
    rules: msgspec.Raw = msgspec.Raw(b"null")


Value = tuple[int, SignalRecord]
"""A series' id and a signal of it."""

names_of = attrgetter("feed", "symbol", "interval")
NUMBERS = ("size", "score", "limit", "stop", "exit_limit", "exit_stop", "exit_trail")
"""The columns that may be null, in their order."""
numbers_of = attrgetter(*NUMBERS)
WORDS = ("sizing", "at", "tif", "exits_from")
"""The columns that say more of an order, in their order."""
words_of = attrgetter(*WORDS)


class SignalRows:
    """n signals as rows, in order."""

    def __init__(self, values: Sequence[Value]) -> None:
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    def copy_data(self) -> bytes:
        """The rows in binary COPY."""
        records = [record for _, record in self._values]

        def ints(name: str) -> Ints:
            return np.array(list(map(attrgetter(name), records)), np.int64)

        def floats(name: str) -> Floats:
            return np.array(list(map(attrgetter(name), records)), np.float64)

        def texts(name: str) -> list[bytes]:
            found = list(map(attrgetter(name), records))
            if found.count(found[0]) == len(found):
                return [found[0].encode()] * len(found)
            return [text.encode() for text in found]

        columns: list[Ints | Floats | Sequence[Buffer]] = [
            np.array([series_id for series_id, _ in self._values], np.int64),
            ints("source_offset"),
            ints("seq"),
            timestamps(ints("ts")),
            texts("deployment_id"),
            texts("strategy_id"),
            ints("version"),
            texts("action"),
            floats("price"),
            *map(floats, NUMBERS),
            *map(texts, WORDS),
            [record.plots for record in records],
            [record.receipt for record in records],
        ]
        return HEADER + varying_tuples(columns) + TRAILER

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows one by one, in the order of the table's columns."""
        for series_id, record in self._values:
            yield (
                series_id,
                record.source_offset,
                record.seq,
                utc(record.ts),
                record.deployment_id,
                record.strategy_id,
                record.version,
                record.action,
                record.price,
                *numbers_of(record),
                *words_of(record),
                bytes(record.plots).decode(),
                bytes(record.receipt).decode(),
            )


class SignalDecoder:
    """Decodes one partition; remembers the keys that it has checked."""

    def __init__(self, partition: int, partitions: int) -> None:
        self._partition = partition
        self._partitions = partitions
        self._series: dict[bytes, tuple[tuple[str, str, str], int]] = {}
        self._decode = msgspec.json.Decoder(SignalRecord).decode
        self._check_plots = msgspec.json.Decoder(dict[str, float | None]).decode
        self._check_receipt = msgspec.json.Decoder(ReceiptRecord).decode

    def decode(self, records: Sequence[Record]) -> tuple[list[Value], list[Rejection]]:
        """The signals of the records, and the records that are none."""
        values, rejections = [], []
        for record in records:
            try:
                values.append(self._quick_value(record) or self._slow_value(record))
            except RecordError as error:
                rejections.append(Rejection(record, error.reason, error.message))
        return values, rejections

    def _quick_value(self, record: Record) -> Value | None:
        """The signal; None where there is any doubt that the contract reads the same."""
        value = record.value
        if value is None or record.key is None or NUL in value:
            return None
        kind = header(record.headers, "ce_type")
        if kind not in (SIGNAL_TYPE, ORDER_TYPE):
            return None
        try:
            names, series_id = self._series.get(record.key) or self._check_key(record.key)
            signal = self._decode(value)
            self._check_plots(signal.plots)
            rules = self._check_receipt(signal.receipt).rules
        except (RecordError, RecursionError, msgspec.MsgspecError, UnicodeDecodeError):
            return None
        sound = is_id(signal.deployment_id) and is_id(signal.strategy_id)
        sound = sound and are_rules(bytes(rules))
        sound = sound and (signal.action in ORDERS) == (kind == ORDER_TYPE)
        return (series_id, signal) if sound and names_of(signal) == names else None

    def _check_key(self, key: bytes) -> tuple[tuple[str, str, str], int]:
        series = series_of_key(key, self._partition, self._partitions)
        known = self._series[key] = (names_of(series), series.id)
        return known

    def _slow_value(self, record: Record) -> Value:
        """The signal as the contract itself reads it; RecordError says what is wrong."""
        event = admit(record, SIGNALS, self._partitions)
        assert isinstance(event, Intent)
        fields = event.model_dump(exclude={"plots", "receipt"})
        receipt = msgspec.Raw(event.receipt.model_dump_json(exclude_unset=True).encode())
        plots = msgspec.Raw(to_json(event.plots))
        return event.series.id, SignalRecord(**fields, plots=plots, receipt=receipt)


@lru_cache(maxsize=4096)  # there are few deployments
def is_id(text: str) -> bool:
    """Whether a text is an `Id` of the contract."""
    return re.fullmatch(ID_PATTERN, text) is not None


@lru_cache(maxsize=4096)
def are_rules(text: bytes) -> bool:
    """Whether a text is what the contract has for rules."""
    try:
        RULES.validate_json(text)
    except ValidationError:
        return False
    return True


def mark_of(value: Value) -> Mark:
    """Where a signal stands among its partition's."""
    _, signal = value
    return signal.source_offset, signal.seq
