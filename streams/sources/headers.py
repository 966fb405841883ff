"""The names people give to columns → which column holds what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from streams.sources.errors import TableError

Names = Mapping[str, tuple[str, ...]]
"""What each thing's column may be called, in order of preference, as `plain` spells it."""

NAMES: Names = {
    "time": ("timestamp", "datetime", "date time", "ts", "date", "time"),
    "open": ("open", "o"),
    "high": ("high", "h"),
    "low": ("low", "l"),
    "close": ("close", "c", "adj close", "adjclose", "adjusted close"),
    "volume": ("volume", "vol", "v"),
    "symbol": ("symbol", "ticker", "instrument"),
}

REQUIRED = ("time", "open", "high", "low", "close")
ADJUSTED = NAMES["close"][2:]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each thing is, as an index into the columns.

    clock: the column with the time of day when `time` holds the date alone.
    """

    time: int
    clock: int | None
    open: int
    high: int
    low: int
    close: int
    volume: int | None
    symbol: int | None
    notes: tuple[str, ...]


def plain(name: str) -> str:
    """A column's name without case, surrounding spaces and signs: `<Adj_Close>` → `adj close`."""
    return re.sub(r"[\s_-]+", " ", name.strip(" \t\r\n\"'<>").lower()).strip()


def find_columns(header: Sequence[str]) -> Layout:
    """The layout of a table with these column names.

    Raises TableError when a column is missing, naming it and what was found, or is there twice.
    """
    places = places_of(header, NAMES)
    found = find(header, places, NAMES, REQUIRED)
    split = found["time"] == places.get("date") and "time" in places
    return Layout(
        **found,  # type: ignore[arg-type]  # those that may not be None were checked above
        clock=places["time"] if split else None,
        notes=tuple(notes(header, found, places)),
    )


def places_of(header: Sequence[str], names: Names) -> dict[str, int]:
    """Each column's place by its plain name. Raises TableError where one of `names` is there
    twice."""
    known = {name for group in names.values() for name in group}
    places: dict[str, int] = {}
    for index, name in enumerate(header):
        if places.setdefault(plain(name), index) != index and plain(name) in known:
            raise TableError(f"there are two columns named {plain(name)!r}; rename one of them")
    return places


def find(
    header: Sequence[str], places: Mapping[str, int], names: Names, required: Sequence[str]
) -> dict[str, int | None]:
    """The place of each thing. Raises TableError where a required one is missing, naming it and
    what was found."""
    found = {
        what: next((places[name] for name in group if name in places), None)
        for what, group in names.items()
    }
    missing = [what for what in required if found[what] is None]
    if missing:
        wanted = "; ".join(f"{what} (or {', '.join(names[what])})" for what in missing)
        columns = ", ".join(repr(name) for name in header) or "none"
        raise TableError(f"columns are missing: {wanted}; found {columns}")
    return found


def notes(
    header: Sequence[str], found: Mapping[str, int | None], places: Mapping[str, int]
) -> list[str]:
    """What a person should know about how the columns were read."""
    said = []
    adjusted = [header[places[name]] for name in ADJUSTED if name in places]
    close = found["close"]
    if adjusted and close is not None and header[close] in adjusted:
        said.append(f"close is the column {header[close]!r}, since there is no other")
    elif adjusted and close is not None:
        said.append(f"close is the column {header[close]!r}; {adjusted[0]!r} is not used")
    if found["volume"] is None:
        said.append("there is no volume column; every bar's volume is 0")
    return said
