"""`peripheral export-receipts`."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.commands.options import data_dir_option
from deploy.commands.receipt_options import deployment_option, period_options


@click.command("export-receipts")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The file to write.")
@deployment_option
@period_options
@click.option("--sign", type=click.Path(path_type=Path), help="With this PRIVATE.pem.")
@click.option("--with-source", is_flag=True, help="Show what the strategies' authors wrote, too.")
@data_dir_option
def command(**given: object) -> int:
    """Put into one file what others need to check deployments' track record by themselves.

    That is their modules, what they said, and the bars of their series from the first on, up to
    --to or to where the workers have come. `peripheral verify-receipts FILE` checks it.
    """
    from deploy.receipts.export import Asked, run

    return run(Asked(**given))  # type: ignore[arg-type]  # click's options are Asked's fields
