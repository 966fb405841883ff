"""`peripheral at`: from what a person typed to what was known then."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path

import click

from deploy.configuration import load_settings
from deploy.errors import UserError
from deploy.progress import Bar
from deploy.text_table import text_table
from deploy.worlds.moment import parse_moment
from deploy.worlds.outages import outages_told
from deploy.worlds.past import forget, world_at
from deploy.worlds.reading import get, print_rows, row_counts
from deploy.worlds.world import World

READS = "/v1/"
NOT_OF_A_WORLD = ("/v1/stream", "/v1/status")


def ask_past(data_dir: Path | None, moment: str, path: str | None, query: str | None) -> int:
    """Print the answer; 1 where the API's answer is an error. Raises `UserError`."""
    settings = load_settings(data_dir)
    when = parse_moment(moment, settings.kafka.partitions)
    if path is not None:
        check_path(path)
    with outages_told(settings), ExitStack() as ends:
        with Bar("the log up to then", "events") as bar:
            world = ends.enter_context(
                world_at(settings, when, lambda done, total: bar.update("folded", done, total))
            )
        if path is not None:
            return print_answer(world, path)
        if query is not None:
            print_rows(world, query)
            return 0
        rows = [(table, f"{count:,}") for table, count in row_counts(world).items()]
    click.echo(text_table(("table", "rows"), rows))
    return 0


def forget_past(data_dir: Path | None) -> int:
    """Drop the tables of earlier moments."""
    gone = forget(load_settings(data_dir))
    click.echo(f"Dropped the tables of {len(gone)} moments.")
    return 0


def check_path(path: str) -> None:
    """Raises `UserError` where there is nothing to be read of a moment."""
    if not path.startswith(READS) or path.startswith(NOT_OF_A_WORLD):
        raise UserError(
            f"{path} is no read of the tables: write one as /v1/bars/AAPL?limit=5; /docs of the "
            "API lists them."
        )


def print_answer(world: World, path: str) -> int:
    """The API's answer on stdout, or on stderr and 1 when it is an error."""
    answer = asyncio.run(get(world, path))
    click.echo(answer.text, err=answer.is_error)
    return 1 if answer.is_error else 0
