"""A file of splits and dividends → SplitDeclared and DividendDeclared."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

from schemas.events.actions import Action, DividendDeclared, SplitDeclared
from streams.sources import headers
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
from streams.sources.headers import plain
from streams.sources.rows import number
from streams.sources.table import FROM_FILE, Names

COLUMNS = Columns(
    names={
        "ex_date": ("ex date", "exdate", "ex dividend date", "date"),
        "type": ("type", "action", "event", "kind"),
        "ratio": ("ratio", "split ratio"),
        "amount": ("amount", "cash amount", "dividend"),
        "value": ("value", "ratio/amount", "ratio or amount"),
        "currency": ("currency", "ccy"),
        "symbol": headers.NAMES["symbol"],
    },
    required=("ex_date", "type"),
    one_of=("ratio", "amount", "value"),
)
SPLITS = ("split", "splits", "stock split")
DIVIDENDS = ("dividend", "dividends", "div", "cash dividend", "special dividend")
RATIO = re.compile(r"([0-9.]+)\s*(?::|/|-?\s*for\s*-?)\s*([0-9.]+)", re.IGNORECASE)

Day = tuple[str, date]
"""A symbol and a day."""


def read_action_table(
    path: Path, names: Names = FROM_FILE, progress: Callable[[int], None] = lambda _rows: None
) -> Facts[Action]:
    """The actions of a file, as `read_facts` reads them."""
    return read_facts(path, names, COLUMNS, ActionRows().read, progress)


class ActionRows:
    """Reads rows in the order of a file, which numbers a day's dividends."""

    def __init__(self) -> None:
        self._splits: dict[Day, tuple[float, int]] = {}
        self._dividends: dict[Day, list[tuple[float, str | None]]] = {}

    def read(self, told: Told, row: Row) -> Action | None:
        """What a row says; None where a row before it says the same. Raises RowError."""
        kind = plain(str(needed("type", row["type"])))
        ex_date = day("ex_date", row["ex_date"])
        if kind in SPLITS:
            refuse(row["amount"], "a split has a ratio and no amount", idle=(0.0,))
            return self._split(told, ex_date, ratio_of(first(row["ratio"], row["value"])))
        if kind in DIVIDENDS:
            refuse(row["ratio"], "a dividend has an amount and no ratio", idle=(0.0, 1.0))
            amount = number("amount", needed("amount", first(row["amount"], row["value"])))
            if amount < 0:
                raise RowError(f"amount {amount} is negative")
            return self._dividend(told, ex_date, amount, currency_of(row["currency"]))
        raise RowError(f"type {row['type']!r} is neither split nor dividend; write one of the two")

    def _split(self, told: Told, ex_date: date, ratio: float) -> SplitDeclared | None:
        before = self._splits.setdefault((told.symbol, ex_date), (ratio, told.line))
        if before[1] == told.line:
            return made(
                SplitDeclared, feed=told.feed, symbol=told.symbol, ex_date=ex_date, ratio=ratio
            )
        if before[0] != ratio:
            raise RowError(
                f"line {before[1]} has another split of {told.symbol} on {ex_date}, {before[0]:g}; "
                "keep one of them, or write their product"
            )
        return None

    def _dividend(
        self, told: Told, ex_date: date, amount: float, currency: str | None
    ) -> DividendDeclared | None:
        paid = self._dividends.setdefault((told.symbol, ex_date), [])
        if (amount, currency) in paid:
            return None
        paid.append((amount, currency))
        return made(
            DividendDeclared,
            feed=told.feed,
            symbol=told.symbol,
            ex_date=ex_date,
            amount=amount,
            currency=currency,
            number=len(paid),
        )


def first(*cells: Any) -> Any:
    """The first cell that has something in it."""
    return next((cell for cell in cells if cell is not None), None)


def refuse(cell: Any, words: str, idle: Sequence[float]) -> None:
    """Raises RowError where a cell has something in it. idle: what tables fill up with."""
    try:
        empty = cell is None or float(cell) in idle
    except (TypeError, ValueError):
        empty = False
    if not empty:
        raise RowError(f"{words}; this row has {cell}")


def ratio_of(cell: Any) -> float:
    """New units for an old one, of `2:1`, `2/1`, `2-for-1` or `2.0`. Raises RowError."""
    cell = needed("ratio", cell)
    parts = RATIO.fullmatch(cell) if isinstance(cell, str) else None
    if parts is None:
        try:
            return positive("ratio", cell)
        except RowError as error:
            raise RowError(f"{error}; write new units for old ones, as 2:1 or 2.0") from None
    new, old = positive("ratio", parts[1]), positive("ratio", parts[2])
    ratio = new / old
    if not (isfinite(ratio) and ratio > 0):
        raise RowError(f"ratio {cell} is no number that can be stored")
    return ratio
