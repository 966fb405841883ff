"""`peripheral verify-receipts`: runs deployments again, and says whether all is as they said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from deploy.configuration import load_settings
from deploy.errors import UserError
from deploy.progress import Bar
from deploy.receipts.bundle import BundleSource
from deploy.receipts.chosen import Period, active_on, check_known, erased_on, period_of
from deploy.receipts.format import BundleError
from deploy.receipts.keys import read_public
from deploy.receipts.log import LogSource
from deploy.receipts.outages import outages_as_sentences
from deploy.receipts.told import Checked, as_json, told
from processors.evaluation.instances import Instances
from processors.evaluation.receipts.heads import Head
from processors.evaluation.receipts.replay import Replay, Scope, TooLargeError
from sandbox.errors import CallInterruptedError
from schemas.series import Series
from streams.catalog import BARS
from streams.producer import partition_of

MEMORY_BYTES_MAX = 1024**3
"""Of a bundle's strategies, on one partition: its author is a stranger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The command's options, as they were given."""

    bundle: Path | None
    deployments: tuple[str, ...]
    series: tuple[str, ...]
    begin: str | None
    end: str | None
    key: Path | None
    as_json: bool
    data_dir: Path | None


def run(asked: Asked) -> int:
    """0 when all is as it must be, 1 when not. Raises UserError."""
    period = period_of(asked.begin, asked.end)
    series = frozenset(_series_of(text) for text in asked.series)
    try:
        if asked.bundle is None:
            checked = _of_log(asked, period, series)
        else:
            checked = _of_bundle(asked, asked.bundle, period, series)
    except (BundleError, TooLargeError) as error:
        checked = Checked(refused=f"{asked.bundle or 'The log'} is refused: {error}.")
    click.echo(as_json(checked) if asked.as_json else told(checked), nl=not asked.as_json)
    return int(not checked.holds)


def _series_of(text: str) -> Series:
    try:
        return Series.parse(text)
    except ValueError as error:
        raise UserError(f"--series: {error}.") from None


def _of_log(asked: Asked, period: Period, series: frozenset[Series]) -> Checked:
    if asked.key is not None:
        raise UserError("--key is for a bundle: the log is not signed.")
    settings = load_settings(asked.data_dir)
    with outages_as_sentences(settings), Bar("receipts", "bars") as bar:
        source = LogSource(settings)

        async def work() -> Checked:
            await source.open()
            return await _check(source, asked, period, series, bar)

        return asyncio.run(work())


def _of_bundle(asked: Asked, path: Path, period: Period, series: frozenset[Series]) -> Checked:
    """Raises BundleError, TooLargeError, UserError."""
    key = None if asked.key is None else read_public(asked.key)
    try:
        with BundleSource(path) as source:
            return _of_source(asked, source, key, period, series)
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}.") from None


def _of_source(
    asked: Asked,
    source: BundleSource,
    key: str | None,
    period: Period,
    series: frozenset[Series],
) -> Checked:
    manifest = source.manifest
    if key is not None and manifest.signed_by != key:
        other = f"by {manifest.signed_by}" if manifest.signed_by else "by nobody"
        raise BundleError(f"it is not signed by {key}, as --key has it, but {other}")
    period = period.within(Period(manifest.begin_us, manifest.end_us))
    with Bar("receipts", "bars") as bar:
        checked = asyncio.run(_check(source, asked, period, series, bar, MEMORY_BYTES_MAX))
    if any(done.unreadable for done in checked.partitions.values()):
        raise BundleError("it has records that are no events of their topics")
    checked.signed_by, checked.signer_known = manifest.signed_by, key is not None
    checked.has_source = manifest.has_source
    return checked


async def _check(
    source: LogSource | BundleSource,
    asked: Asked,
    period: Period,
    series: frozenset[Series],
    bar: Bar,
    memory_bytes_max: int | None = None,
) -> Checked:
    active = active_on(source)
    named, erased = frozenset(asked.deployments), erased_on(source)
    check_known(named, active)

    def counts(name: str) -> bool:
        return name in named if named else name not in erased

    def wanted(head: Head) -> bool:
        return (
            counts(head.deployment_id)
            and (not series or head.series in series)
            and period.has(head.ts)
        )

    scope = Scope(wanted, counts, whole=period.begin_us is None)
    replay = Replay(source, scope, Instances(None), memory_bytes_max)
    checked = Checked(
        deployments=named or active.keys() - erased,
        tallies=replay.tallies,
        unverifiable=replay.unverifiable,
        period=period,
    )
    partitions = {partition_of(each.key.encode(), source.partitions) for each in series}
    for number in sorted(partitions) or range(source.partitions):
        try:
            done = await replay.partition(number, _shown(bar, number, source))
        except CallInterruptedError as error:
            raise TooLargeError(f"partition {number} took too long at its bars ({error})") from None
        checked.partitions[number] = done
        checked.ends[number] = source.end(BARS.name, number)
    return checked


def _shown(bar: Bar, number: int, source: LogSource | BundleSource) -> Callable[[int], None]:
    end = source.end(BARS.name, number)
    return lambda offset: bar.update(f"partition {number} run again", offset, end)
