"""`peripheral at`."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.commands.options import data_dir_option


@click.command("at")
@click.argument("moment", metavar="TIME|OFFSET", required=False)
@click.argument("path", metavar="[PATH]", required=False)
@click.option("--sql", "query", metavar="QUERY", help="Ask the tables as they were; gives CSV.")
@click.option("--forget", is_flag=True, help="Drop the tables that are kept of earlier moments.")
@data_dir_option
def command(
    moment: str | None, path: str | None, query: str | None, forget: bool, data_dir: Path | None
) -> int:
    """Say what was known at a moment.

    TIME is as 2024-03-01T14:30:00Z, in UTC; OFFSET is the place of a record that had just been
    written, as 3/1200 (partition and offset of a bar) or strategies.edits.v1/0/7.

    PATH is one of the API's, as "/v1/signals?symbol=AAPL"; the answer is what it would have
    been. Without it, it is said how many rows each table had. The tables of that moment are made
    from the log, beside the live ones; those of the last few moments are kept, so that the
    next question is answered at once.
    """
    from deploy.worlds.asking import ask_past, forget_past

    if forget:
        return forget_past(data_dir)
    if moment is None:
        raise click.UsageError("Name a moment, as 2024-03-01T14:30:00Z or 3/1200.")
    if path is not None and query is not None:
        raise click.UsageError("Give a path or --sql, not both.")
    return ask_past(data_dir, moment, path, query)
