"""Actions and instruments of the database."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg.rows import class_row, dict_row

from processors.research.listing import Listing, listings_of
from schemas.events.actions import Action, DividendDeclared, SplitDeclared
from schemas.events.instruments import InstrumentListed
from streams.actions import actions_of

_ACTIONS = (
    "SELECT type, feed, symbol, ex_date, number, ratio, amount, currency FROM actions"
    " WHERE feed = %s AND symbol = ANY(%s) ORDER BY source_offset"
)
_INSTRUMENTS = (
    "SELECT feed, symbol, tick_size, lot, currency, sector, calendar, first_day, last_day"
    " FROM instruments WHERE feed = %s AND symbol = ANY(%s)"
)


def stored_listings(
    connection: psycopg.Connection, feed: str, symbols: Sequence[str]
) -> tuple[Listing, ...]:
    """In the order of the symbols. Raises psycopg.Error, and ActionError where amounts are in two
    currencies."""
    wanted = (feed, list(symbols))
    with connection.cursor(row_factory=class_row(InstrumentListed)) as cursor:
        listed = {row.symbol: row for row in cursor.execute(_INSTRUMENTS, wanted)}
    with connection.cursor(row_factory=dict_row) as cursor:
        events = [_action(row) for row in cursor.execute(_ACTIONS, wanted)]
    currencies = {symbol: each.currency for symbol, each in listed.items()}
    return listings_of(symbols, actions_of(events, currencies), listed)


def _action(row: dict[str, object]) -> Action:
    kind = SplitDeclared if row["type"] == "split" else DividendDeclared
    return kind.model_validate({name: row[name] for name in kind.model_fields})
