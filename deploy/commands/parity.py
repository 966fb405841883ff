"""`peripheral parity`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("parity")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--bars",
    "bar_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A CSV or Parquet file of bars; may be repeated.",
)
@click.option("--sample", is_flag=True, help="Daily bars of five stocks.")
@click.option("--symbols", help="Which, as A,B; all by default.")
@click.option("--interval", help="Such as 1d; the bars' spacing by default.")
@click.option(
    "--partitions", default="1,4,16", show_default=True, help="How many, each a way of its own."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of where it is cut.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(**given: object) -> int:
    """Say whether the strategies in FILES say the same however they are run.

    They run together over the bars as one batch, bar by bar, through restarts, and on so many
    partitions, each by the worker's own code, and as a backtest runs them. Of what they say each
    way, receipts left out, a SHA-256 is shown. The exit code is 0 only when there is one, else 1.

    FILES are sources, or modules; their inputs have their defaults. Nothing needs to run.
    """
    from deploy.research.parity import Asked, run

    return run(Asked(**given))  # type: ignore[arg-type]  # click's options are Asked's fields
