"""A person's CSV or Parquet file → facts about instruments, and every bad row with its line.

Which columns there are and what a row means is the caller's; the rest is the same for actions and
instruments: rows are few, so they are read one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from schemas.events.base import Event, InstrumentEvent
from schemas.series import SYMBOL_PATTERN
from streams.codec import sentence
from streams.sources import headers
from streams.sources.cells import Cells
from streams.sources.csv_file import NO_SYMBOL, open_csv_cells
from streams.sources.errors import Reject, RowError, TableError
from streams.sources.headers import find, places_of
from streams.sources.parquet_file import open_parquet_cells
from streams.sources.rows import number
from streams.sources.table import (
    PARQUET_SUFFIXES,
    Names,
    feed_name,
    stem_of,
    symbol_name,
)
from streams.sources.times import day_of

E = TypeVar("E", bound=InstrumentEvent)
F = TypeVar("F", bound=Event)

Row = Mapping[str, Any]
"""A row's cells by what they are; None where the file has no such column, or nothing in it."""

EMPTY = ("", "nan", "null", "none")
PENCE = {"GBX": "GBP", "ZAC": "ZAR", "ILA": "ILS"}
"""What hundredths are traded under, which ISO 4217 does not know."""


class Told(NamedTuple):
    """Where a row is and whom it is about."""

    line: int
    feed: str
    symbol: str


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns may be called, which must be there, and of which groups one at least."""

    names: headers.Names
    required: Sequence[str]
    one_of: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Facts(Generic[E]):
    """What a file says, in its order; rows that say again what one before said are left out.

    rejects: rows that say nothing that can be used, by line. notes: how the file was understood,
    in sentences.
    """

    feed: str
    events: list[E]
    rejects: list[Reject]
    rows_read: int
    notes: list[str]


def read_facts(
    path: Path,
    names: Names,
    columns: Columns,
    fact_of: Callable[[Told, Row], E | None],
    progress: Callable[[int], None] = lambda _rows: None,
) -> Facts[E]:
    """The facts of a file. fact_of: what a row says, None for a repeat; it may raise RowError.

    Raises TableError, one sentence, when the file as a whole can't be used.
    """
    if names.interval is not None:
        raise TableError(
            "what is said of an instrument holds for all its intervals; leave --interval out"
        )
    stem = stem_of(path)
    feed, symbol = feed_name(names.feed, stem), symbol_name(names.symbol, stem)
    opened = open_csv_cells if not is_parquet(path) else open_parquet_cells
    events: list[E] = []
    rejects: list[Reject] = []
    repeats = 0
    with opened(path) as (header, chunks):
        places = places_in(header, columns)
        if places["symbol"] is None and symbol is None:
            raise TableError(NO_SYMBOL)
        for line, cells in rows_of(chunks, rejects, progress):
            try:
                told = Told(line, feed, symbol_of(cells, places["symbol"], symbol))
                row = {what: cell_of(cells, place) for what, place in places.items()}
                event = fact_of(told, row)
            except RowError as error:
                rejects.append(Reject(line, str(error)))
                continue
            if event is None:
                repeats += 1
            else:
                events.append(event)
    rows_read = len(events) + len(rejects) + repeats
    if not rows_read:
        raise TableError("the file has no rows below its header")
    notes = [f"rows that repeat an earlier one: {repeats:,}"] if repeats else []
    return Facts(feed, events, sorted(rejects), rows_read, [*unused(header, places), *notes])


def rows_of(
    chunks: Iterable[Cells], rejects: list[Reject], progress: Callable[[int], None]
) -> Iterator[tuple[int, Sequence[Any]]]:
    """Each row with its line; what is no row is added to `rejects`."""
    read = 0
    for chunk in chunks:
        rejects += chunk.rejects
        yield from zip(chunk.lines, chunk.rows, strict=True)
        read += len(chunk.rows) + len(chunk.rejects)
        progress(read)


def is_parquet(path: Path) -> bool:
    return path.name.lower().endswith(PARQUET_SUFFIXES)


def places_in(header: Sequence[str], columns: Columns) -> dict[str, int | None]:
    """Where each thing is. Raises TableError where what is needed is missing."""
    places = find(header, places_of(header, columns.names), columns.names, columns.required)
    if columns.one_of and all(places[what] is None for what in columns.one_of):
        wanted = " or ".join(columns.one_of)
        found = ", ".join(map(repr, header))
        raise TableError(f"columns are missing: {wanted}; found {found}")
    return places


def unused(header: Sequence[str], places: Mapping[str, int | None]) -> list[str]:
    """A note of the columns that nothing was read from: one may be misspelled."""
    names = [repr(name) for place, name in enumerate(header) if place not in places.values()]
    return [f"not used: {', '.join(names)}"] if names else []


def cell_of(cells: Sequence[Any], place: int | None) -> Any:
    """The cell, None where there is nothing in it."""
    cell = None if place is None else cells[place]
    if isinstance(cell, str):
        cell = cell.strip()
        return None if cell.lower() in EMPTY else cell
    return None if isinstance(cell, float) and cell != cell else cell


def needed(name: str, cell: Any) -> Any:
    """The cell. Raises RowError where there is nothing in it."""
    if cell is None:
        raise RowError(f"{name} is missing")
    return cell


def symbol_of(cells: Sequence[Any], place: int | None, of_all: str | None) -> str:
    """The row's symbol, or the file's. A company's may be NAN or NULL, so these are names here."""
    symbol = of_all if place is None else str(needed("symbol", cells[place])).strip()
    if not symbol:
        raise RowError("symbol is missing")
    if not re.fullmatch(SYMBOL_PATTERN, symbol):
        raise RowError(f"symbol {symbol!r} is none; use up to 32 letters, digits and . ^ = _ -")
    return symbol


def positive(name: str, cell: Any) -> float:
    """The cell as a finite number above 0."""
    value = number(name, needed(name, cell))
    if value <= 0:
        raise RowError(f"{name} {cell} must be above 0")
    return value


def day(name: str, cell: Any) -> date:
    try:
        return day_of(needed(name, cell))
    except RowError as error:
        raise RowError(f"{name}: {error}" if cell is not None else str(error)) from None


def currency_of(cell: Any) -> str | None:
    """A currency by its ISO 4217 code, None where none is said."""
    if cell is None:
        return None
    written = str(cell)
    # Not GBp, which is a penny.
    code = written.upper() if written.islower() else written
    if code in PENCE:
        whole = PENCE[code]
        raise RowError(f"currency {code} is a hundredth of {whole}; write amounts in {whole}")
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise RowError(f"currency {written!r} is no ISO 4217 code; write one such as USD")
    return code


def made(model: type[F], /, **fields: Any) -> F:
    """The event; RowError says what its contract refuses."""
    try:
        return model(**fields)
    except ValidationError as error:
        raise RowError(sentence(error)) from None
