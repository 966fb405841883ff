"""What `peripheral up` keeps running: one small contract, met by servers and by our programs."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from typing import Protocol

from deploy.embedded.process import Child, reclaim
from deploy.environment import child_environment
from deploy.errors import UserError
from streams.settings import Settings

PERIPHERAL = (sys.executable, "-m", "deploy.cli")
"""How one of our own processes is started; the command's arguments follow."""
_LEFTOVER_LIMIT_S = 5.0


class Service(Protocol):
    """A process that is started, watched and ended."""

    @property
    def name(self) -> str:
        """Names its log, its record and its line on the screen."""

    @property
    def pid(self) -> int | None:
        """Its process; None when it doesn't run."""

    @property
    def alive(self) -> bool:
        """Whether the process runs."""

    @property
    def ready(self) -> bool:
        """Whether it does its work."""

    def start(self) -> None:
        """Start it. Raises `UserError` when the user has to put something right first."""

    def ask_to_stop(self) -> None:
        """Tell it to end and return at once."""

    def stop(self, limit_s: float) -> bool:
        """End it, by force after `limit_s`; True when it ended by itself."""

    def log_tail(self) -> str:
        """The end of its log, for an error message."""


class Program:
    """One of our own processes: `peripheral` with `arguments`, given `settings`.

    It is ready once it has made the file that PERIPHERAL_READY_FILE names, or else once
    `probe` says so while it runs.
    """

    def __init__(
        self,
        name: str,
        arguments: list[str],
        settings: Settings,
        *,
        probe: Callable[[], bool] | None = None,
        variables: dict[str, str] | None = None,
        command: tuple[str, ...] = PERIPHERAL,
    ) -> None:
        self.name = name
        self._argv = [*command, *arguments]
        self._settings = settings
        self._variables = variables or {}
        self._child = Child(name, settings.run_dir, settings.log_dir)
        self._probe = probe
        self._ready_path = settings.run_dir / f"{name}.ready"

    @property
    def pid(self) -> int | None:
        """The process; None when it doesn't run."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._child.alive

    @property
    def ready(self) -> bool:
        """Whether it runs and does its work."""
        return self.alive and (self._ready_path.exists() if self._probe is None else self._probe())

    def start(self) -> None:
        """Start it and return at once; a leftover of the same name is ended first."""
        reclaim(self._child.record_path, _LEFTOVER_LIMIT_S, signal.SIGTERM)
        self._ready_path.unlink(missing_ok=True)
        variables = {**self._variables, "PERIPHERAL_READY_FILE": str(self._ready_path)}
        self._child.start(self._argv, env=child_environment(self._settings, **variables))

    def ask_to_stop(self) -> None:
        """Send it a SIGTERM, once."""
        self._child.ask_to_stop()

    def stop(self, limit_s: float) -> bool:
        """End it, by force after `limit_s`; True when it ended by itself."""
        ended = self._child.stop(limit_s)
        self._ready_path.unlink(missing_ok=True)
        return ended

    def log_tail(self) -> str:
        """The end of its log."""
        return self._child.log_tail()


def workers(settings: Settings, command: tuple[str, ...] = PERIPHERAL) -> list[Program]:
    """A process per role, and for evaluation as many as the settings say."""
    from processors.roles import ROLES

    programs = []
    for role in ROLES:
        count = settings.worker.evaluation_workers if role == "evaluation" else 1
        for number in range(1, count + 1):
            name = f"{role}-{number}" if count > 1 else role
            # A stable name in the consumer group makes a restart's takeover quick.
            instance = {"PERIPHERAL_WORKER__INSTANCE_ID": name}
            arguments = ["worker", role]
            programs.append(Program(name, arguments, settings, variables=instance, command=command))
    return programs


def failed_to_start(service: Service) -> UserError:
    """What to tell when `service` ended, or never became ready, during the start."""
    state = "does not become ready" if service.alive else "ended while starting"
    return UserError(f"{service.name} {state}; its log ends:\n{service.log_tail()}")
