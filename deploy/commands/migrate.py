"""`peripheral migrate`."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.commands.options import data_dir_option


@click.command("migrate")
@data_dir_option
def command(data_dir: Path | None) -> None:
    """Bring the database to this version's schema; applied files are left alone.

    Runs at the start of `up` as well. Several may run at a time: one works, the others
    wait. PERIPHERAL_DATABASE__URL names the database.
    """
    from deploy.configuration import load_settings
    from deploy.migrate import migrate

    applied = migrate(load_settings(data_dir).database_url)
    click.echo("\n".join(f"applied {name}" for name in applied) or "The database is up to date.")
