"""`peripheral erase`."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.commands.options import data_dir_option


@click.command("erase")
@click.argument("user")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_dir_option
def command(user: str, yes: bool, data_dir: Path | None) -> int:
    """Make what a person wrote unreadable, for good.

    USER is the author of strategies, deployments, conversations, research, screens and
    universes. What runs for them is ended, the keys that their records are sealed under are taken
    off the log, and the tables are made anew without them.

    The exit code is 0 when nothing in the tables or on the log names them any more, 1 when
    something does, and 2 when nothing could be done.
    """
    from deploy.people.asking import run_erase

    return run_erase(data_dir, user, confirmed=yes)
