"""Bars, indicator values and signals in → one INSERT a row, committed by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import psycopg
from psycopg import sql

from bench.stock.state import raw_topic
from processors.indicators.core import IndicatorsRecord
from processors.projections import tables
from processors.projections.core.quarters import missing_quarters
from processors.projections.core.signals import NUMBERS, WORDS
from processors.projections.quarters import MAKE_QUARTERS
from schemas.columns import Ints
from schemas.events.indicators import PANEL_COLUMNS
from schemas.events.signals import SignalEmitted
from schemas.series import Series
from streams.bars import BarRecord
from streams.catalog import BARS, INDICATORS, SIGNALS, Topic
from streams.settings import Settings

Row = tuple[Any, ...]
RowOf = Callable[[bytes, int], Row]
"""From a record's value and offset to its row, in the order of the table's columns."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
QUARTERLY = (tables.BARS, tables.INDICATORS)
"""Tables of a partition a quarter, and the time in the second column."""


def utc(ts_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=ts_us)


def series_id(event: Any) -> int:
    return Series(event.feed, event.symbol, event.interval).id


_bar = msgspec.json.Decoder(BarRecord).decode
_indicators = msgspec.json.Decoder(IndicatorsRecord).decode


def ts_of(row: Row) -> Ints:
    """A row's time as `missing_quarters` wants it."""
    return np.array([(row[1] - EPOCH) // timedelta(microseconds=1)], np.int64)


def bar_row(value: bytes, offset: int) -> Row:
    bar = _bar(value)
    prices = (bar.open, bar.high, bar.low, bar.close, bar.volume)
    return (series_id(bar), utc(bar.ts), *prices, offset)


def indicators_row(value: bytes, _offset: int) -> Row:
    row: Any = _indicators(value)
    panel = (getattr(row, name) for name in PANEL_COLUMNS)
    return (series_id(row), utc(row.ts), *panel, row.library, row.source_offset)


def signal_row(value: bytes, _offset: int) -> Row:
    signal = SignalEmitted.model_validate_json(value)
    return (
        *(signal.series.id, signal.source_offset, signal.seq, utc(signal.ts)),
        *(signal.deployment_id, signal.strategy_id, signal.version, signal.action),
        *(getattr(signal, name) for name in ("price", *NUMBERS, *WORDS)),
        *(msgspec.json.encode(signal.plots).decode(), signal.receipt.model_dump_json()),
    )


def attach(app: Any, settings: Settings, *, durable: bool) -> None:  # noqa: ARG001  # the database is
    """An agent a topic, each with a connection of its own."""
    for topic, table, row_of in (
        (BARS, tables.BARS, bar_row),
        (INDICATORS, tables.INDICATORS, indicators_row),
        (SIGNALS, tables.SIGNALS, signal_row),
    ):
        attach_one(app, settings, topic, table, row_of)


def attach_one(
    app: Any, settings: Settings, topic: Topic, table: tables.Table, row_of: RowOf
) -> None:
    """Insert each record of a topic as a row."""

    async def insert(stream: Any) -> None:
        connection = await psycopg.AsyncConnection.connect(settings.database_url, autocommit=True)
        names = [name for name, _ in table.columns]
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
            sql.Identifier(table.name),
            tables.identifiers(names),
            sql.SQL(", ").join([sql.Placeholder()] * len(names)),
        )
        known: set[date] = set()
        async for event in stream.events():
            row = row_of(event.value, event.message.offset)
            if table in QUARTERLY and (missing := missing_quarters(ts_of(row), known)):
                await connection.execute(MAKE_QUARTERS, (table.name, missing))
                known.update(missing)
            await connection.execute(statement, row)

    app.agent(raw_topic(app, topic.name), name=f"insert-{table.name}")(insert)
