"""The bars of a backtest, however many: held where they are few, else gone through as they are
read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from deploy.configuration import load_settings
from deploy.research.bar_files import opened_files
from deploy.research.bars import (
    Market,
    Wanted,
    chosen,
    database_listings,
    listings_of_files,
    market_of,
    named_symbols,
    no_series,
    opened_database,
)
from processors.research.listing import Listing
from processors.research.long_bars import WHOLE_MAX, Begun, LongBars, begun, must_be_whole, until
from processors.research.stored_streams import stored_opens, stored_streams
from schemas.columns import NO_BARS, Ints, joined
from schemas.series import Series


@dataclass(frozen=True, slots=True)
class Opened:
    """source: the bars, where `market` has none of any symbol, since they are too many. total: how
    many there are; None where that is not known."""

    market: Market
    source: LongBars | None = None
    total: int | None = None


@contextmanager
def opened_market(wanted: Wanted, end_us: int | None) -> Iterator[Opened]:
    """As market_of; what is read as it is gone through is there until the end. Raises UserError."""
    if wanted.bar_files and not wanted.sample:
        with _files(wanted, end_us) as opened:
            yield opened
    elif not wanted.sample and named_symbols(wanted) and not _has_facts(wanted):
        settings = load_settings(wanted.data_dir)
        with opened_database(settings) as connection, _stored(connection, wanted, end_us) as opened:
            yield opened
    else:
        yield Opened(market_of(wanted, end_us))


def _has_facts(wanted: Wanted) -> bool:
    return bool(wanted.action_files or wanted.instrument_files)


@contextmanager
def _files(wanted: Wanted, end_us: int | None) -> Iterator[Opened]:
    symbols = named_symbols(wanted)
    with opened_files(wanted.bar_files, wanted.interval, WHOLE_MAX) as found:
        bars = chosen(found.bars, symbols, "The files have")
        facts = wanted.action_files, wanted.instrument_files
        listings = listings_of_files(tuple(bars), *facts)
        total = sum(map(len, bars.values()))
        if total <= WHOLE_MAX or must_be_whole(listings):
            whole = {symbol: joined(each.stream()) for symbol, each in bars.items()}
            yield Opened(Market(whole, found.interval, found.notes, listings))
            return
        market = Market(dict.fromkeys(bars, NO_BARS), found.interval, found.notes, listings)
        source = LongBars(
            [until(each.stream(), end_us) for each in bars.values()],
            lambda begin_us: [each.opens_from(begin_us) for each in bars.values()],
        )
        yield Opened(market, source, total)


@contextmanager
def _stored(connection: psycopg.Connection, wanted: Wanted, end_us: int | None) -> Iterator[Opened]:
    symbols, interval = named_symbols(wanted), wanted.interval or "1d"
    series = [Series(wanted.feed, symbol, interval) for symbol in symbols]
    listings = database_listings(connection, wanted.feed, symbols)
    connection.commit()
    with stored_streams(connection, series, end_us) as streams:
        found = begun(streams, WHOLE_MAX)
        whole = found.whole
        if whole is None and must_be_whole(listings):
            whole = [joined(stream) for stream in found.streams]
        if whole is None:
            yield _going_through(connection, series, found, end_us, listings)
            return
    _check(series, [bars.ts for bars in whole])
    yield Opened(Market(dict(zip(symbols, whole, strict=True)), interval, [], listings))


def _going_through(
    connection: psycopg.Connection,
    series: Sequence[Series],
    found: Begun,
    end_us: int | None,
    listings: tuple[Listing, ...],
) -> Opened:
    _check(series, stored_opens(connection, series, 0, end_us))
    source = LongBars(
        found.streams, lambda begin_us: stored_opens(connection, series, begin_us, end_us)
    )
    nothing = dict.fromkeys((each.symbol for each in series), NO_BARS)
    return Opened(Market(nothing, series[0].interval, [], listings), source)


def _check(series: Sequence[Series], opens: Sequence[Ints]) -> None:
    """opens: of each series some, none where it has no bars. Raises UserError."""
    missing = [each.symbol for each, ts in zip(series, opens, strict=True) if not len(ts)]
    if missing:
        raise no_series(missing, series[0].interval, series[0].feed)
