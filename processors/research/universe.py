"""A universe of the database as of a time: its definition then, and who belonged to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from schemas.events.universes import UniverseDefined
from schemas.series import interval_us
from streams import universe_rows as rows
from streams.action_rows import SINCE
from streams.codec import rfc3339
from streams.universes import definition_at, members


class UniverseError(ValueError):
    """There is no such universe, or was none at that time; a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Universe:
    """What a universe was. at_us: the close that is meant; later ones are not seen."""

    definition: UniverseDefined
    symbols: tuple[str, ...]
    at_us: int

    @property
    def end_us(self) -> int:
        """Bars that open at or behind it had not closed."""
        return self.at_us - interval_us(self.definition.interval) + 1


def universe_as_of(
    connection: psycopg.Connection, name: str, at_us: int | None, now_us: int
) -> Universe:
    """The universe at that time; at the newest close of its feed, as it is defined now, where that
    is None. Raises UniverseError and psycopg.Error."""

    def fetched(query: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        return connection.execute(query.encode(), params).fetchall()

    definitions = rows.definitions_of(fetched(rows.DEFINITIONS, {"universe": name}))
    if not definitions:
        raise UniverseError(
            f"There is no universe {name}: GET /v1/universes lists what there is, and"
            " `peripheral universe set` defines one."
        )
    definition = definition_at(definitions, now_us if at_us is None else at_us)
    if definition is None:
        first_us = min(each.effective_ts for each in definitions)
        raise UniverseError(
            f"Universe {name} is a list that holds from {rfc3339(first_us)} on, and it is asked"
            f" for as of {rfc3339(at_us or now_us)}: define what it was then, with `effective`."
        )
    if at_us is None:
        where = {"feed": definition.feed, "interval": definition.interval}
        ((last_us,),) = fetched(rows.LAST_OPEN, where)
        at_us = now_us if last_us is None else last_us + interval_us(definition.interval)
    params = rows.candidate_params(definition, at_us)
    candidates = [] if definition.rule is None else fetched(rows.CANDIDATES, params)
    acted = fetched(SINCE, rows.action_params(definition, candidates))
    listings = rows.listings_of(fetched(rows.LISTINGS, params))
    found = members(definition, rows.candidates_of(candidates, acted), listings, at_us)
    return Universe(definition, found, at_us)
