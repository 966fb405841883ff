"""`peripheral receipts-key`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("receipts-key")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="PRIVATE.pem.")
def command(out: Path) -> int:
    """Make an Ed25519 key to sign bundles with.

    PRIVATE.pem is yours alone; PRIVATE.pub.pem, which is written beside it, is for those who
    check what you have signed.
    """
    from deploy.receipts.keys import make_keys, read_public

    public = make_keys(out)
    click.echo(f"Wrote {out}, which nobody else should have, and {public}: {read_public(public)}.")
    return 0
