"""`peripheral screen`."""

from __future__ import annotations

import click

from deploy.commands.options import data_dir_option
from deploy.commands.study_options import market_options, param_option


@click.command("screen")
@market_options
@click.option("--universe", help="The members of a universe of the database.")
@click.option(
    "--as-of", "as_of", metavar="TIME", help="As it was then: what closed later is not seen."
)
@click.option("--top", type=click.IntRange(min=1), help="Only so many, the best.")
@param_option("NAME=VALUE", "Set an input.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@data_dir_option
def command(**given: object) -> int:
    """Say which symbols the strategy in FILE picks, the best first.

    One that calls score() ranks by it; one that does not picks what it gives an order or an
    alert for at the last bar.
    """
    from deploy.research.screen import Asked, run

    return run(Asked(**given))  # type: ignore[arg-type]  # click's options are Asked's fields
