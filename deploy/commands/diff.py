"""`peripheral diff`."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.commands.options import data_dir_option


@click.command("diff")
@click.argument("fork")
@click.argument("other", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@data_dir_option
def command(fork: str, other: str | None, as_json: bool, data_dir: Path | None) -> int:
    """Compare what came of FORK with what came live, or of the fork OTHER.

    For each deployment, since the fork's moment and up to where the log was when it was made: what
    was said, where the two first differ, and what an account for each series would have earned.
    """
    from deploy.forks.diffing import diff

    return diff(data_dir, fork, other, as_json=as_json)
