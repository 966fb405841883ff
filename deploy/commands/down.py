"""`peripheral down`."""

from __future__ import annotations

import signal
from pathlib import Path

import click
import psutil

from deploy.commands.options import data_dir_option
from deploy.configuration import load_settings
from deploy.errors import UserError
from deploy.running import end_leftovers, running_up

_LIMIT_S = 15.0


@click.command("down")
@data_dir_option
def command(data_dir: Path | None) -> None:
    """Stop what `peripheral up` has started, in order; the data stays.

    Also ends what an `up` left behind that was killed.
    """
    run_dir = load_settings(data_dir).run_dir
    record = running_up(run_dir)
    if record is None:
        ended = end_leftovers(run_dir)
        click.echo(f"Ended: {', '.join(ended)}." if ended else "Nothing runs.")
        return
    process = record.process()
    if process is not None:
        try:
            process.send_signal(signal.SIGTERM)
        except psutil.AccessDenied as error:
            raise UserError(
                f"Process {record.pid} belongs to another user: ask that user to end it."
            ) from error
    if not record.wait(_LIMIT_S):
        raise UserError(
            f"Process {record.pid} has not ended within {_LIMIT_S:g} s: end it with "
            f"`kill -9 {record.pid}`, then run `peripheral down` again."
        )
    click.echo("Stopped.")
