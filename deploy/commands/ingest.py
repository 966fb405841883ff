"""`peripheral ingest`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("ingest")
@click.argument("file", type=click.Path(path_type=Path))
def command(file: Path) -> int:
    """Publish the bars of FILE, a CSV or Parquet file.

    Columns are found by name, case ignored: date, time or timestamp; open, high, low,
    close, volume; symbol. A bad row is reported with its line and the reason, and the good
    rows go in.
    """
    from deploy.configuration import load_settings
    from deploy.ingest import ingest_file

    return ingest_file(file, load_settings())
