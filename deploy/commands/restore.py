"""`peripheral restore`."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import click

from deploy.commands.options import data_dir_option


@click.command("restore")
@click.argument("where", required=False)
@click.option("--at", default="latest", show_default=True, help="Or a time: the newest by then.")
@click.option("--database-only", is_flag=True, help="The log is there: restore the view of it.")
@data_dir_option
def command(where: str | None, at: str, database_only: bool, data_dir: Path | None) -> None:
    """Bring back the log and the database from a backup, into a system that has neither.

    WHERE/NAME names a backup; of WHERE alone, or of PERIPHERAL_BACKUP__TO, it is the newest. All of
    it is checked before anything is written. A restore that was cut short goes on when it is run
    again, and until it is complete nothing else starts. The database alone catches up from the
    log by itself.
    """
    from deploy.backup.backing_up import only_one_backup
    from deploy.backup.naming import named
    from deploy.backup.restoring import Progress, restore
    from deploy.backup.servers import servers
    from deploy.configuration import load_settings
    from deploy.errors import UserError
    from deploy.progress import Bar
    from deploy.running import running_up

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # its retries end well, or as an error
    settings = load_settings(data_dir)
    if running_up(settings.run_dir) is not None:
        raise UserError("Peripheral runs here: stop it with `peripheral down`, then restore.")
    began_s = time.monotonic()
    place, name = named(settings, where, at)
    click.echo(f"Restoring {name} from {place.where}.")
    with (
        only_one_backup(settings),
        servers(settings, click.echo),
        Bar("restore", "records") as bar,
    ):
        progress = Progress(
            click.echo,
            lambda topic, done: bar.update("checked", done, None, f" {topic}"),
            lambda topic, done: bar.update("written", done, None, f" {topic}"),
        )
        restore(settings, place, name, progress, database_only=database_only)
    click.echo(f"Restored in {time.monotonic() - began_s:.1f} s. Go on with `peripheral up`.")
