"""`peripheral backtest`."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.commands.study_options import param_option, study_options


@click.command("backtest")
@study_options
@param_option("NAME=VALUE", "Set an input.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--equity", is_flag=True, help="With the account at each bar, in the JSON.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a page with charts.")
@click.option("--csv", type=click.Path(path_type=Path), help="Write tables into this folder.")
@click.option("--parquet", type=click.Path(path_type=Path), help="Write tables into this folder.")
def command(**given: object) -> int:
    """Say how the strategy in FILE would have done.

    With --bars it works on files, with nothing running; else on the bars in the database, of
    the --symbols. Orders fill at the next bar's open by default, from one account of --cash.
    """
    from deploy.research.backtest import Asked, run

    return run(Asked(**given))  # type: ignore[arg-type]  # click's options are Asked's fields
