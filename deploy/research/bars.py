"""Bars for research: from files, or from the database."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

import numpy as np
import psycopg

from deploy.configuration import load_settings
from deploy.errors import UserError
from deploy.research.bar_files import opened_files
from processors.research.action_files import read_actions, read_instruments
from processors.research.listing import Listing, listings_of
from processors.research.stored import stored_bars
from processors.research.stored_listings import stored_listings
from schemas.columns import BarColumns, joined
from schemas.events.instruments import InstrumentListed
from schemas.series import Series
from streams.actions import ActionError, Actions
from streams.settings import Settings
from streams.sources import sample
from streams.sources.errors import TableError
from streams.sources.sample import SampleBar, read_sample

CONNECT_LIMIT_S = 5
FACTS_ARE_STORED = (
    "The database has actions and instruments of its own: `peripheral ingest` puts a file of them"
    " there."
)


B = TypeVar("B")


class Market(NamedTuple):
    """bars: by symbol, in the order of their names; all of one interval. notes: sentences on
    what was left out. listings: in the order of the bars; none where nothing is known."""

    bars: dict[str, BarColumns]
    interval: str
    notes: list[str]
    listings: tuple[Listing, ...] = ()


class Wanted(Protocol):
    """What a command was given of bars. symbols: as A,B."""

    @property
    def bar_files(self) -> tuple[Path, ...]: ...
    @property
    def action_files(self) -> tuple[Path, ...]: ...
    @property
    def instrument_files(self) -> tuple[Path, ...]: ...
    @property
    def sample(self) -> bool: ...
    @property
    def symbols(self) -> str | None: ...
    @property
    def feed(self) -> str: ...
    @property
    def interval(self) -> str | None: ...
    @property
    def data_dir(self) -> Path | None: ...


def named_symbols(wanted: Wanted) -> list[str]:
    """Those that were named, in the order of their names: by it symbols of one time fill."""
    return sorted({each.strip() for each in (wanted.symbols or "").split(",")} - {""})


def market_of(wanted: Wanted, end_us: int | None) -> Market:
    """The bars of files, of the sample, or else of the database. Raises UserError."""
    symbols = named_symbols(wanted)
    if wanted.sample or wanted.bar_files:
        market = (
            bars_of_sample(symbols)
            if wanted.sample
            else bars_of_files(wanted.bar_files, symbols, wanted.interval)
        )
        files = wanted.action_files, wanted.instrument_files
        return market._replace(listings=listings_of_files(tuple(market.bars), *files))
    if wanted.action_files or wanted.instrument_files:
        raise UserError(FACTS_ARE_STORED)
    if not symbols:
        raise UserError(
            "Say on which bars: --bars FILE.csv, --sample, or --symbols A,B of the database."
        )
    settings = load_settings(wanted.data_dir)
    return bars_of_database(settings, wanted.feed, symbols, wanted.interval or "1d", end_us)


def bars_of_sample(symbols: Sequence[str]) -> Market:
    """Those of the sample feed. Raises UserError."""
    found: dict[str, list[SampleBar]] = {}
    for bar in read_sample():
        found.setdefault(bar.symbol, []).append(bar)
    bars = {symbol: _columns(rows) for symbol, rows in sorted(found.items())}
    return Market(chosen(bars, symbols, "The sample has"), sample.INTERVAL, [])


def _columns(rows: Sequence[SampleBar]) -> BarColumns:
    ts, prices = [bar.ts for bar in rows], np.array([bar[2:] for bar in rows])
    return BarColumns(np.array(ts), *np.ascontiguousarray(prices.T))


def chosen(bars: dict[str, B], symbols: Sequence[str], whose: str) -> dict[str, B]:
    """Those wanted, or all where none is named, by name."""
    missing = [symbol for symbol in symbols if symbol not in bars]
    if missing:
        raise UserError(f"{whose} no {', '.join(missing)}; there are {', '.join(bars)}.")
    return {symbol: bars[symbol] for symbol in symbols or sorted(bars)}


def bars_of_files(paths: Sequence[Path], symbols: Sequence[str], interval: str | None) -> Market:
    """The bars of files.

    symbols: those wanted; all that are there where empty. Raises UserError.
    """
    with opened_files(paths, interval, sys.maxsize) as found:
        bars = {symbol: joined(each.stream()) for symbol, each in found.bars.items()}
    return Market(chosen(bars, symbols, "The files have"), found.interval, found.notes)


def listings_of_files(
    symbols: Sequence[str], action_files: Sequence[Path], instrument_files: Sequence[Path]
) -> tuple[Listing, ...]:
    """What files say of these symbols; of a symbol in several the last. Raises UserError."""
    actions: dict[str, Actions] = {}
    instruments: dict[str, InstrumentListed] = {}
    for path in (*action_files, *instrument_files):
        try:
            if path in action_files:
                actions |= read_actions(path)
            else:
                instruments |= read_instruments(path)
        except (TableError, ActionError) as error:
            raise UserError(f"{path}: {error}.") from None
    unknown = sorted((actions.keys() | instruments.keys()) - set(symbols))
    if unknown and not (actions.keys() | instruments.keys()) & set(symbols):
        raise UserError(
            f"The files are of {', '.join(unknown[:10])}, of which there are no bars here."
        )
    return listings_of(symbols, actions, instruments)


@contextmanager
def opened_database(settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection for a command's reads; that it can't be had, or breaks, is a UserError."""
    try:
        with psycopg.connect(settings.database_url, connect_timeout=CONNECT_LIMIT_S) as connection:
            yield connection
    except psycopg.Error as error:
        raise UserError(
            f"The database can't be read ({str(error).splitlines()[0]}): start it with"
            " `peripheral up`, or give files with --bars."
        ) from None


def bars_of_database(
    settings: Settings, feed: str, symbols: Sequence[str], interval: str, end_us: int | None
) -> Market:
    """The same of the database's bars. Raises UserError."""
    wanted = [Series(feed, symbol, interval) for symbol in symbols]
    with opened_database(settings) as connection:
        found = stored_bars(connection, wanted, end_us)
        listings = database_listings(connection, feed, symbols)
    missing = [symbol for symbol, bars in zip(symbols, found, strict=True) if not len(bars)]
    if missing:
        raise no_series(missing, interval, feed)
    return Market(dict(zip(symbols, found, strict=True)), interval, [], listings)


def database_listings(
    connection: psycopg.Connection, feed: str, symbols: Sequence[str]
) -> tuple[Listing, ...]:
    """What the database knows of these symbols. Raises UserError."""
    try:
        return stored_listings(connection, feed, symbols)
    except ActionError as error:
        raise UserError(f"The database's actions can't be used: {error}.") from None


def no_series(missing: Sequence[str], interval: str, feed: str) -> UserError:
    """Of symbols of which there is nothing."""
    return UserError(
        f"The database has no {interval} bars of {', '.join(missing)} from the feed {feed}:"
        " GET /v1/series lists what there is."
    )
