"""Takes a backup of a system that runs: parts in the order of `reading_order.py`, manifest last."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import time
from datetime import UTC, datetime, timedelta

import msgspec
import psutil
from aiokafka.errors import KafkaError

from deploy.backup.checking import damages, hindrances
from deploy.backup.database import DatabaseDump
from deploy.backup.files import DamageError
from deploy.backup.log import Told, save_log
from deploy.backup.manifest import FILE, FORMAT, Manifest, read_manifest, write_manifest
from deploy.backup.place import Place
from deploy.backup.reading_order import reading_order
from deploy.backup.rotation import moment_of, name_at, outdated
from deploy.embedded.process import Record
from deploy.errors import UserError
from streams.settings import Settings
from streams.topics import TopicMismatchError, TopicRefusedError, UnfinishedRestoreError

BEGUN_FILE = "begun.json"
"""Who writes a backup, for those who find it without its manifest."""
SILENT_FOR = timedelta(hours=6)
"""A backup of another machine that is not whole is given up when it has not grown for so long."""


def take(
    settings: Settings, place: Place, saved: Told, checked: Told | None
) -> tuple[Manifest, list[str]]:
    """Take a backup; and why it could not be restored, if so. checked: None for no look at it
    afterwards. Raises `UserError`."""
    began_s = time.monotonic()
    name = _new_name(place)
    try:
        _sign(place, name)
        dump = DatabaseDump(settings.database_url, place, name)
        dump.save_tables()
        topics = asyncio.run(save_log(settings, reading_order(), place, name, saved))
        database = dump.save_referred()
        taken = Manifest(FORMAT, name, 0.0, settings.kafka.partitions, database, topics)
        notes = [] if checked is None else _checked(place, taken, checked)
        taken = msgspec.structs.replace(taken, took_s=time.monotonic() - began_s)
        write_manifest(place, taken)
        if read_manifest(place, name) != taken:
            raise DamageError(f"{FILE} is not what was written")
    except (UnfinishedRestoreError, TopicMismatchError) as error:
        _clean(place, name)
        raise UserError(f"No backup is taken: {error}.") from error
    except (KafkaError, TopicRefusedError) as error:
        _clean(place, name)
        raise UserError(
            f"The broker at {settings.bootstrap_servers} can't be used ({error!r}): see that it "
            "runs."
        ) from error
    except DamageError as error:
        _clean(place, name)
        raise UserError(
            f"{place.where} does not give back what was written to it: {error}. Nothing was kept."
        ) from error
    except BaseException:
        _clean(place, name)
        raise
    return taken, notes


def _checked(place: Place, taken: Manifest, checked: Told) -> list[str]:
    found = damages(place, taken, checked)
    if found:
        raise DamageError("; ".join(found))
    return hindrances(place, taken)


def whole_backups(place: Place) -> list[str]:
    """The names of those that are whole, oldest first."""
    names = [name for name in place.folders() if moment_of(name) is not None]
    return sorted(name for name in names if FILE in place.files(name))


def clean_up(place: Place) -> list[str]:
    """Delete the backups that were cut short, but not those that are being taken; their names."""
    names = {name for name in place.folders() if moment_of(name) is not None}
    gone = [name for name in sorted(names - {*whole_backups(place)}) if _is_given_up(place, name)]
    for name in gone:
        place.delete(name, FILE)
    return gone


def rotate(place: Place, keep_days: int | None, keep_count: int | None, now: datetime) -> list[str]:
    """Delete the backups that are too old or too many; their names."""
    gone = outdated(whole_backups(place), keep_days, keep_count, now)
    for name in gone:
        place.delete(name, FILE)
    return gone


def _new_name(place: Place) -> str:
    taken = set(place.folders())
    while (name := name_at(datetime.now(UTC))) in taken:
        time.sleep(0.1)
    return name


def _sign(place: Place, name: str) -> None:
    created_s = psutil.Process().create_time()
    words = {"host": socket.gethostname(), "pid": os.getpid(), "created_s": created_s}
    with place.create(f"{name}/{BEGUN_FILE}") as sink:
        sink.write(json.dumps(words).encode())


def _is_given_up(place: Place, name: str) -> bool:
    """Whether nobody writes it any more, as far as it can be told from here."""
    files = place.files(name)
    if BEGUN_FILE in files:
        with place.open(f"{name}/{BEGUN_FILE}") as source:
            words = json.loads(source.read(1 << 16))
        if words["host"] == socket.gethostname():
            return Record(name, words["pid"], words["created_s"]).process() is None
    changed = max((kept.changed for kept in files.values()), default=None)
    return changed is None or datetime.now(UTC) - changed > SILENT_FOR


def _clean(place: Place, name: str) -> None:
    """What is left of one that failed is of no use; where it can't go, the next one sees to it."""
    with contextlib.suppress(UserError):
        if name in place.folders():
            place.delete(name, FILE)
