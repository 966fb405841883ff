"""Which processes run on a data folder, as their records in `<data_dir>/run` tell.

`up.lock` is held by a living `peripheral up` and tells a second one, `down` and `status`
that it lives; the records tell what a killed one may have left behind.
"""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.embedded.process import Record, read_record, reclaim, write_record
from deploy.errors import UserError

UP = "up"
_STOP_LIMIT_S = 8.0
_SERVERS = ("database", "broker")  # end last, in this order: the others write to them


@contextmanager
def only_one(run_dir: Path) -> Iterator[None]:
    """Be the only `up` of this data folder while inside. Raises `UserError` when there is one."""
    run_dir.mkdir(parents=True, exist_ok=True)
    with (run_dir / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            record = read_record(run_dir / f"{UP}.json")
            who = f" as process {record.pid}" if record else ""
            raise UserError(
                f"Peripheral already runs on {run_dir.parent}{who}: stop it with `peripheral "
                "down`, or set PERIPHERAL_DATA_DIR to another folder."
            ) from error
        write_record(run_dir / f"{UP}.json", UP, os.getpid())
        try:
            yield
        finally:
            (run_dir / f"{UP}.json").unlink(missing_ok=True)


def running_up(run_dir: Path) -> Record | None:
    """The living `peripheral up` of this data folder."""
    record = read_record(run_dir / f"{UP}.json")
    return record if record is not None and record.process() is not None else None


def records(run_dir: Path) -> list[Record]:
    """What `up` has started on this data folder, alive or not, programs before servers."""
    found = [read_record(path) for path in sorted(run_dir.glob("*.json")) if path.stem != UP]
    known = [record for record in found if record is not None]
    return sorted(known, key=lambda record: _rank(record.name))


def end_leftovers(run_dir: Path) -> list[str]:
    """End what a killed `up` left behind, in order; the names of those that still lived."""
    ended = []
    for record in records(run_dir):
        # PostgreSQL takes an interrupt for "end sessions and stop".
        stop = signal.SIGINT if record.name == "database" else signal.SIGTERM
        if reclaim(run_dir / f"{record.name}.json", _STOP_LIMIT_S, stop):
            ended.append(record.name)
    return ended


def _rank(name: str) -> int:
    return _SERVERS.index(name) + 1 if name in _SERVERS else 0
