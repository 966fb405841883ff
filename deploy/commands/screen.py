"""`peripheral screen`."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.commands.options import data_dir_option


@click.command("screen")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--bars",
    "bar_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A CSV or Parquet file of bars; may be repeated. Nothing needs to run.",
)
@click.option("--sample", is_flag=True, help="Daily bars of five stocks that come with Peripheral.")
@click.option("--symbols", help="Which, as A,B; all of the files' by default.")
@click.option("--feed", default="sample", show_default=True, help="Of bars from the database.")
@click.option("--interval", help="Such as 1d; with --bars their spacing by default.")
@click.option("--as-of", "as_of", metavar="TIME", help="As it was then: later bars are not seen.")
@click.option("--top", type=click.IntRange(min=1), help="Only so many, the best.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="Set an input.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@data_dir_option
def command(**given: object) -> int:
    """Say which symbols the strategy in FILE picks, the best first.

    One that calls score() ranks by it; one that does not picks what it gives an order or an
    alert for at the last bar.
    """
    from deploy.screening import Asked, run

    return run(Asked(**given))  # type: ignore[arg-type]  # click's options are Asked's fields
