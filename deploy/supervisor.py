"""`peripheral up`: starts everything in order, keeps it running, ends it in reverse.

Consumes `Settings`; produces a live system and its account on the screen. Blocks until
SIGINT, SIGTERM or SIGHUP, which all become a `KeyboardInterrupt` here, so that they also
cut short a step that waits.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from deploy.api_client import open_client
from deploy.backoff import Backoff
from deploy.backup.outcome import read_outcomes, told
from deploy.embedded.process import bound_log
from deploy.errors import UserError
from deploy.running import only_one
from deploy.screen import Screen
from deploy.services import Service, failed_to_start
from deploy.summary import read_counts, summary_line
from streams.settings import Settings

READY_LIMIT_S = 60.0
STOP_LIMIT_S = 20.0
_RESERVED_S = {"broker": 4.5, "database": 1.0}  # of the stop's time, kept for the servers
_TICK_S = 0.25
_SUMMARY_EVERY_S = 1.0
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Groups of services, each started when those before it are ready."""

    def __init__(self, settings: Settings, screen: Screen) -> None:
        self.settings = settings
        self.screen = screen
        self.groups: list[list[Service]] = []
        self._backoffs: dict[str, Backoff] = {}
        self._due_s: dict[str, float] = {}
        self._unbounded: set[str] = set()
        self._backup = read_outcomes(settings).last

    @property
    def services(self) -> list[Service]:
        """Everything that was started, in order."""
        return [service for group in self.groups for service in group]

    def start(self, group: list[Service]) -> None:
        """Start a group at once and wait until all of it is ready. Raises `UserError`."""
        self.groups.append(group)
        for service in group:
            _launch(service)
            self._backoffs[service.name] = Backoff().started(time.monotonic())
        deadline_s = time.monotonic() + READY_LIMIT_S
        for service in group:
            while not service.ready:
                if not service.alive or time.monotonic() > deadline_s:
                    raise failed_to_start(service)
                time.sleep(0.02)

    def watch(self) -> None:
        """Restart what crashes and show how things go, until interrupted."""
        summary_due_s = 0.0
        with open_client(self.settings) as client, self.screen.live():
            while True:
                self.restart_crashed(time.monotonic())
                if time.monotonic() >= summary_due_s:
                    summary_due_s = time.monotonic() + _SUMMARY_EVERY_S
                    running = sum(service.alive for service in self.services)
                    self.screen.summary(
                        summary_line(read_counts(client), running, len(self.services))
                    )
                    self.bound_logs()
                    self.tell_backup()
                time.sleep(_TICK_S)

    def bound_logs(self) -> None:
        """Keep each log below its limit; one that can't be cut, as on a full disk, is told once."""
        for path in self.settings.log_dir.glob("*.log"):
            try:
                bound_log(path)
            except OSError as error:
                if path.name not in self._unbounded:
                    self._unbounded.add(path.name)
                    reason = error.strerror or error
                    self.screen.line(f"  {path} can't be cut short yet: {reason}", "red")
            else:
                self._unbounded.discard(path.name)

    def tell_backup(self) -> None:
        """Write a line about a backup that has ended, in red when something is wrong with it."""
        last = read_outcomes(self.settings).last
        if last is not None and last != self._backup:
            wrong = last.error or last.note
            self.screen.line(f"  {told(last)}", "red" if wrong else "")
        self._backup = last

    def restart_crashed(self, now_s: float) -> None:
        """Start each dead service whose time has come; a first look sets that time."""
        for service in self.services:
            if service.alive:
                continue
            name = service.name
            if name not in self._due_s:
                self._backoffs[name] = self._backoffs[name].crashed(now_s)
                delay_s = self._backoffs[name].delay_s
                self._due_s[name] = now_s + delay_s
                self.screen.line(f"  {name} has ended; it is started again in {delay_s:g} s", "red")
            elif now_s >= self._due_s[name]:
                del self._due_s[name]
                self._restart(service)

    def stop(self) -> None:
        """End everything, the last started first, within `STOP_LIMIT_S` in all."""
        deadline_s = time.monotonic() + STOP_LIMIT_S
        for at in reversed(range(len(self.groups))):
            group = self.groups[at]
            reserved_s = sum(
                _RESERVED_S.get(service.name, 0.0)
                for earlier in self.groups[:at]
                for service in earlier
            )
            for service in group:
                service.ask_to_stop()
            for service in group:
                left_s = max(deadline_s - time.monotonic() - reserved_s, 0.1)
                if not service.stop(left_s):
                    self.screen.line(f"  {service.name} did not end by itself and was killed")

    def _restart(self, service: Service) -> None:
        began_s = time.monotonic()
        self._backoffs[service.name] = self._backoffs[service.name].started(began_s)
        try:
            _launch(service)
        except UserError as error:
            self.screen.line(f"  {service.name} can't be started again: {error}", "red")
            return
        self.screen.line(f"  {service.name} was started again as process {service.pid}", "yellow")


def _launch(service: Service) -> None:
    """Start `service`. Raises `UserError`, also where its files can't be written."""
    try:
        service.start()
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise UserError(
            f"a file of {service.name} can't be written: {error.strerror or error}{where}."
        ) from error


@contextmanager
def supervised(settings: Settings, screen: Screen) -> Iterator[Supervisor]:
    """A supervisor whose services are ended on the way out, whatever the way.

    Raises `UserError` when another one has this data folder.
    """
    with only_one(settings.run_dir):
        supervisor = Supervisor(settings, screen)
        # What our caller has us ignore (nohup, a shell's background job) stays ignored.
        heeded = [n for n in _STOP_SIGNALS if signal.getsignal(n) is not signal.SIG_IGN]
        before = {number: signal.signal(number, _interrupt) for number in heeded}
        try:
            yield supervisor
        finally:
            for number in heeded:
                signal.signal(number, signal.SIG_IGN)  # the stop takes its few seconds anyway
            if supervisor.services:
                with screen.step("stop"):
                    supervisor.stop()
            for number, handler in before.items():
                signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
