"""Actions and instruments of the database."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg.rows import class_row

from processors.research.listing import Listing, listings_of
from schemas.events.actions import DividendDeclared
from schemas.events.instruments import InstrumentListed
from streams import action_rows
from streams.actions import Actions, actions_of

_INSTRUMENTS = (
    "SELECT feed, symbol, tick_size, lot, currency, sector, calendar, first_day, last_day"
    " FROM instruments WHERE feed = %s AND symbol = ANY(%s)"
)
_CURRENCIES = "SELECT symbol, currency FROM instruments WHERE feed = %s AND symbol = ANY(%s)"


def stored_listings(
    connection: psycopg.Connection, feed: str, symbols: Sequence[str]
) -> tuple[Listing, ...]:
    """In the order of the symbols. Raises psycopg.Error, and ActionError where amounts are in two
    currencies."""
    with connection.cursor(row_factory=class_row(InstrumentListed)) as cursor:
        listed = {row.symbol: row for row in cursor.execute(_INSTRUMENTS, (feed, list(symbols)))}
    return listings_of(symbols, stored_actions(connection, feed, symbols), listed)


def stored_actions(
    connection: psycopg.Connection, feed: str, symbols: Sequence[str]
) -> dict[str, Actions]:
    """By symbol, of those that have some. Raises as stored_listings does."""
    wanted = {"feed": feed, "symbols": list(symbols)}
    events = action_rows.events_of(connection.execute(action_rows.OF_SYMBOLS.encode(), wanted))
    told = {each.symbol for each in events if isinstance(each, DividendDeclared) and each.currency}
    known = connection.execute(_CURRENCIES, (feed, list(told))) if told else ()
    return actions_of(events, dict(known))
