"""The view's rows from which a universe's members follow: the statements, for whoever has a
connection to the database, and what their rows are.

Parameters are psycopg's, by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from schemas.events.universes import UniverseDefined
from schemas.series import interval_us
from streams.action_rows import events_of
from streams.actions import NO_ACTIONS, folded
from streams.universes import Candidate, Listing, needs_actions

Row = Sequence[Any]


def _us(column: str) -> str:
    return f"(extract(epoch FROM {column}) * 1000000)::bigint"


DEFINITIONS = f"""
    SELECT universe, feed, interval, symbols::text, rule::text, {_us("effective_at")}, author
    FROM universes WHERE universe = %(universe)s ORDER BY effective_at
"""  # noqa: S608 -- composed of this module's own constants
LISTINGS = f"""
    SELECT symbol, {_us("known_at")}, sector, calendar, first_day, last_day
    FROM listings WHERE feed = %(feed)s ORDER BY symbol, source_offset
"""  # noqa: S608 -- as above
LAST_OPEN = f"""
    SELECT {_us("max(last_ts)")} FROM series WHERE feed = %(feed)s AND interval = %(interval)s
"""  # noqa: S608 -- as above
CANDIDATES = f"""
    SELECT s.symbol, (SELECT {_us("min(ts)")} FROM bars WHERE series_id = s.series_id),
           b.ts, b.close, b.volume
    FROM series s CROSS JOIN LATERAL (
        SELECT array_agg({_us("t.ts")} ORDER BY t.ts) AS ts,
               array_agg(t.close ORDER BY t.ts) AS close,
               array_agg(t.volume ORDER BY t.ts) AS volume
        FROM (SELECT ts, close, volume FROM bars
              WHERE series_id = s.series_id
                AND ts <= to_timestamp(0) + %(last_us)s * interval '1 microsecond'
              ORDER BY ts DESC LIMIT %(bars)s) AS t
    ) AS b
    WHERE s.feed = %(feed)s AND s.interval = %(interval)s AND b.ts IS NOT NULL
    ORDER BY s.symbol
"""  # noqa: S608 -- as above


def candidate_params(definition: UniverseDefined, at_us: int) -> dict[str, Any]:
    """Of LISTINGS and CANDIDATES: bars that had closed, as far back as the rule looks."""
    return {
        "feed": definition.feed,
        "interval": definition.interval,
        "last_us": at_us - interval_us(definition.interval),
        "bars": (definition.rule.window_bars if definition.rule else 0) + 1,
    }


def definitions_of(rows: Iterable[Row]) -> list[UniverseDefined]:
    """Rows of DEFINITIONS."""
    names = ("universe", "feed", "interval", "symbols", "rule", "effective_ts", "author")
    found = (dict(zip(names, row, strict=True)) for row in rows)
    return [
        UniverseDefined.model_validate(
            {
                **each,
                **{name: each[name] and json.loads(each[name]) for name in ("symbols", "rule")},
            }
        )
        for each in found
    ]


def listings_of(rows: Iterable[Row]) -> dict[str, list[Listing]]:
    """Rows of LISTINGS."""
    found: dict[str, list[Listing]] = {}
    for symbol, *said in rows:
        found.setdefault(symbol, []).append(Listing(*said))
    return found


def action_params(definition: UniverseDefined, rows: Iterable[Row]) -> dict[str, Any]:
    """Of action_rows.SINCE: those that bear on rows of CANDIDATES; of nobody where none do."""
    needed = definition.rule is not None and needs_actions(definition.rule)
    wanted = [(symbol, ts[0]) for symbol, _, ts, *_ in rows] if needed else []
    return {
        "feed": definition.feed,
        "symbols": [symbol for symbol, _ in wanted],
        "since_us": [first_us for _, first_us in wanted],
    }


def candidates_of(rows: Iterable[Row], acted: Iterable[Row]) -> list[Candidate]:
    """Rows of CANDIDATES, and of action_rows.SINCE."""
    actions = folded(events_of(acted))
    return [
        Candidate(
            symbol,
            first_us,
            np.array(ts),
            np.array(close),
            np.array(volume),
            actions.get(symbol, NO_ACTIONS),
        )
        for symbol, first_us, ts, close, volume in rows
    ]
