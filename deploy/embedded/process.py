"""One child process that we started, that we can find again, and that we can end.

Consumes an argument list; produces a running process in a session of its own, its output
in `<logs>/NAME.log`, and a record `<run>/NAME.json` of its pid and start time. The record
outlives us: the next start ends what a killed predecessor left behind, and never a
stranger that got the same pid.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.errors import UserError

LOG_BYTES_MAX = 16 << 20
_TETHER = Path(__file__).with_name("tether.py")
_KILL_LIMIT_S = 5.0
_CLOCK_SLACK_S = 2.0  # the kernel derives start times from a clock that may be adjusted


@dataclass(frozen=True)
class Account:
    """The user a server runs as, when it isn't ours."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Record:
    """Which process a name stood for: `created_s` is its start in Unix seconds."""

    name: str
    pid: int
    created_s: float

    def process(self) -> psutil.Process | None:
        """The living process, or None when it ended or its pid is another's by now."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created_s) < _CLOCK_SLACK_S
            alive = same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return None
        return process if alive else None

    def wait(self, limit_s: float) -> bool:
        """Wait for the process to end; False when `limit_s` passed first.

        One that ended and that its parent has not asked after counts as ended: under a
        container's first process that may stay so.
        """
        deadline_s = time.monotonic() + limit_s
        while self.process() is not None:
            if time.monotonic() > deadline_s:
                return False
            time.sleep(0.02)
        return True


def read_record(path: Path) -> Record | None:
    """The record in `path`; None when there is none or it was cut short by a crash."""
    try:
        fields = json.loads(path.read_text())
        return Record(str(fields["name"]), int(fields["pid"]), float(fields["created_s"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write_record(path: Path, name: str, pid: int) -> None:
    """Record the living process `pid` under `name`, whole or not at all."""
    created_s = psutil.Process(pid).create_time()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps({"name": name, "pid": pid, "created_s": created_s}))
    draft.replace(path)


class Child:
    """A named child process; `start` after an end starts it anew."""

    def __init__(self, name: str, run_dir: Path, log_dir: Path) -> None:
        self.name = name
        self.record_path = run_dir / f"{name}.json"
        self.log_path = log_dir / f"{name}.log"
        self._popen: subprocess.Popen[bytes] | None = None
        self._asked = False

    @property
    def pid(self) -> int | None:
        """The pid while the process runs, else None."""
        return self._popen.pid if self._popen is not None and self.alive else None

    @property
    def alive(self) -> bool:
        """Whether the process that we started still runs."""
        return self._popen is not None and self._popen.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The last run's exit code, negative for a signal; None while it runs or before."""
        return None if self._popen is None else self._popen.poll()

    def start(
        self,
        argv: list[str],
        *,
        env: dict[str, str] | None = None,
        account: Account | None = None,
        parent_death_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Start `argv` (`argv[0]` a path). Raises `OSError` when log or record can't be written."""
        assert not self.alive, f"{self.name} runs already"
        self._asked = False
        rotate(self.log_path)
        uid, gid = (account.uid, account.gid) if account else (-1, -1)
        tether = [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid())]
        tie = [str(int(parent_death_signal)), str(uid), str(gid), "--"]
        with self.log_path.open("ab") as log:
            self._popen = subprocess.Popen(
                [*tether, *tie, *argv],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C on the terminal is ours alone to act on
            )
        try:
            write_record(self.record_path, self.name, self._popen.pid)
        except psutil.NoSuchProcess:
            pass  # it ended at once: nothing to find again
        except OSError:
            self.kill()  # without a record nobody would find it again
            raise

    def ask_to_stop(self, signal_number: signal.Signals = signal.SIGTERM) -> None:
        """Signal the process once and return: a second signal would make some hurry."""
        if self._popen is not None and self.alive and not self._asked:
            self._asked = True
            self._popen.send_signal(signal_number)

    def stop(self, limit_s: float, signal_number: signal.Signals = signal.SIGTERM) -> bool:
        """Ask the process to end and kill it after `limit_s`; True when it ended by itself."""
        if self._popen is None:
            return True
        self.ask_to_stop(signal_number)
        try:
            self._popen.wait(limit_s)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        self.record_path.unlink(missing_ok=True)
        return True

    def kill(self) -> None:
        """End the process and its group at once (SIGKILL), and wait for it."""
        if self._popen is None:
            return
        if self.alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()
        self.record_path.unlink(missing_ok=True)

    def log_tail(self, lines_max: int = 8) -> str:
        """The last lines of the log, for an error message."""
        try:
            lines = self.log_path.read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return ""
        return "\n".join(lines[-lines_max:])


def reclaim(record_path: Path, limit_s: float, signal_number: signal.Signals) -> bool:
    """End the recorded process of an earlier run if it still lives; True when one did.

    Raises `UserError` when it belongs to another user.
    """
    record = read_record(record_path)
    process = record.process() if record else None
    if record is not None and process is not None:
        try:
            process.send_signal(signal_number)
            if not record.wait(limit_s):
                process.kill()
                record.wait(_KILL_LIMIT_S)
        except psutil.NoSuchProcess:
            pass
        except psutil.AccessDenied as error:
            raise UserError(
                f"{record_path.stem} of an earlier run still runs as process {process.pid} "
                "and belongs to another user: ask that user to end it."
            ) from error
    record_path.unlink(missing_ok=True)
    return process is not None


def rotate(log_path: Path) -> None:
    """Begin a new log and keep one earlier log, as `NAME.log.1`."""
    log_path.parent.mkdir(parents=True, exist_ok=True)
    if log_path.exists() and log_path.stat().st_size:
        log_path.replace(log_path.with_name(log_path.name + ".1"))


def bound_log(log_path: Path, bytes_max: int = LOG_BYTES_MAX) -> bool:
    """Move a log that a process still writes aside once it exceeds `bytes_max`.

    It is copied and cut, since the writer keeps the file open (appending, so it goes on at
    the new end); lines written between the two steps are lost.
    """
    if not log_path.exists() or log_path.stat().st_size <= bytes_max:
        return False
    shutil.copyfile(log_path, log_path.with_name(log_path.name + ".1"))
    os.truncate(log_path, 0)
    return True
