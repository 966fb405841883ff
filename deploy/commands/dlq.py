"""`peripheral dlq`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import click

from deploy.commands.options import data_dir_option

_SELECTION = (
    click.argument("addresses", metavar="[ADDRESS]…", nargs=-1),
    click.option("--topic", help="All undecided ones of this topic, without .dlq."),
    click.option("--reason", help="Only those with this reason; goes with --topic."),
    click.option("--yes", is_flag=True, help="Don't ask before --topic is done."),
)


def selection(function: Any) -> Any:
    """Which letters are meant."""
    for option in reversed(_SELECTION):
        function = option(function)
    return function


@click.group("dlq")
def command() -> None:
    """Look at the records that could not be used (dead letters), send them again, or drop them.

    The log alone is asked: no database, no API.
    """


@command.command("list")
@click.option("--topic", help="Only this topic's, as market.bars.v1.")
@click.option("--reason", help="Only those with this reason, as malformed.")
@click.option("--since", metavar="TIME", help="Only those that came at or past TIME.")
@click.option("--all", "everything", is_flag=True, help="Those that were decided, too.")
@click.option("--json", "as_json", is_flag=True, help="Write a JSON object for each, on a line.")
@data_dir_option
def list_(since: str | None, data_dir: Path | None, **wanted: Any) -> None:
    """List the dead letters that nobody has decided about, with counts by topic and reason."""
    from deploy.configuration import load_settings
    from deploy.letters.commands import list_letters
    from deploy.research.asked import begin_us

    since_us = begin_us("--since", since) or 0
    # Rounded up: a letter's time has milliseconds.
    list_letters(load_settings(data_dir), since_ms=-(-since_us // 1000), **wanted)


@command.command("show")
@click.argument("address")
@click.option("--raw", is_flag=True, help="Write the value's bytes as they came, for a file.")
@data_dir_option
def show(address: str, raw: bool, data_dir: Path | None) -> None:
    """Show the letter at ADDRESS: headers, key, value, what is wrong, and what was decided."""
    from deploy.configuration import load_settings
    from deploy.errors import UserError
    from deploy.letters.commands import show_letter

    if raw and sys.stdout.isatty():
        raise UserError("--raw may hold what a terminal obeys: write it to a file with > FILE.")
    click.echo(asyncio.run(show_letter(load_settings(data_dir), address, raw=raw)), nl=not raw)


@command.command("retry")
@selection
@click.option(
    "--value",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Send what is in this file in place of the value; goes with one ADDRESS.",
)
@data_dir_option
def retry(file: Path | None, data_dir: Path | None, **chosen: Any) -> int:
    """Send dead letters to their topics again, as they came or with a mended value.

    Each is written behind what is there now, on its key's partition, and the log notes who did
    it. The exit code is 1 when some could not be sent.
    """
    from deploy.configuration import load_settings
    from deploy.errors import UserError
    from deploy.letters.commands import retry_letters

    if file is not None and len(chosen["addresses"]) != 1:
        raise UserError("--value FILE goes with one ADDRESS: it is the value of that letter.")
    mended = None if file is None else file.read_bytes()
    return asyncio.run(retry_letters(load_settings(data_dir), mended=mended, **chosen))


@command.command("drop")
@selection
@click.option("--why", required=True, metavar="TEXT", help="Why they are not to be used.")
@data_dir_option
def drop(why: str, data_dir: Path | None, **chosen: Any) -> int:
    """Note that dead letters are not to be used; they stay on the log.

    The exit code is 1 when some could not be dropped.
    """
    from deploy.configuration import load_settings
    from deploy.letters.commands import drop_letters

    return asyncio.run(drop_letters(load_settings(data_dir), why=why, **chosen))
