"""The names of a series of bars, (feed, symbol, interval), and of its instrument, (feed, symbol):
the keys of topics, states and tables."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from pydantic import Field

FEED_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,31}$"
SYMBOL_PATTERN = r"^[A-Za-z0-9.^=_-]{1,32}$"
INTERVAL_PATTERN = r"^[1-9][0-9]{0,3}[smhdw]$"

Feed = Annotated[str, Field(pattern=FEED_PATTERN, description="Name of the source of the bars.")]
Symbol = Annotated[
    str, Field(pattern=SYMBOL_PATTERN, description="The instrument, as the feed names it.")
]
Interval = Annotated[
    str,
    Field(
        pattern=INTERVAL_PATTERN,
        description="Length of a bar: a number of s (seconds), m (minutes), h, d or w.",
    ),
]

SECOND_US = 1_000_000
UNIT_US = {
    "s": SECOND_US,
    "m": 60 * SECOND_US,
    "h": 3_600 * SECOND_US,
    "d": 86_400 * SECOND_US,
    "w": 7 * 86_400 * SECOND_US,
}

ROLLUPS = ("5m", "15m", "1h", "1d", "1w")
"""The lengths that shorter bars are rolled up to."""


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """One feed's bars of one symbol at one interval."""

    feed: str
    symbol: str
    interval: str

    @property
    def key(self) -> str:
        """`feed/symbol/interval`, the key of every record of the series."""
        return f"{self.feed}/{self.symbol}/{self.interval}"

    @property
    def id(self) -> int:
        """A signed 64-bit number derived from the key: the series' id in the database."""
        digest = hashlib.sha256(self.key.encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)

    @classmethod
    def parse(cls, key: str) -> Series:
        """The series named by `feed/symbol/interval`; ValueError when it names none."""
        parts = key.split("/")
        patterns = (FEED_PATTERN, SYMBOL_PATTERN, INTERVAL_PATTERN)
        if len(parts) != len(patterns) or not all(
            re.fullmatch(pattern, part) for pattern, part in zip(patterns, parts, strict=True)
        ):
            raise ValueError(f"{key!r} is not a series; write feed/symbol/interval")
        return cls(*parts)


@dataclass(frozen=True, slots=True, order=True)
class Instrument:
    """One feed's symbol, whatever the interval of its bars."""

    feed: str
    symbol: str

    @property
    def key(self) -> str:
        """`feed/symbol`, the key of every record about the instrument itself."""
        return f"{self.feed}/{self.symbol}"


@lru_cache(maxsize=1024)  # asked for each record
def interval_us(interval: str) -> int:
    """The length of an interval such as `1d` in microseconds."""
    return int(interval[:-1]) * UNIT_US[interval[-1]]
