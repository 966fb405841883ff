"""What a rebuild came to, for a terminal or as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import click

from deploy.progress import Bar
from deploy.text_table import text_table
from deploy.worlds.outages import outages_told
from deploy.worlds.rebuilding import Rebuilt, rebuild
from streams.settings import Settings

DIGITS_SHOWN = 12


def run_rebuild(settings: Settings, names: Sequence[str], *, only_compare: bool) -> Rebuilt:
    """Rebuild, with its progress on stderr. Raises `UserError`."""
    with outages_told(settings), Bar("rebuild", "events") as bar:
        return asyncio.run(
            rebuild(
                settings,
                names,
                lambda done, total: bar.update("folded", done, total),
                only_compare=only_compare,
            )
        )


def print_rebuilt(rebuilt: Rebuilt, *, as_json: bool) -> None:
    """Each table, and whether it was as the log has it."""
    if as_json:
        tables = [
            {"table": t.table, "live": t.live, "rebuilt": t.rebuilt, "equal": t.equal}
            for t in rebuilt.tables
        ]
        told = {
            "events": rebuilt.events,
            "seconds": round(rebuilt.seconds, 3),
            "behind": rebuilt.behind,
            "tables": tables,
        }
        click.echo(json.dumps(told | {"equal": rebuilt.equal, "switched": rebuilt.switched}))
        return
    rows = [
        (
            t.table,
            t.live[:DIGITS_SHOWN],
            t.rebuilt[:DIGITS_SHOWN],
            "equal" if t.equal else "DIFFERS",
        )
        for t in rebuilt.tables
    ]
    click.echo(text_table(("table", "live", "rebuilt", ""), rows))
    rate = rebuilt.events / max(rebuilt.seconds, 1e-3)
    click.echo(
        f"{rebuilt.events:,} events folded in {rebuilt.seconds:,.1f} s, {rate:,.0f} a second."
    )
    differing = sum(not table.equal for table in rebuilt.tables)
    said = "Every table was what the log says"
    if differing:
        said = f"{differing} of them were not what the log says"
    elif rebuilt.behind:
        said = "Every table was what the log says, as far as they have come"
    click.echo(f"{said}; the rebuilt ones are in place." if rebuilt.switched else f"{said}.")
    if rebuilt.behind:
        click.echo(
            f"The tables lack {rebuilt.behind:,} records that are on the log, which come as the "
            "role projections does its work: see by `peripheral status` that it runs."
        )
