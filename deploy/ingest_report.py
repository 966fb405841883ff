"""What `peripheral ingest` shows: a bar while it works, then what became of the file."""

from __future__ import annotations

from dataclasses import asdict

import orjson

from deploy.api_client import api_url
from deploy.ingest import REJECTS_SHOWN, Summary
from streams.settings import Settings

SERIES_SHOWN = 20


def print_json(summary: Summary, _settings: Settings) -> None:
    """One line of JSON."""
    print(orjson.dumps({**asdict(summary), "rejects": rejects_json(summary)}).decode())


def rejects_json(summary: Summary) -> list[dict[str, object]]:
    return [reject._asdict() for reject in summary.rejects]


def print_summary(summary: Summary, settings: Settings) -> None:
    """Sentences and a list; no markup, so that it reads well in a log too."""
    print(
        f"{summary.file}: {summary.rows_read:,} rows read, {summary.published:,} published, "
        f"{summary.skipped:,} skipped, {len(summary.rejects):,} bad"
    )
    for note in summary.notes:
        print(f"  · {note}")
    for one in summary.series[:SERIES_SHOWN]:
        print(f"  {one.series}: {one.published:,} of {one.rows:,} bars, {one.first} to {one.last}")
    if len(summary.series) > SERIES_SHOWN:
        print(f"  … and {len(summary.series) - SERIES_SHOWN:,} more series")
    for reject in summary.rejects[:REJECTS_SHOWN]:
        print(f"  line {reject.line}: {reject.reason}")
    if len(summary.rejects) > REJECTS_SHOWN:
        where = f", all in {summary.rejects_file}" if summary.rejects_file else ""
        print(f"  … and {len(summary.rejects) - REJECTS_SHOWN:,} more bad rows{where}")
    if summary.look_at is not None:
        print(f"Look at them with: curl '{api_url(settings)}{summary.look_at}'")
