"""`peripheral erase`: from a name that a person typed to what was done about it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import click

from deploy.configuration import load_settings
from deploy.errors import UserError
from deploy.forks.asking import everything_named
from deploy.people.belongings import Belongings, belongings_of
from deploy.people.erasing import Erased, erase
from deploy.people.level import wait_until_level
from deploy.people.shredding import keys_of
from deploy.progress import Bar
from deploy.text_table import text_table
from deploy.worlds.outages import outages_told
from processors.projections.erasures import read_erasures
from streams.settings import Settings


def run_erase(data_dir: Path | None, user: str, *, confirmed: bool) -> int:
    """0 when nothing of the person is left, 1 when something is. Raises `UserError`."""
    settings = load_settings(data_dir)
    with outages_told(settings):
        asyncio.run(wait_until_level(settings))
        found = belongings_of(settings, user)
        keys = asyncio.run(keys_of(settings, user))
        begun = asyncio.run(read_erasures(settings)).has(user)
        if not found.rows and not keys and not begun:
            raise UserError(f"Nobody called {user!r} has written anything: is the name right?")
        click.echo(preview(settings, user, found), err=True)
        if not confirmed and not _confirms():
            raise UserError("Nothing was erased.")
        with Bar(f"erase {user}", "events") as bar:
            erased = asyncio.run(
                erase(
                    settings,
                    user,
                    found,
                    lambda step: bar.update(step, 0, None),
                    lambda done, total: bar.update("tables", done, total),
                )
            )
    click.echo(outcome(user, erased))
    return 0 if erased.complete else 1


def _confirms() -> bool:
    try:
        return click.confirm("Erase all of it, for good?", err=True)
    except click.Abort:
        raise UserError("Nothing was erased: answer y, or say --yes.") from None


def preview(settings: Settings, user: str, found: Belongings) -> str:
    """What will go, and what of other people's goes along."""
    lines = [f"The tables have nothing of {user}: it is seen to that the log has nothing, either."]
    if found.rows:
        rows = [(table, f"{count:,}") for table, count in found.rows.items()]
        lines = [f"{user} has written:", text_table(("table", "rows"), rows)]
    ends: Mapping[str, list[str]] = {
        "Deployments that end": [name for name, _ in found.ending],
        "Strategies that are deleted": list(found.strategies),
        "Standing screens that end": list(found.screens),
        "Research that is cancelled": [name for name, _ in found.requests],
        "Forks that are dropped, since they hold copies": everything_named(settings),
    }
    lines += [f"{what}: {', '.join(names)}." for what, names in ends.items() if names]
    others = [name for name, _ in found.ending if name not in found.deployments]
    if others:
        lines.append(f"Of these, somebody else has deployed: {', '.join(others)}.")
    return "\n".join(lines)


def outcome(user: str, erased: Erased) -> str:
    """What was done, and what is left."""
    if erased.complete:
        return (
            f"Erased {user}: {erased.keys} keys are gone from the log, {erased.events:,} events "
            "were folded into new tables, and nothing in them or on the log names them any more. "
            "Backups from before hold it until they are rotated out."
        )
    lines = [f"Erased {user}, but for this:"]
    lines += [f"  {count:,} rows of {table}" for table, count in erased.rows.items()]
    lines += [
        f"  {trace.records:,} records of {trace.topic}, the first at {trace.first}"
        for trace in erased.traces
    ]
    lines += [
        f"  the tables of {name}, which are in use: run it again later" for name in erased.held
    ]
    if erased.new_keys:
        lines.append("  what they wrote meanwhile: see that they write no more, and run it again")
    if erased.traces:
        lines.append(
            "Records that other programs wrote in the clear stay on the log; no table has them, "
            "nor will one that is made anew."
        )
    return "\n".join(lines)
