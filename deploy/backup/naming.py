"""Which backup is meant by WHERE, or WHERE/NAME, and a time."""

from __future__ import annotations

from datetime import UTC, datetime

from deploy.backup.place import Place, open_place
from deploy.backup.rotation import moment_of
from deploy.backup.taking import whole_backups
from deploy.errors import UserError
from streams.settings import Settings

LATEST = "latest"
NEVER = datetime.max.replace(tzinfo=UTC)


def named(settings: Settings, where: str | None, at: str = LATEST) -> tuple[Place, str]:
    """The place and the name; at: `latest`, or a time in ISO 8601, UTC unless it says otherwise,
    for the newest that began by then, now. Raises `UserError` where there is none."""
    where = _given(settings, where)
    folder, slash, name = where.rstrip("/").rpartition("/")
    if moment_of(name) is not None:
        if at != LATEST:
            raise UserError("A backup's name and --at can't be given both: leave one out.")
        return open_place(folder if slash else ".", settings.backup), name
    place = open_place(where, settings.backup)
    until = None if at == LATEST else moment(at)
    whole = whole_backups(place)
    past = [name for name in whole if (moment_of(name) or NEVER) <= (until or datetime.now(UTC))]
    found = past if past or until is not None else whole  # of a clock that ran ahead
    if not found:
        by_then = "" if until is None else f" that began by {at}"
        raise UserError(f"There is no whole backup in {place.where}{by_then}.")
    return place, found[-1]


def place_in(settings: Settings, where: str | None) -> Place:
    """The place that holds the backups. Raises `UserError`."""
    return open_place(_given(settings, where), settings.backup)


def _given(settings: Settings, where: str | None) -> str:
    found = where or settings.backup.to
    if found is None:
        raise UserError("Say where: a folder or s3://bucket/prefix, or set PERIPHERAL_BACKUP__TO.")
    return found


def moment(text: str) -> datetime:
    """A time as a user writes it. Raises `UserError`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(
            f"{text} is no time: write {LATEST}, or one like 2026-11-23T02:00."
        ) from error
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
