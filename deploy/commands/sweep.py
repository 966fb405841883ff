"""`peripheral sweep`."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.commands.study_options import search_options, study_options


@click.command("sweep")
@study_options
@search_options
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="Show so many.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--csv", type=click.Path(path_type=Path), help="Write every trial into this file.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a page with a heat map.")
def command(**given: object) -> int:
    """Try many params of the strategy in FILE, and say which did best.

    The strategy is compiled once. Without a range or list in --param, all params with bounds are
    varied. What is best of many is so by luck in part: the deflated Sharpe ratio says how likely
    it is more than that.
    """
    from deploy.research.sweep import Asked, run

    return run(Asked(**given))  # type: ignore[arg-type]  # click's options are Asked's fields
