"""`peripheral verify`."""

from __future__ import annotations

import click

from deploy.commands.study_options import param_option, study_options


@click.command("verify")
@study_options
@param_option("NAME=VALUE", "Set an input.")
@click.option("--trials", type=int, help="How many were made before this one was chosen.")
@click.option(
    "--trials-variance", type=float, help="Of their annualised Sharpe ratios, where it is known."
)
@click.option("--since", metavar="TIME", help="Count trials on the log from here on.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of all that is random.")
@click.option("--strict", is_flag=True, help="End with 1 for what warns, too.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(**given: object) -> int:
    """Say whether the backtest of the strategy in FILE can be believed.

    lookahead: no bar to come is known. warm-up: after how many bars it no longer matters where
    history began. parity: live, backtest and screen say the same. costs: what is left where
    trading costs more. luck: the deflated Sharpe ratio, by how many trials were made.

    FILE is a source, or a module. The exit code is 0, or 1 when a check found a fault.
    """
    from deploy.research.verify import Asked, run

    return run(Asked(**given))  # type: ignore[arg-type]  # click's options are Asked's fields
