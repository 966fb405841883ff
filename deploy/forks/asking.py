"""`peripheral fork`: from what a person typed to a fork."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

import click

from deploy.configuration import load_settings
from deploy.diagnostics import render
from deploy.errors import UserError
from deploy.forks.changes import parse_changes
from deploy.forks.forking import Asked, fork
from deploy.forks.manifest import Manifest, all_names, find
from deploy.forks.topics import OWN, check_name, names_of, schema_of, topic_of
from deploy.progress import Bar
from deploy.worlds.moment import parse_moment
from deploy.worlds.outages import outages_told
from deploy.worlds.world import drop_world, held
from sandbox.errors import CompileError
from streams.settings import Settings
from streams.topics import delete_topics, existing_topics


def make(data_dir: Path | None, moment: str, given: Sequence[str], name: str | None) -> int:
    """0 when the fork is there, 1 when a strategy has findings. Raises UserError."""
    settings = load_settings(data_dir)
    changes = parse_changes(given)
    when = parse_moment(moment, settings.kafka.partitions)
    asked = Asked(check_name(name or _name_of(moment, given)), when, changes, tuple(given))
    with outages_told(settings), held(settings, schema_of(asked.name)):
        if find(settings, asked.name) is not None:
            raise UserError(
                f"There is a fork {asked.name} already: give another --name, or drop it first, by "
                f"`peripheral fork --drop {asked.name}`."
            )
        _drop(settings, asked.name)  # of one that was cut short
        try:
            with Bar(f"fork {asked.name}", "events") as bar:
                update = lambda done, total: bar.update("replayed", done, total)  # noqa: E731
                manifest = asyncio.run(fork(settings, asked, update))
        except CompileError as error:
            shown = [render(each, "--with strategy") for each in error.diagnostics]
            click.echo("\n\n".join(shown), err=True)
            return 1
    click.echo(told(manifest))
    return 0


def told(manifest: Manifest) -> str:
    """What it is, and what to do with it."""
    replaced = [f"  {old} → {new}" for old, new in sorted(manifest.replaced.items())]
    return "\n".join(
        [
            f"Fork {manifest.name} goes its own way since {manifest.moment}:",
            *(replaced or ["  with nothing else than was active then"]),
            f"Its topics begin with fork.{manifest.name}., its tables are in the schema "
            f"{schema_of(manifest.name)}. Compare it by `peripheral diff {manifest.name}`.",
        ]
    )


def show_all(data_dir: Path | None) -> int:
    """Each fork."""
    settings = load_settings(data_dir)
    with outages_told(settings):
        names = everything_named(settings)
    for name in names:
        manifest = find(settings, name)
        words = "was cut short" if manifest is None else f"since {manifest.moment}"
        changes = "" if manifest is None else "; ".join(manifest.changes)
        click.echo(f"{name}  {words}  {changes}".rstrip())
    return 0


def drop(data_dir: Path | None, name: str) -> int:
    """End a fork. Raises UserError."""
    settings = load_settings(data_dir)
    with outages_told(settings):
        if check_name(name) not in everything_named(settings):
            raise UserError(f"There is no fork {name}.")
        drop_fork(settings, name)
    click.echo(f"Dropped {name}.")
    return 0


def everything_named(settings: Settings) -> list[str]:
    """Forks, and what is left of those that were killed before they were whole."""
    topics = asyncio.run(existing_topics(settings))
    return sorted({*all_names(settings), *names_of(topics)})


def drop_fork(settings: Settings, name: str) -> None:
    """End a fork, with its topics and tables."""
    with held(settings, schema_of(name)):
        _drop(settings, name)


def _drop(settings: Settings, name: str) -> None:
    asyncio.run(delete_topics(settings, [topic_of(name, topic) for topic in OWN]))
    drop_world(settings, schema_of(name))


def _name_of(moment: str, given: Sequence[str]) -> str:
    return "f" + hashlib.sha256(repr((moment, *given)).encode()).hexdigest()[:6]
