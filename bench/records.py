"""A market's bars as records, as a consumer of one partition sees them."""

from __future__ import annotations

from dataclasses import dataclass

from bench.market import Market
from streams.catalog import BARS


@dataclass(frozen=True)
class Fetched:
    """A record without a broker."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def as_records(market: Market, partitions: int, partition: int) -> list[Fetched]:
    """The records of one partition, in order."""
    found: list[Fetched] = []
    for home, record in market.records(partitions):
        if home == partition:
            assert record.key is not None and record.value is not None
            found.append(
                Fetched(BARS.name, home, len(found), 0, record.key, record.value, record.headers)
            )
    return found
