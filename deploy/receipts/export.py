"""`peripheral export-receipts`: what a third party needs to run deployments again, as one file.

Consumes the log; produces a bundle (`deploy/receipts/format.py`). Nothing is run: whoever gets the
bundle does that.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.configuration import load_settings
from deploy.errors import UserError
from deploy.progress import Bar
from deploy.receipts.chosen import (
    Chosen,
    Log,
    Period,
    active_on,
    check_known,
    erased_on,
    event_of,
    period_of,
)
from deploy.receipts.keys import read_private
from deploy.receipts.log import LogSource
from deploy.receipts.outages import outages_as_sentences
from deploy.receipts.written import written
from deploy.research.outputs import check_file
from schemas.events.market import BarClosed
from streams.catalog import BARS
from streams.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The command's options, as they were given."""

    out: Path
    deployments: tuple[str, ...]
    begin: str | None
    end: str | None
    sign: Path | None
    with_source: bool
    data_dir: Path | None


def run(asked: Asked) -> int:
    """0. Raises UserError."""
    check_file("--out", asked.out)
    period = period_of(asked.begin, asked.end)
    key = None if asked.sign is None else read_private(asked.sign)
    settings = load_settings(asked.data_dir)
    with outages_as_sentences(settings), Bar(asked.out.name, "records") as bar:
        told = asyncio.run(_of_log(settings, asked, period, key, bar))
    click.echo(told)
    return 0


async def _of_log(
    settings: Settings, asked: Asked, period: Period, key: Ed25519PrivateKey | None, bar: Bar
) -> str:
    source = LogSource(settings)
    await source.open()
    return await export(source, asked, period, key, bar)


async def export(
    source: Log, asked: Asked, period: Period, key: Ed25519PrivateKey | None, bar: Bar
) -> str:
    """Write the bundle, and say so. Raises UserError."""
    chosen = _chosen(source, asked, period)
    if period.end_us is not None:
        for partition, until in chosen.until.items():
            chosen.until[partition] = await _cut(source, chosen, partition, until, period.end_us)
    manifest = await written(source, chosen, asked.out, key, bar)
    records = sum(part.records for part in manifest.parts)
    return (
        f"Wrote {asked.out}, {asked.out.stat().st_size:,} bytes: {len(chosen.ids):,} deployments,"
        f" {records:,} records, " + (f"signed by {manifest.signed_by}." if key else "not signed.")
    )


def _chosen(source: Log, asked: Asked, period: Period) -> Chosen:
    active, erased = active_on(source), erased_on(source)
    check_known(asked.deployments, active)
    if not asked.deployments:
        active = {name: found for name, found in active.items() if name not in erased}
    if not active:
        raise UserError("Nothing was active on the log yet, so there is nothing to export.")
    ids = frozenset(asked.deployments or active)
    chosen = Chosen(ids, period, asked.with_source)
    for name in sorted(ids):
        for partition in active[name]:
            deployment = source.directory.deployment(source.activations(partition)[name])
            version = None if deployment is None else source.directory.version_of(deployment)
            if deployment is None or version is None:
                raise UserError(f"{name} can't be exported: the log has not what was deployed.")
            chosen.deployments[deployment.strategy_id, name] = deployment
            chosen.versions[version.strategy_id, version.version] = version
            chosen.until.setdefault(partition, source.written_to(partition))
    if not any(chosen.until.values()):
        raise UserError(
            "No bar was evaluated yet as far as the log says, so nothing can be exported: the"
            " worker says how far it is at its checkpoints, once a second."
        )
    authors = {each.author for each in chosen.deployments.values()}
    if len(authors) > 1 and not asked.deployments:
        raise UserError(
            f"There are deployments of {len(authors):,} authors: name those that are to be shown"
            " to others, with --deployment."
        )
    return chosen


async def _cut(source: Log, chosen: Chosen, partition: int, until: int, end_us: int) -> int:
    """The offset behind the last bar before end_us: no bar behind it matters to one before it."""
    cut = 0
    async with aclosing(source.records(BARS.name, partition)) as records:
        async for record in records:
            if record.offset >= until:
                break
            if record.key in chosen.keys:
                bar = event_of(record, BARS, source.partitions)
                if isinstance(bar, BarClosed) and bar.ts < end_us:
                    cut = record.offset + 1
    return cut
