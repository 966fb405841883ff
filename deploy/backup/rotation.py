"""Which backups go, by age and by number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

NAME_FORMAT = "%Y-%m-%dT%H%M%SZ"
"""A backup is named by the second at which it began, UTC."""


def name_at(moment: datetime) -> str:
    """The name of a backup that begins then."""
    return moment.astimezone(UTC).strftime(NAME_FORMAT)


def moment_of(name: str) -> datetime | None:
    """When the backup of that name began; None where it is no name of a backup."""
    try:
        moment = datetime.strptime(name, NAME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if name_at(moment) == name else None


def outdated(
    names: Sequence[str], keep_days: int | None, keep_count: int | None, now: datetime
) -> list[str]:
    """Those of the whole backups `names` that go, oldest first; never the newest.

    One goes when it is older than `keep_days`, or when `keep_count` are newer; None: no matter.
    Those of the future, which were taken under a clock that ran ahead, neither count nor go.
    """
    moments = {name: moment for name in names if (moment := moment_of(name)) and moment <= now}
    newest_first = sorted(moments, reverse=True)
    gone = []
    for newer, name in enumerate(newest_first):
        old = keep_days is not None and now - moments[name] > timedelta(days=keep_days)
        many = keep_count is not None and newer >= keep_count
        if newer > 0 and (old or many):
            gone.append(name)
    return gone[::-1]
