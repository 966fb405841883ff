"""`peripheral backup`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from deploy.commands.options import data_dir_option


@click.group("backup", invoke_without_command=True)
@click.option("--to", metavar="WHERE", help="A folder, or s3://bucket/prefix.")
@click.option("--keep-days", type=click.IntRange(0), help="Delete older ones there; 0: none.")
@click.option("--keep-count", type=click.IntRange(0), help="Keep no more than so many; 0: all.")
@click.option("--no-verify", is_flag=True, help="Do not read it back.")
@data_dir_option
@click.pass_context
def command(
    ctx: click.Context,
    to: str | None,
    keep_days: int | None,
    keep_count: int | None,
    no_verify: bool,
    data_dir: Path | None,
) -> int | None:
    """Save the log and the database while everything runs, and read back what was saved.

    Without --to it goes where PERIPHERAL_BACKUP__TO says, and what is too old there by
    PERIPHERAL_BACKUP__KEEP_DAYS (30) and __KEEP_COUNT is deleted, but never the newest. S3's
    endpoint and credentials come from PERIPHERAL_BACKUP__ENDPOINT_URL, __REGION, __ACCESS_KEY_ID
    and __SECRET_ACCESS_KEY, or by AWS's own variables. The exit code is 1 for a backup that could
    not be restored.
    """
    if ctx.invoked_subcommand is not None:
        return None
    from deploy.backup.backing_up import back_up, wish_of
    from deploy.backup.outcome import told
    from deploy.configuration import load_settings
    from deploy.progress import Bar

    settings = load_settings(data_dir)
    wish = wish_of(settings, to, keep_days, keep_count, verify=not no_verify)
    with Bar("backup", "records") as bar:
        outcome = back_up(
            settings,
            wish,
            click.echo,
            lambda topic, done: bar.update("saved", done, None, f" {topic}"),
            lambda topic, done: bar.update("checked", done, None, f" {topic}"),
        )
    click.echo(told(outcome))
    return 1 if outcome.note else 0


@command.command("list")
@click.argument("where", required=False)
@click.option("--json", "as_json", is_flag=True, help="Write JSON for programs.")
@data_dir_option
def list_(where: str | None, as_json: bool, data_dir: Path | None) -> None:
    """List the backups in WHERE, or in PERIPHERAL_BACKUP__TO, oldest first."""
    from deploy.backup.files import DamageError
    from deploy.backup.manifest import read_manifest
    from deploy.backup.naming import place_in
    from deploy.backup.outcome import shown
    from deploy.backup.taking import whole_backups
    from deploy.configuration import load_settings
    from deploy.text_table import text_table

    place = place_in(load_settings(data_dir), where)
    found: list[dict[str, str | int]] = []
    cells = []
    for name in whole_backups(place):
        try:
            kept = read_manifest(place, name)
        except DamageError as error:
            found.append({"name": name, "damaged": str(error)})
            cells.append((name, f"damaged: {error}", ""))
        else:
            found.append({"name": name, "bytes": kept.bytes, "records": kept.records})
            cells.append((name, shown(kept.bytes), f"{kept.records:,}"))
    if as_json:
        click.echo(json.dumps(found, indent=2))
    elif not cells:
        click.echo(f"There is no whole backup in {place.where}.")
    else:
        click.echo(text_table(("name", "size", "records"), cells))


@command.command("verify")
@click.argument("where", required=False)
@data_dir_option
def verify(where: str | None, data_dir: Path | None) -> int:
    """Read back a backup, all of it, and say what is not as it was when it was made.

    WHERE/NAME names one, WHERE the newest there. The exit code is 1 where it can't be restored.
    """
    from deploy.backup.checking import damages, hindrances
    from deploy.backup.files import DamageError
    from deploy.backup.manifest import read_manifest
    from deploy.backup.naming import named
    from deploy.configuration import load_settings
    from deploy.progress import Bar

    place, name = named(load_settings(data_dir), where)
    try:
        manifest = read_manifest(place, name)
        with Bar("verify", "records") as bar:

            def tell(topic: str, done: int) -> None:
                bar.update("checked", done, manifest.records, f" {topic}")

            found = damages(place, manifest, tell) or hindrances(place, manifest)
    except (DamageError, FileNotFoundError) as error:
        found = [str(error)]
    if found:
        click.echo(f"{name} can't be restored: {'; '.join(found)}.")
        return 1
    click.echo(
        f"{name} is whole: {len(manifest.files):,} files, {manifest.records:,} records, "
        f"{len(manifest.database.tables)} tables."
    )
    return 0


@command.command("schedule")
@data_dir_option
def schedule(data_dir: Path | None) -> None:
    """Take a backup each day, until it is told to end (`up` does it for you).

    PERIPHERAL_BACKUP__TO says where, PERIPHERAL_BACKUP__AT at what time of day (02:00, UTC). One
    that was missed is made up for at the start; after a failure there is a try each hour.
    """
    from deploy.backup.schedule import run_schedule
    from deploy.configuration import load_settings

    run_schedule(load_settings(data_dir))
