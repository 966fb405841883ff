"""One backup from beginning to end, as a command or the schedule asks for it."""

from __future__ import annotations

import fcntl
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from deploy.backup.log import Told
from deploy.backup.outcome import Outcome, keep_outcome
from deploy.backup.place import Place, open_place
from deploy.backup.servers import servers
from deploy.backup.taking import clean_up, rotate, take
from deploy.errors import UserError
from streams.settings import Settings


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. where: a place; keep_…: which backups there may stay, None for all."""

    where: str
    keep_days: int | None
    keep_count: int | None
    verify: bool = True


def wish_of(
    settings: Settings,
    to: str | None = None,
    keep_days: int | None = None,
    keep_count: int | None = None,
    *,
    verify: bool = True,
) -> Wish:
    """Options, and for what they leave open the settings, which say what to keep in their own place
    and not what in another. 0 days or backups: all. Raises `UserError`."""
    given = settings.backup
    if to is None and given.to is None:
        raise UserError(
            "Say where to: --to a folder or s3://bucket/prefix, or PERIPHERAL_BACKUP__TO."
        )
    if to is None or to == given.to:
        keep_days = given.keep_days if keep_days is None else keep_days
        keep_count = given.keep_count if keep_count is None else keep_count
    return Wish(to or str(given.to), keep_days or None, keep_count or None, verify)


def back_up(
    settings: Settings, wish: Wish, say: Callable[[str], None], saved: Told, checked: Told
) -> Outcome:
    """Take a backup, delete what is too old, and keep how it went. Raises `UserError`."""
    began = datetime.now(UTC)
    began_s = time.monotonic()
    with only_one_backup(settings):
        try:
            place = open_place(wish.where, settings.backup)
            outcome = _back_up(settings, place, wish, began, say, saved, checked)
        except Exception as error:
            took_s = time.monotonic() - began_s
            keep_outcome(settings, Outcome(wish.where, began, took_s, error=str(error)))
            raise
        keep_outcome(settings, outcome)
    return outcome


def _back_up(
    settings: Settings,
    place: Place,
    wish: Wish,
    began: datetime,
    say: Callable[[str], None],
    saved: Told,
    checked: Told,
) -> Outcome:
    # Its own words come as errors of ours; what it logs on its way, retries and all, helps nobody.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    for name in clean_up(place):
        say(f"{name} had been cut short and is deleted.")
    with servers(settings, say):
        taken, hindrances = take(settings, place, saved, checked if wish.verify else None)
    if hindrances:
        say("It can't be restored, so that earlier ones are all kept.")
    else:
        for name in rotate(place, wish.keep_days, wish.keep_count, datetime.now(UTC)):
            say(f"{name} is deleted: it is older, or there are more, than is to be kept.")
    return Outcome(
        to=wish.where,
        began=began,
        took_s=taken.took_s,
        name=taken.name,
        bytes=taken.bytes,
        records=taken.records,
        note="; ".join(hindrances),
    )


@contextmanager
def only_one_backup(settings: Settings) -> Iterator[None]:
    """Be the only backup or restore here while inside. Raises `UserError` when there is one."""
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    with (settings.run_dir / "backup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupRunsError(
                "Another backup is being taken, or restored: wait until it has ended."
            ) from error
        yield


class BackupRunsError(UserError):
    """Somebody else takes one now."""
