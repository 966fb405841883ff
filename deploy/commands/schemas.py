"""`peripheral schemas`."""

from __future__ import annotations

from pathlib import Path

import click

folder_argument = click.argument(
    "folder", required=False, type=click.Path(file_okay=False, path_type=Path)
)


@click.group("schemas")
def command() -> None:
    """Write the JSON Schema, AsyncAPI and OpenAPI documents, and guard their changes."""


@command.command("export")
@folder_argument
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when a file differs.")
@click.pass_context
def export_documents(ctx: click.Context, folder: Path | None, check: bool) -> None:
    """Write every document into FOLDER (schemas/exported by default)."""
    from deploy.contracts import EXPORTED_DIR, export, stale

    target = folder or EXPORTED_DIR
    if not check:
        click.echo(f"wrote {len(export(target))} files into {target}")
        return
    differing = stale(target)
    for path in differing:
        click.echo(f"{path} is not what the code says: run `peripheral schemas export`", err=True)
    ctx.exit(1 if differing else 0)


@command.command("check")
@click.pass_context
def check_evolution(ctx: click.Context) -> None:
    """Compare today's events with all releases; exit with 1 when a consumer or a record that is
    on the log would break."""
    from deploy.contracts import check

    findings = check()
    for found in findings:
        click.echo(found, err=True)
    if not findings:
        click.echo("Old and new can read each other's records.")
    ctx.exit(1 if findings else 0)


@command.command("release")
@click.pass_context
def release_schemas(ctx: click.Context) -> None:
    """Add today's events to schemas/released as the next release, if `check` finds nothing
    against it: the schemas that are new or have changed, and samples of their records."""
    from deploy.contracts import RELEASED_DIR, FindingsError, release

    try:
        number = release()
    except FindingsError as error:
        for found in error.findings:
            click.echo(found, err=True)
        ctx.exit(1)
    if number is None:
        click.echo("Nothing has changed since the last release.")
    else:
        click.echo(f"Release {number} is in {RELEASED_DIR}.")
