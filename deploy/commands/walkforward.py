"""`peripheral walkforward`."""

from __future__ import annotations

import click

from deploy.commands.study_options import search_options, study_options


@click.command("walkforward")
@study_options
@search_options
@click.option("--train", default="2y", show_default=True, help="How long; 2y, 6mo, 12w, 90d, 36h.")
@click.option("--test", default="6mo", show_default=True, help="How long after each training.")
@click.option("--step", help="From a fold to the next; as long as a test by default.")
@click.option("--anchored", is_flag=True, help="Every training begins at the first bar.")
@click.option("--cross", is_flag=True, help="Cross-validate as well: of a grid, or random.")
@click.option("--groups", type=int, default=10, show_default=True, help="To cross-validate with.")
@click.option("--tested", type=int, default=2, show_default=True, help="Of the groups; 1: k-fold.")
@click.option(
    "--purge",
    type=click.IntRange(min=0),
    help="Periods before a test; by default a hundredth of all.",
)
@click.option(
    "--embargo", type=click.IntRange(min=0), help="Periods behind a test; a hundredth by default."
)
@click.option("--blocks", type=int, default=16, show_default=True, help="To halve the history by.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(**given: object) -> int:
    """Choose params of the strategy in FILE again and again, and say how they did after.

    Each fold takes the best of a sweep over --train, and tests it on the --test that follows.
    With --cross it also says how the best of parts of the history did in the other parts, and
    how likely the sweep is overfitted.
    """
    from deploy.research.walkforward import Asked, run

    return run(Asked(**given))  # type: ignore[arg-type]  # click's options are Asked's fields
