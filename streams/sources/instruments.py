"""A file of instruments → InstrumentListed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from schemas.events.instruments import InstrumentListed
from streams.sources import headers
from streams.sources.calendars import calendar_name
from streams.sources.errors import RowError
from streams.sources.facts import (
    Columns,
    Facts,
    Row,
    Told,
    currency_of,
    day,
    made,
    needed,
    positive,
    read_facts,
)
from streams.sources.table import FROM_FILE, Names

COLUMNS = Columns(
    names={
        "symbol": headers.NAMES["symbol"],
        "tick_size": ("tick size", "ticksize", "tick"),
        "lot": ("lot", "lot size", "lotsize"),
        "currency": ("currency", "ccy"),
        "sector": ("sector",),
        "calendar": ("calendar", "trading calendar", "mic", "exchange"),
        "first_day": ("first day", "first date", "listed"),
        "last_day": ("last day", "last date", "delisted"),
    },
    required=("tick_size", "lot", "currency", "calendar"),
)


def read_instrument_table(
    path: Path, names: Names = FROM_FILE, progress: Callable[[int], None] = lambda _rows: None
) -> Facts[InstrumentListed]:
    """The instruments of a file, as `read_facts` reads them."""
    return read_facts(path, names, COLUMNS, InstrumentRows().read, progress)


class InstrumentRows:
    """Reads rows in the order of a file, which may say one thing of a symbol."""

    def __init__(self) -> None:
        self._listed: dict[str, tuple[InstrumentListed, int]] = {}
        self._calendar = cache(calendar_name)

    def read(self, told: Told, row: Row) -> InstrumentListed | None:
        """What a row says; None where a row before it says the same. Raises RowError."""
        listed = made(
            InstrumentListed,
            feed=told.feed,
            symbol=told.symbol,
            tick_size=positive("tick_size", row["tick_size"]),
            lot=positive("lot", row["lot"]),
            currency=needed("currency", currency_of(row["currency"])),
            sector=None if row["sector"] is None else str(row["sector"]),
            calendar=self._calendar(str(needed("calendar", row["calendar"]))),
            first_day=day_or_none("first_day", row["first_day"]),
            last_day=day_or_none("last_day", row["last_day"]),
        )
        if listed.first_day and listed.last_day and listed.first_day > listed.last_day:
            raise RowError(f"last_day {listed.last_day} is before first_day {listed.first_day}")
        before, line = self._listed.setdefault(told.symbol, (listed, told.line))
        if before != listed:
            raise RowError(f"line {line} says something else of {told.symbol}; keep one of them")
        return listed if line == told.line else None


def day_or_none(name: str, cell: Any) -> Any:
    return None if cell is None else day(name, cell)
