"""The view's rows of splits and dividends: the statements, for whoever has a connection to the
database, and what their rows are.

Parameters are psycopg's, by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from schemas.events.actions import Action, DividendDeclared, SplitDeclared

_COLUMNS = ("type", "feed", "symbol", "ex_date", "number", "ratio", "amount", "currency")
_SELECTED = ", ".join(f"a.{name}" for name in _COLUMNS)

OF_SYMBOLS = f"""
    SELECT {_SELECTED} FROM actions a WHERE a.feed = %(feed)s AND a.symbol = ANY(%(symbols)s)
    ORDER BY a.source_offset
"""  # noqa: S608 -- composed of this module's own constants
SINCE = f"""
    SELECT {_SELECTED}
    FROM unnest(%(symbols)s::text[], %(since_us)s::bigint[]) AS wanted (symbol, since_us)
    JOIN actions a ON a.feed = %(feed)s AND a.symbol = wanted.symbol
        AND a.ex_date > to_timestamp(wanted.since_us / 1000000 - 86400) AT TIME ZONE 'UTC'
"""  # noqa: S608 -- as above
"""Those that may be behind a time, by symbol: of the day itself, too."""


def events_of(rows: Iterable[Sequence[Any]]) -> list[Action]:
    """Rows of either; of a day there is one of each type and number."""
    return [_event(dict(zip(_COLUMNS, row, strict=True))) for row in rows]


def _event(row: dict[str, Any]) -> Action:
    kind = SplitDeclared if row["type"] == "split" else DividendDeclared
    return kind.model_validate({name: row[name] for name in kind.model_fields})
