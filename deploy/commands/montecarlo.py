"""`peripheral montecarlo`."""

from __future__ import annotations

import click

from deploy.commands.study_options import param_option, study_options


@click.command("montecarlo")
@study_options
@param_option("NAME=VALUE", "Set an input.")
@click.option("--runs", type=int, default=1_000, show_default=True, help="Orders, and histories.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of all that is random.")
@click.option(
    "--method",
    type=click.Choice(["stationary", "circular"]),
    default="stationary",
    show_default=True,
    help="The bootstrap's blocks: of random length, or all of one.",
)
@click.option("--block", type=int, help="Its length in periods; their cube root by default.")
@click.option("--jitter", type=int, default=2, show_default=True, help="Steps that params move.")
@click.option("--jitter-runs", type=int, default=200, show_default=True, help="At most so many.")
@click.option(
    "--noise",
    type=float,
    default=10.0,
    show_default=True,
    help="Percent of the returns' deviation.",
)
@click.option("--noise-runs", type=int, default=200, show_default=True, help="So many backtests.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(**given: object) -> int:
    """Say how else the backtest of the strategy in FILE might have gone.

    Its trades in other orders, its days drawn anew in blocks, its params moved by --jitter steps,
    its prices with some noise: figures that differ much over these are luck in part.
    """
    from deploy.research.montecarlo import Asked, run

    return run(Asked(**given))  # type: ignore[arg-type]  # click's options are Asked's fields
