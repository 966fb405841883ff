"""Bars of a universe as they stay in memory, as strategies see them: adjusted, joined and hashed
once, for any number of screens."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from schemas.columns import BarColumns, Ints, joined
from streams.actions import ActionError, Actions, as_of_last

ROW = np.dtype(
    [("ts", "<i8"), *((name, "<f8") for name in ("open", "high", "low", "close", "volume"))]
)
ROWS_AT_ONCE = 1 << 18
"""Of a part, so that what is made of it does not grow with the universe."""


@dataclass(frozen=True, slots=True)
class Part:
    """Series one behind the other. first: number of the first of them; sizes: their bars."""

    first: int
    sizes: Ints
    bars: BarColumns


@dataclass(frozen=True, slots=True)
class Resident:
    """symbols: by name, each with a bar. parts: their bars, in that order. last_ts: opens of the
    last ones. digests: by symbol, SHA-256 over the row_bytes of all its bars."""

    symbols: tuple[str, ...]
    parts: tuple[Part, ...]
    last_ts: Ints
    digests: Mapping[str, str]

    def __len__(self) -> int:
        """How many bars there are."""
        return sum(len(part.bars) for part in self.parts)

    @property
    def period(self) -> tuple[int, int]:
        """Opens of the first and the last bar of all, at least one."""
        first = min(int(part.bars.ts.min()) for part in self.parts)
        return first, int(self.last_ts.max())


def resident_of(
    bars: Mapping[str, BarColumns], actions: Mapping[str, Actions] = MappingProxyType({})
) -> Resident:
    """bars: by symbol, as they were traded; those without any are left out. actions: of those that
    have some. Raises ActionError."""
    known = {symbol: columns for symbol, columns in sorted(bars.items()) if len(columns)}
    for symbol in sorted(known.keys() & actions.keys()):
        with naming(symbol):
            known[symbol] = as_of_last(known[symbol], actions[symbol])
    return Resident(
        tuple(known),
        tuple(_parts(list(known.values()))),
        np.array([columns.ts[-1] for columns in known.values()], np.int64),
        {symbol: hashlib.sha256(row_bytes(c)).hexdigest() for symbol, c in known.items()},
    )


@contextmanager
def naming(symbol: str) -> Iterator[None]:
    """An ActionError within says whose action it is."""
    try:
        yield
    except ActionError as error:
        raise ActionError(f"{symbol}: {error}") from None


def row_bytes(bars: BarColumns) -> bytes:
    """Bars row by row: ts as int64, open, high, low, close, volume as float64, little-endian; so
    that what is hashed of some bars can go on with later ones."""
    rows = np.empty(len(bars), ROW)
    for name in ROW.fields or ():
        rows[name] = getattr(bars, name)
    return rows.tobytes()


def bars_of(data: bytes) -> BarColumns:
    """The bars of such rows."""
    rows = np.frombuffer(data, ROW)
    return BarColumns(*(rows[name].copy() for name in BarColumns.__slots__))


def _parts(bars: Sequence[BarColumns]) -> Iterator[Part]:
    first = 0
    while first < len(bars):
        until, rows = first, 0
        while until < len(bars) and (rows == 0 or rows + len(bars[until]) <= ROWS_AT_ONCE):
            rows += len(bars[until])
            until += 1
        part = bars[first:until]
        yield Part(first, np.array([len(each) for each in part]), joined(part))
        first = until
