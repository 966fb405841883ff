"""Bars for research: from files, or from the database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psycopg

from deploy.configuration import load_settings
from deploy.errors import UserError
from processors.research.stored import stored_bars
from schemas.columns import BarColumns
from schemas.series import Series
from streams.settings import Settings
from streams.sources.errors import TableError
from streams.sources.table import Names, read_table

REJECTS_SHOWN = 3
CONNECT_LIMIT_S = 5


class Market(NamedTuple):
    """bars: by symbol, in the order that was asked for; all of one interval. notes: sentences on
    what was left out."""

    bars: dict[str, BarColumns]
    interval: str
    notes: list[str]


def market_of(
    files: Sequence[Path],
    symbols: str | None,
    feed: str,
    interval: str | None,
    end_us: int | None,
    data_dir: Path | None,
) -> Market:
    """The bars of files, or, where there are none, of the database. symbols: as A,B. Raises
    UserError."""
    wanted = [each.strip() for each in (symbols or "").split(",") if each.strip()]
    if files:
        return bars_of_files(files, wanted, interval)
    if not wanted:
        raise UserError("Say on which bars: --bars FILE.csv, or --symbols A,B of the database.")
    settings = load_settings(data_dir)
    return bars_of_database(settings, feed, wanted, interval or "1d", end_us)


def bars_of_files(paths: Sequence[Path], symbols: Sequence[str], interval: str | None) -> Market:
    """The bars of files.

    symbols: those wanted, in their order; all that are there where empty. Raises UserError.
    """
    found: dict[str, BarColumns] = {}
    intervals: set[str] = set()
    notes: list[str] = []
    for path in paths:
        try:
            table = read_table(path, Names(interval=interval))
        except TableError as error:
            raise UserError(f"{path}: {error}.") from None
        notes += [
            f"{path.name}, line {reject.line}: {reject.reason}; it is left out."
            for reject in table.rejects[:REJECTS_SHOWN]
        ]
        if len(table.rejects) > REJECTS_SHOWN:
            notes.append(f"{path.name}: {len(table.rejects):,} lines are left out in all.")
        for code, series in enumerate(table.series):
            rows = np.flatnonzero(table.codes == code)
            if not len(rows) or (symbols and series.symbol not in symbols):
                continue
            if series.symbol in found:
                raise UserError(f"{series.symbol} is in more than one of the files.")
            found[series.symbol] = table.columns.take(rows)
            intervals.add(series.interval)
    missing = [symbol for symbol in symbols if symbol not in found]
    if missing:
        raise UserError(f"The files have no {', '.join(missing)}.")
    if not found:
        raise UserError("The files have no bars that can be used.")
    if len(intervals) > 1:
        listed = ", ".join(sorted(intervals))
        raise UserError(f"The bars have several intervals ({listed}): take one, with --interval.")
    ordered = {symbol: found[symbol] for symbol in symbols} if symbols else found
    return Market(ordered, intervals.pop(), notes)


def bars_of_database(
    settings: Settings, feed: str, symbols: Sequence[str], interval: str, end_us: int | None
) -> Market:
    """The same of the database's bars. Raises UserError."""
    try:
        wanted = [Series(feed, symbol, interval) for symbol in symbols]
        with psycopg.connect(settings.database_url, connect_timeout=CONNECT_LIMIT_S) as connection:
            found = stored_bars(connection, wanted, end_us)
    except psycopg.Error as error:
        raise UserError(
            f"The database can't be read ({str(error).splitlines()[0]}): start it with"
            " `peripheral up`, or give files with --bars."
        ) from None
    missing = [symbol for symbol, bars in zip(symbols, found, strict=True) if not len(bars)]
    if missing:
        raise UserError(
            f"The database has no {interval} bars of {', '.join(missing)} from the feed {feed}:"
            " GET /v1/series lists what there is."
        )
    return Market(dict(zip(symbols, found, strict=True)), interval, [])
