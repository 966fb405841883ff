"""`peripheral fork`."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.commands.options import data_dir_option


@click.command("fork")
@click.option("--at", "moment", metavar="TIME|OFFSET", help="From where on, as `at` has it.")
@click.option("--with", "given", metavar="NAME=VALUE", multiple=True, help="What is otherwise.")
@click.option("--name", help="Of the fork: a–z and 0–9; made up when it is left out.")
@click.option("--list", "listed", is_flag=True, help="Show the forks that there are.")
@click.option("--drop", metavar="NAME", help="End a fork: its topics and tables go.")
@data_dir_option
def command(
    moment: str | None,
    given: tuple[str, ...],
    name: str | None,
    listed: bool,
    drop: str | None,
    data_dir: Path | None,
) -> int:
    """Make what would have come of other decisions since a moment.

    Up to then a fork is the log. From there on the market goes on as it did, what was deployed
    then runs on, and nobody decides anything but what --with says:

    \b
      strategy=FILE        the strategy named as the file is, or ID by strategy=ID=FILE,
                           runs as FILE has it
      fees=RATE            accounts pay that share of a trade's value; other terms by their
                           names, as per_trade=1, slip_share=0.0005 or cash=50000
      param.NAME=VALUE     deployments whose strategy has such an input get it

    A deployment that is changed ends, and one named DEPLOYMENT.FORK begins at the same bar,
    warmed up by all bars before it. What it says lies on topics of its own, fork.NAME.…, with
    receipts, and in tables of its own.
    """
    from deploy.forks import asking

    if listed:
        return asking.show_all(data_dir)
    if drop is not None:
        return asking.drop(data_dir, drop)
    if moment is None:
        raise click.UsageError("Say from where on: --at 2024-03-01T14:30:00Z or --at 3/1200.")
    return asking.make(data_dir, moment, given, name)
