"""`peripheral verify-receipts`."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.commands.options import data_dir_option
from deploy.commands.receipt_options import deployment_option, period_options


@click.command("verify-receipts")
@click.argument("bundle", required=False, type=click.Path(path_type=Path))
@deployment_option
@click.option("--series", multiple=True, metavar="FEED/SYMBOL/INTERVAL", help="Only this one's.")
@period_options
@click.option("--key", type=click.Path(path_type=Path), help="The PUBLIC.pem of who signed.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@data_dir_option
def command(**given: object) -> int:
    """Run deployments again, and say whether all that they said is what the log's bars give.

    Signals, orders, alerts and faults are compared byte for byte. Without BUNDLE those on the
    log, for which the broker has to run; with it those of the file, for which nothing has to.

    The exit code is 0 only when all are equal and none is missing, 1 when not, 2 when that
    could not be found out.
    """
    from deploy.receipts.verify import Asked, run

    return run(Asked(**given))  # type: ignore[arg-type]  # click's options are Asked's fields
