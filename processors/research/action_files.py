"""Files of actions and instruments, for research without a log: read as `peripheral ingest` reads
them, and refused as a whole where a row is bad, since a run without it would be another run."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from schemas.events.base import InstrumentEvent
from schemas.events.instruments import InstrumentListed
from streams.actions import Actions, actions_of
from streams.sources.actions import read_action_table
from streams.sources.errors import TableError
from streams.sources.facts import Facts
from streams.sources.instruments import read_instrument_table
from streams.sources.table import FROM_FILE, Names

REJECTS_SHOWN = 5

E = TypeVar("E", bound=InstrumentEvent)


def read_actions(path: Path, names: Names = FROM_FILE) -> dict[str, Actions]:
    """The actions of a file by symbol. Raises TableError, also where a row is bad, and
    ActionError."""
    return actions_of(_all_of(read_action_table(path, names)))


def read_instruments(path: Path, names: Names = FROM_FILE) -> dict[str, InstrumentListed]:
    """The instruments of a file by symbol. Raises TableError, also where a row is bad."""
    return {event.symbol: event for event in _all_of(read_instrument_table(path, names))}


def _all_of(facts: Facts[E]) -> list[E]:
    if facts.rejects:
        shown = "; ".join(f"line {line}: {why}" for line, why in facts.rejects[:REJECTS_SHOWN])
        more = len(facts.rejects) - REJECTS_SHOWN
        raise TableError(shown + (f"; and {more:,} more bad rows" if more > 0 else ""))
    return facts.events
