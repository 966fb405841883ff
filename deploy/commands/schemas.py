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
    """Compare today's events with the released ones; exit with 1 when a consumer would break."""
    from deploy.contracts import check

    _report(ctx, [str(found) for found in check()], "Old and new can read each other's records.")


@command.command("release")
@click.pass_context
def release_schemas(ctx: click.Context) -> None:
    """Make today's events the released ones, if `check` finds nothing against it."""
    from deploy.contracts import RELEASED_DIR, release

    _report(ctx, [str(found) for found in release()], f"Released into {RELEASED_DIR}.")


def _report(ctx: click.Context, findings: list[str], otherwise: str) -> None:
    for found in findings:
        click.echo(found, err=True)
    if not findings:
        click.echo(otherwise)
    ctx.exit(1 if findings else 0)
