"""The records that our agents derive from bars, read fast, and only where no rule is in doubt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from schemas.events.base import Event
from schemas.events.indicators import IndicatorsComputed
from schemas.events.signals import AlertRaised, SignalEmitted
from schemas.series import Series
from streams.admission import series_of_key
from streams.catalog import ALERTS, BY_NAME, INDICATORS, SIGNALS
from streams.codec import INT64_MAX, INT64_MIN, RecordError, header
from streams.records import Record

DERIVED: Mapping[str, type[Event]] = {
    INDICATORS.name: IndicatorsComputed,
    SIGNALS.name: SignalEmitted,
    ALERTS.name: AlertRaised,
}
"""The only event of each topic that is read this way; others are left to the contract."""
NUL = rb"\u0000"
OF_THE_KEY = ("feed", "symbol", "interval")


class DerivedReader:
    """Reads the records of a topic in DERIVED; remembers the keys that it has checked.

    A false event must not pass: its mark would silence the true ones of its partition.
    """

    def __init__(self, topic: str, partitions: int) -> None:
        model = DERIVED[topic]
        self.kind = model.__name__
        only = len(BY_NAME[topic].events) == 1
        self._types = (model.event_type().encode(), *((None,) if only else ()))
        self._partitions = partitions
        self._series: list[dict[bytes, Series]] = [{} for _ in range(partitions)]
        self._decode = msgspec.json.Decoder(twin_of(model)).decode

    def read(self, record: Record) -> Any:
        """The event's twin; None where there is any doubt that the contract reads the same."""
        value, key = record.value, record.key
        if value is None or key is None or NUL in value:
            return None
        if header(record.headers, "ce_type") not in self._types:
            return None
        known = self._series[record.partition]
        try:
            series = known.get(key)
            if series is None:
                series = known[key] = series_of_key(key, record.partition, self._partitions)
            event = self._decode(value)
        except (RecordError, RecursionError, msgspec.MsgspecError, UnicodeDecodeError):
            return None
        same = (
            event.symbol == series.symbol
            and event.feed == series.feed
            and event.interval == series.interval
        )
        return event if same else None


def twin_of(model: type[BaseModel]) -> Any:
    """A msgspec struct with the fields of a model, their types, bounds and patterns.

    Further fields are left to the model: msgspec skips them by looser rules.
    """
    fields = [
        (name, _type_of(name, field), msgspec.NODEFAULT if field.is_required() else field.default)
        for name, field in model.model_fields.items()
    ]
    return msgspec.defstruct(
        model.__name__, fields, gc=False, forbid_unknown_fields=True, kw_only=True
    )


def _type_of(name: str, field: FieldInfo) -> Any:
    kind: Any = field.annotation
    rules: list[Any] = field.metadata
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return twin_of(kind)
    if kind is int:
        low = max([INT64_MIN, *(rule.ge for rule in rules if hasattr(rule, "ge"))])
        high = min([INT64_MAX, *(rule.le for rule in rules if hasattr(rule, "le"))])
        return Annotated[int, msgspec.Meta(ge=low, le=high)]
    patterns = [rule.pattern for rule in rules if hasattr(rule, "pattern")]
    if patterns and name not in OF_THE_KEY:  # which are compared with the key's, checked already
        # Python's $ would let a newline follow.
        return Annotated[str, msgspec.Meta(pattern=patterns[0].removesuffix("$") + r"\Z")]
    return kind
