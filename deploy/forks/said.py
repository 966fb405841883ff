"""What deployments said of each series between two cuts, as a world's tables have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from deploy.worlds.world import connected
from streams.settings import Settings

Line = tuple[Any, ...]
"""ts, and what was said there."""

WITHIN = """
    g.source_offset >= (%(since)s::bigint[])[s.partition + 1]
    AND g.source_offset < (%(until)s::bigint[])[s.partition + 1]
"""
SAID = f"""
    SELECT s.feed || '/' || s.symbol || '/' || s.interval, g.ts, g.action, g.price, g.size,
        g."limit", g.stop, g.exit_limit, g.exit_stop, g.exit_trail, g.sizing, g.at, g.tif
    FROM signals g JOIN series s USING (series_id)
    WHERE g.deployment_id = %(deployment)s AND {WITHIN}
    ORDER BY 1, g.source_offset, g.seq
"""  # noqa: S608 -- composed of this module's own constants
COUNTS = f"""
    SELECT (SELECT count(*) FROM alerts g JOIN series s USING (series_id)
            WHERE g.deployment_id = %(deployment)s AND {WITHIN}),
           (SELECT count(*) FROM faults g JOIN series s USING (series_id)
            WHERE g.deployment_id = %(deployment)s AND NOT g.suspends AND {WITHIN})
"""  # noqa: S608 -- as above


@dataclass(frozen=True, slots=True)
class Said:
    """Signals and orders by series, in order; and how many alerts and traps."""

    lines: dict[str, list[Line]]
    alerts: int
    traps: int

    @property
    def is_silent(self) -> bool:
        return not (self.lines or self.alerts or self.traps)

    @property
    def signals(self) -> int:
        return sum(map(len, self.lines.values()))


def said(
    settings: Settings, deployment_id: str, since: Sequence[int], until: Sequence[int]
) -> Said:
    """Of one deployment. since, until: offsets of bars, by partition."""
    asked: dict[str, Any] = {
        "deployment": deployment_id,
        "since": list(since),
        "until": list(until),
    }
    with connected(settings) as connection:
        lines: dict[str, list[Line]] = {}
        for series, *line in connection.execute(SAID.encode(), asked):
            lines.setdefault(series, []).append(tuple(line))
        alerts, traps = _counts(connection, asked)
    return Said(lines, alerts, traps)


def _counts(connection: psycopg.Connection, asked: dict[str, Any]) -> tuple[int, int]:
    row = connection.execute(COUNTS.encode(), asked).fetchone()
    assert row is not None
    return row[0], row[1]


@dataclass(frozen=True, slots=True)
class Parting:
    """Where two first said something else: series, and what each said, None for nothing."""

    series: str
    one: Line | None
    other: Line | None

    @property
    def ts(self) -> datetime:
        """The earlier one's, of the bar."""
        found: datetime = min(line[0] for line in (self.one, self.other) if line is not None)
        return found


def first_parting(one: Said, other: Said) -> Parting | None:
    """The earliest of all series; None where both said the same."""
    found = [
        Parting(series, *pair)
        for series in sorted(one.lines.keys() | other.lines.keys())
        for pair in [_first(one.lines.get(series, []), other.lines.get(series, []))]
        if pair is not None
    ]
    return min(found, key=lambda each: each.ts, default=None)


def _first(one: list[Line], other: list[Line]) -> tuple[Line | None, Line | None] | None:
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            return mine, theirs
    at = min(len(one), len(other))
    if len(one) == len(other):
        return None
    return (one[at] if at < len(one) else None), (other[at] if at < len(other) else None)
