"""Restores a backup into a system that has nothing, or the database alone beside its log.

First all is read and checked, then the log is written, sources first, then the database: whatever
is there at any moment has its sources, and the restore may be killed and run again. Until it is
complete, `peripheral up` refuses to start on what there is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from aiokafka.errors import KafkaError

from deploy.backup.checking import damages, hindrances
from deploy.backup.database import (
    connect,
    major_version,
    positions,
    restore_database,
    tables,
    timescale_offered,
)
from deploy.backup.files import DamageError
from deploy.backup.log import Told
from deploy.backup.manifest import Manifest, SavedDatabase, read_manifest
from deploy.backup.place import Place
from deploy.backup.reading_order import REFERRED_TABLES
from deploy.backup.restored_log import (
    Begun,
    end_restore,
    find_begun,
    foreign_partitions,
    restore_log,
)
from deploy.errors import UserError
from streams.settings import Settings
from streams.topics import TopicRefusedError

Say = Callable[[str], None]
"""Called with a line for the user."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a restore tells how far it is: lines, and records that were checked or written."""

    say: Say
    checked: Told
    written: Told


def restore(
    settings: Settings, place: Place, name: str, progress: Progress, *, database_only: bool = False
) -> Manifest:
    """Restore the backup `name`. Raises `UserError`, before anything is written where that can be
    known by then."""
    try:
        manifest = read_manifest(place, name)
        _check_settings(settings, manifest)
        begun = _check_log(settings, manifest, database_only)
        _check_database(settings, manifest.database, begun)
        if begun is not None:
            progress.say(f"A restore of {name} was cut short here; it goes on.")
        _check_files(place, manifest, progress)
        _write(settings, place, manifest, begun, progress, database_only)
    except DamageError as error:
        raise UserError(f"The backup {name} is damaged: {error}.") from error
    except FileNotFoundError as error:
        raise UserError(f"There is no whole backup {name} in {place.where}.") from error
    except (KafkaError, TopicRefusedError, TimeoutError) as error:
        raise UserError(
            f"The broker at {settings.bootstrap_servers} can't be used ({error!r}): see that it "
            "runs, and run the same restore again."
        ) from error
    return manifest


def _check_settings(settings: Settings, manifest: Manifest) -> None:
    if settings.kafka.partitions != manifest.partitions:
        raise UserError(
            f"The log of the backup has {manifest.partitions} partitions, and "
            f"PERIPHERAL_KAFKA__PARTITIONS is {settings.kafka.partitions}: set it to "
            f"{manifest.partitions}."
        )


def _check_log(settings: Settings, manifest: Manifest, database_only: bool) -> Begun | None:
    if not database_only:
        return asyncio.run(find_begun(settings, manifest))
    foreign = asyncio.run(foreign_partitions(settings, manifest))
    if foreign:
        raise UserError(
            f"The log at {settings.bootstrap_servers} is not the one that this backup was taken "
            f"of, or is behind it ({', '.join(foreign[:3])}{', …' if len(foreign) > 3 else ''}): "
            "the database would know what its log does not. Restore both, into an empty system."
        )
    return None


def _check_database(settings: Settings, saved: SavedDatabase, begun: Begun | None) -> None:
    """Refuse a database that has tables, but for what the same restore has restored by now."""
    with connect(settings.database_url) as connection:
        server = major_version(connection)
        if server < saved.server:
            raise UserError(
                f"The database is PostgreSQL {server} and the backup is of {saved.server}: restore "
                f"into {saved.server} or newer."
            )
        offered = timescale_offered(connection)
        if saved.timescale is not None and offered != saved.timescale:
            raise UserError(
                f"The backup is of a database with TimescaleDB {saved.timescale}, and this one has "
                f"{offered or 'none'}: restore into the same version, and upgrade afterwards."
            )
        there = set(tables(connection)) - {f"public.{table}" for table in REFERRED_TABLES}
        if begun is not None and "public.consumer_offsets" in there:
            there -= set(saved.tables)
            if tuple(positions(connection)) != saved.positions:
                there.add("public.consumer_offsets")
        if there:
            raise UserError(
                f"The database is not empty (it has {', '.join(sorted(there)[:3])}"
                f"{', …' if len(there) > 3 else ''}), and a restore writes to an empty one only: "
                "give it another database, or move this one's data away first."
            )


def _check_files(place: Place, manifest: Manifest, progress: Progress) -> None:
    began_s = time.monotonic()
    found = damages(place, manifest, progress.checked)
    if found:
        raise UserError(
            f"The backup {manifest.name} is damaged, and nothing was restored: {'; '.join(found)}."
        )
    found = hindrances(place, manifest)
    if found:
        raise UserError(
            f"The backup {manifest.name} can't be restored as it was, and nothing was: "
            f"{'; '.join(found)}."
        )
    took_s = time.monotonic() - began_s
    progress.say(
        f"All {len(manifest.files):,} files with {manifest.records:,} records are as they were "
        f"made ({took_s:.1f} s)."
    )


def _write(
    settings: Settings,
    place: Place,
    manifest: Manifest,
    begun: Begun | None,
    progress: Progress,
    database_only: bool,
) -> None:
    if not database_only:
        began_s = time.monotonic()
        asyncio.run(restore_log(settings, manifest, begun, place, progress.written))
        took_s = time.monotonic() - began_s
        what = f"{manifest.records:,} records of {len(manifest.topics)} topics"
        progress.say(f"The log is restored: {what} ({took_s:.1f} s).")
    began_s = time.monotonic()
    restore_database(settings.database_url, manifest.database, place, manifest.name)
    took_s = time.monotonic() - began_s
    what = f"{len(manifest.database.tables)} tables"
    progress.say(f"The database is restored: {what} ({took_s:.1f} s).")
    if not database_only:
        asyncio.run(end_restore(settings))
