"""`peripheral diff`: what came of a fork beside what came live, or of another fork."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from deploy.configuration import load_settings
from deploy.forks.manifest import Manifest, known
from deploy.forks.outcome import Outcome, Stretch, outcome, stretches
from deploy.forks.said import Parting, Said, first_parting, said
from deploy.forks.topics import schema_of
from deploy.progress import Bar
from deploy.text_table import text_table
from deploy.worlds.level import LEVEL_LIMIT_S, log_ends, records_behind
from deploy.worlds.outages import outages_told
from deploy.worlds.world import SESSIONS, connected, find_world
from processors.projections.sink import connect
from streams.catalog import ALERTS, BARS, FAULTS, SIGNALS
from streams.settings import Settings

LIVE = "live"
DEPLOYMENTS = "SELECT deployment_id FROM deployments ORDER BY 1"
HEADS = ("deployment", "", "signals", "alerts", "traps", "trades", "profit", "fees")


@dataclass(frozen=True, slots=True)
class Window:
    """What is compared: offsets of bars, by partition."""

    since: tuple[int, ...]
    until: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two worlds. names: of deployments, by what they are called live."""

    title: str
    settings: Settings
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a deployment in a world."""

    world: str
    deployment: str
    said: Said
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Pair:
    """The same deployment in both worlds. parting: where they first differ."""

    one: Came
    other: Came
    parting: Parting | None

    @property
    def same(self) -> bool:
        """Whether both said the same."""
        counts = [(each.said.alerts, each.said.traps) for each in (self.one, self.other)]
        return self.parting is None and counts[0] == counts[1]


def diff(data_dir: Path | None, name: str, other: str | None, *, as_json: bool) -> int:
    """0; what differs is no error. Raises UserError."""
    settings = load_settings(data_dir)
    manifest = known(settings, name)
    beside = None if other is None else known(settings, other)
    forks = [each for each in (manifest, beside) if each is not None]
    window = Window(
        since=tuple(map(max, zip(*(each.since for each in forks), strict=True))),
        until=tuple(map(min, zip(*(each.until for each in forks), strict=True))),
    )
    with outages_told(settings):
        if behind := asyncio.run(_behind(settings)):
            click.echo(
                f"The live tables lack {behind:,} records of the log, so that live may look silent "
                "where it is not: do it again once the role projections has caught up.",
                err=True,
            )
        sides = (_side(settings, beside), _side(settings, manifest))
        pairs = _pairs(settings, window, sides)
    click.echo(_as_json(manifest, pairs) if as_json else _told(manifest, pairs))
    return 0


async def _behind(settings: Settings) -> int:
    """How much the live tables lack of what is compared."""
    ends = await log_ends(settings, [BARS.name, SIGNALS.name, ALERTS.name, FAULTS.name])
    connection = await connect(settings.database_url, SESSIONS)
    try:
        return await records_behind(settings, connection, ends, LEVEL_LIMIT_S)
    finally:
        await connection.close()


def _side(settings: Settings, manifest: Manifest | str | None) -> Side:
    if not isinstance(manifest, Manifest):
        return Side(LIVE, settings, {})
    world = find_world(settings, schema_of(manifest.name))
    return Side(manifest.name, world.settings, manifest.replaced)


def _pairs(settings: Settings, window: Window, sides: tuple[Side, Side]) -> list[Pair]:
    # By the live bars, which go on behind the fork's end.
    parts = stretches(settings, window.since, window.until)
    with connected(settings) as connection:
        names = [row[0] for row in connection.execute(DEPLOYMENTS)]
    pairs = []
    with Bar(f"diff {sides[1].title}", "bars") as bar:
        done = [0]

        def progress(bars: int) -> None:
            done[0] += bars
            bar.update("traded", done[0], None)

        for name in names:
            one, other = (_came(side, name, window, parts, progress) for side in sides)
            if not one.said.is_silent or not other.said.is_silent or name in sides[1].names:
                pairs.append(Pair(one, other, first_parting(one.said, other.said)))
    return pairs


def _came(
    side: Side,
    name: str,
    window: Window,
    parts: Sequence[Stretch],
    progress: Callable[[int], None],
) -> Came:
    deployment = side.names.get(name, name)
    heard = said(side.settings, deployment, window.since, window.until)
    return Came(side.title, deployment, heard, outcome(side.settings, deployment, parts, progress))


def _told(manifest: Manifest, pairs: Sequence[Pair]) -> str:
    rows, partings = [], []
    for pair in pairs:
        rows += [_row(pair.one), _row(pair.other)]
        if pair.parting is not None:
            partings.append(_parting(pair))
    lines = [f"Since {manifest.moment}, with {'; '.join(manifest.changes) or 'nothing else'}:"]
    lines.append(text_table(HEADS, rows))
    if all(pair.same for pair in pairs):
        partings = ["Every deployment said the same."]
    lines += partings
    return "\n".join(lines)


def _row(came: Came) -> tuple[str, ...]:
    counts = (came.said.signals, came.said.alerts, came.said.traps)
    earned: tuple[str, ...] = ("–", "–", "–")
    if came.outcome is not None:
        found = came.outcome
        earned = (f"{found.trades:,}", f"{found.profit:,.2f}", f"{found.fees:,.2f}")
    return came.deployment, came.world, *(f"{count:,}" for count in counts), *earned


def _parting(pair: Pair) -> str:
    assert pair.parting is not None
    where = pair.parting
    words = [
        f"{came.world}: {_line(line)}"
        for came, line in ((pair.one, where.one), (pair.other, where.other))
    ]
    return f"{pair.one.deployment} first differs at {where.series}: {'; '.join(words)}."


def _line(line: tuple[object, ...] | None) -> str:
    if line is None:
        return "nothing"
    ts, action, price, size = line[:4]
    return f"{ts:%Y-%m-%dT%H:%M:%SZ} {action} at {price}" + ("" if size is None else f", {size}")


def _as_json(manifest: Manifest, pairs: Sequence[Pair]) -> str:
    def came(each: Came) -> dict[str, object]:
        counts = {"signals": each.said.signals, "alerts": each.said.alerts}
        earned = None if each.outcome is None else asdict(each.outcome)
        more = {"traps": each.said.traps, "outcome": earned}
        return {"world": each.world, "deployment": each.deployment, **counts, **more}

    found = [
        {
            "one": came(pair.one),
            "other": came(pair.other),
            "same": pair.same,
            "first_difference": None if pair.parting is None else pair.parting.series,
        }
        for pair in pairs
    ]
    told = {"fork": manifest.name, "moment": manifest.moment, "changes": manifest.changes}
    return json.dumps(told | {"deployments": found})
