"""How the last backup went: `<data_dir>/backup.json`, for `status`, `up` and the schedule."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from streams.settings import Settings


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """A backup that was taken, or the try. began: of it, UTC. error: why there is none.

    note: why it can't be restored, though it is what there was.
    """

    to: str
    began: datetime
    took_s: float
    name: str = ""
    bytes: int = 0
    records: int = 0
    error: str = ""
    note: str = ""


class Outcomes(msgspec.Struct, frozen=True):
    """The last one, and the last that succeeded."""

    last: Outcome | None = None
    good: Outcome | None = None


def read_outcomes(settings: Settings) -> Outcomes:
    """What is known; nothing is where there was none, or the file can't be read."""
    try:
        return msgspec.json.decode(_path(settings).read_bytes(), type=Outcomes)
    except (OSError, msgspec.MsgspecError):
        return Outcomes()


def keep_outcome(settings: Settings, outcome: Outcome) -> None:
    """Make it the last one."""
    good = read_outcomes(settings).good if outcome.error else outcome
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_bytes(msgspec.json.encode(Outcomes(outcome, good)))
    draft.replace(path)


def told(outcome: Outcome) -> str:
    """A line about it."""
    when = outcome.began.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    if outcome.error:
        return f"The backup of {when} to {outcome.to} FAILED: {outcome.error}"
    line = (
        f"The backup of {when} succeeded: {outcome.to} has {outcome.name}, {shown(outcome.bytes)}, "
        f"{outcome.records:,} records, taken in {outcome.took_s:.1f} s"
    )
    return f"{line}. It CAN'T BE RESTORED: {outcome.note}" if outcome.note else line


def shown(count: int) -> str:
    """Bytes as people read them."""
    return f"{count / 1e6:,.1f} MB" if count < 1e9 else f"{count / 1e9:,.1f} GB"


def _path(settings: Settings) -> Path:
    return settings.data_dir.absolute() / "backup.json"
