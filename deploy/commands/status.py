"""`peripheral status`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click
import httpx
import msgspec

from deploy.api_client import open_client
from deploy.backup.outcome import Outcomes, read_outcomes, told
from deploy.commands.options import data_dir_option
from deploy.configuration import load_settings
from deploy.embedded.process import Record
from deploy.running import records, running_up
from deploy.summary import api_answers
from streams.settings import Settings


@click.command("status")
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="Write JSON for programs.")
@click.option("--database-url", is_flag=True, help="Write the database's URL only, for psql.")
def command(data_dir: Path | None, as_json: bool, database_url: bool) -> int:
    """Show each process that `up` has started: its pid, memory, age and health, how many records
    could not be used and nobody has decided about, and the last backup.

    The exit code is 0 when all of them are ready and that backup has not failed, else 1.
    """
    settings = load_settings(data_dir)
    if database_url:
        click.echo(settings.database_url)
        return 0
    up = running_up(settings.run_dir)
    rows = [process_row(record, settings) for record in records(settings.run_dir)]
    health = api_health(settings) if up else None
    letters = undecided_letters(settings) if up else None
    outcomes = read_outcomes(settings)
    well = up is not None and all(row["state"] == "ready" for row in rows) and not failed(outcomes)
    if as_json:
        report = {
            "up": up.pid if up else None,
            "processes": rows,
            "api": health,
            "dead_letters": letters,
            "backups": msgspec.to_builtins(outcomes),
        }
        click.echo(json.dumps(report, indent=2))
    elif up is None and not rows:
        click.echo("Nothing runs; `peripheral up` starts everything.")
    else:
        click.echo(f"peripheral up: process {up.pid}" if up else "peripheral up has been killed")
        for row in rows:
            click.echo(table_line(row))
        if health is not None:
            click.echo(f"API health: {json.dumps(health)}")
        if letters:
            click.echo(f"Dead letters to decide about, see `peripheral dlq list`: {words(letters)}")
    if not as_json:
        for line in backup_lines(settings, outcomes):
            click.secho(line, fg="red" if failed(outcomes) else None)
    return 0 if well else 1


def failed(outcomes: Outcomes) -> bool:
    """Whether the last backup failed, or can't be restored."""
    return outcomes.last is not None and bool(outcomes.last.error or outcomes.last.note)


def backup_lines(settings: Settings, outcomes: Outcomes) -> list[str]:
    """The last backup, and behind a failure the last that succeeded."""
    if outcomes.last is None:
        return ["No backup was taken yet."] if settings.backup.to is not None else []
    lines = [told(outcomes.last)]
    if outcomes.last.error:
        lines.append(told(outcomes.good) if outcomes.good else "None has succeeded yet.")
    return lines


def process_row(record: Record, settings: Settings) -> dict[str, Any]:
    """What is known of one process; memory in MiB with its children's, age in seconds."""
    process = record.process()
    row: dict[str, Any] = {"name": record.name, "pid": record.pid, "state": "ended"}
    if process is None:
        return row
    family = [process, *process.children(recursive=True)]
    row["memory_mib"] = round(sum(member.memory_info().rss for member in family) / (1 << 20))
    row["age_s"] = round(time.time() - record.created_s)
    row["state"] = "ready" if _is_ready(record.name, settings) else "starting"
    return row


def _is_ready(name: str, settings: Settings) -> bool:
    """Workers say so with a file, the API answers; servers and feed are ready once they run."""
    if name in ("broker", "database", "feed"):
        return True
    if name == "api":
        return api_answers(settings)
    return (settings.run_dir / f"{name}.ready").exists()


def table_line(row: dict[str, Any]) -> str:
    """One process as a line of text."""
    if "memory_mib" not in row:
        return f"  {row['name']:<14} {row['pid']:>8}  {row['state']}"
    return (
        f"  {row['name']:<14} {row['pid']:>8}  {row['state']:<9} "
        f"{row['memory_mib']:>5} MiB  {row['age_s']:>7} s"
    )


def words(letters: dict[str, int]) -> str:
    """Letters by topic, on a line."""
    return ", ".join(f"{count:,} of {topic}" for topic, count in letters.items())


def undecided_letters(settings: Settings) -> dict[str, int] | None:
    """Dead letters that nobody has decided about, by topic; None while the API can't say."""
    try:
        with open_client(settings, timeout_s=3) as client:
            found: dict[str, int] | None = client.get("/v1/status").json()["dead_letters"]
            return found
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None


def api_health(settings: Settings) -> Any:
    """The body of the API's /readyz, or why there is none."""
    try:
        with open_client(settings, timeout_s=3) as client:
            return client.get("/readyz").json()
    except (httpx.HTTPError, ValueError) as error:
        return {"status": f"no answer ({type(error).__name__})"}
