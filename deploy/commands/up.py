"""`peripheral up`."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.commands.options import data_dir_option


@click.command("up")
@data_dir_option
def command(data_dir: Path | None) -> None:
    """Start everything on this machine and stay; Ctrl-C stops it.

    Starts, in order: a Kafka broker, its topics, a PostgreSQL database, its tables, the
    workers, the API, three example strategies and a feed of sample bars. What is already
    there is kept, so a second start goes on where the first one stopped.

    PERIPHERAL_KAFKA__BOOTSTRAP_SERVERS and PERIPHERAL_DATABASE__URL name servers of your
    own instead.
    """
    from deploy.configuration import load_settings
    from deploy.screen import Screen
    from deploy.up import run_up

    run_up(load_settings(data_dir), Screen())
