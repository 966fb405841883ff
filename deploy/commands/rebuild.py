"""`peripheral rebuild`."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.commands.options import data_dir_option


@click.command("rebuild")
@click.argument("projections", metavar="[PROJECTION]…", nargs=-1)
@click.option("--check", is_flag=True, help="Compare only: leave the tables as they are.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@data_dir_option
def command(projections: tuple[str, ...], check: bool, as_json: bool, data_dir: Path | None) -> int:
    """Make tables anew from the log, and switch to them.

    They are made beside the live ones, while everything runs, brought to the very same place
    of the log, compared by a digest for each table, and switched in one transaction.
    Without a PROJECTION all are made; each is named as its table is, as bars or signals.

    The exit code is 0 when each table was what the log says it is, 1 when one was not (it is
    now, unless --check was given), and 2 when nothing could be done.
    """
    from deploy.configuration import load_settings
    from deploy.worlds.told import print_rebuilt, run_rebuild

    rebuilt = run_rebuild(load_settings(data_dir), projections, only_compare=check)
    print_rebuilt(rebuilt, as_json=as_json)
    return 0 if rebuilt.equal else 1
