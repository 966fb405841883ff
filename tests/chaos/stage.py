"""The system's processes, kept running as `peripheral up` keeps them, and faults done to them.

Faults are signals to processes that the stage has started itself, and to their children.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import psutil

from deploy.backoff import Backoff
from deploy.embedded.broker import EmbeddedBroker
from deploy.errors import UserError
from deploy.services import Program, Service
from deploy.summary import api_answers
from streams.settings import Settings
from tests.chaos.faults import Absence, Fault, Join, Kill, Leave, Pause, Restart
from tests.e2e.system import System
from tests.stack import Stack

TICK_S = 0.1
WHOLE_LIMIT_S = 400.0
LEAVE_LIMIT_S = 15.0

Hit = Kill | Pause | Restart | Absence


@dataclass
class Kept:
    """A service that runs unless something happens to it. away_until_s, due_s: monotonic."""

    service: Service
    backoff: Backoff
    away_until_s: float = 0.0
    due_s: float | None = None


@dataclass(frozen=True)
class Stopped:
    """Processes that stand still until then, monotonic."""

    processes: tuple[psutil.Process, ...]
    until_s: float


class Stage:
    """Keeps services running. They end with the thread that has started them, so one thread has to
    make it, and to call `tick` to the end; `apply` may be called in another."""

    def __init__(self, settings: Settings, services: dict[str, Service]) -> None:
        now_s = time.monotonic()
        self._settings = settings
        self._kept = {name: Kept(each, Backoff().started(now_s)) for name, each in services.items()}
        self._leaving: list[Service] = []
        self._stopped: list[Stopped] = []
        self._lock = threading.RLock()
        self.restarts = 0

    def keep(self, until_s: float) -> None:
        """Start what has ended, and wake what has slept enough, until then."""
        while time.monotonic() < until_s:
            self.tick()
            time.sleep(TICK_S)

    def tick(self) -> None:
        """Look at each service once."""
        now_s = time.monotonic()
        self.wake(now_s)
        with self._lock:
            kept = list(self._kept.values())
        for each in kept:
            if not each.service.alive and now_s >= each.away_until_s:
                self._restart(each, now_s)

    def _restart(self, each: Kept, now_s: float) -> None:
        if each.due_s is None:
            each.backoff = each.backoff.crashed(now_s)
            each.due_s = now_s + each.backoff.delay_s
        elif now_s >= each.due_s:
            each.due_s = None
            each.backoff = each.backoff.started(now_s)
            # What it says is in its log; it is tried again like anything that ends.
            with contextlib.suppress(UserError, OSError):
                each.service.start()
                self.restarts += 1

    def wake(self, now_s: float = float("inf")) -> None:
        """Continue what was stopped until then."""
        with self._lock:
            over = [each for each in self._stopped if each.until_s <= now_s]
            self._stopped = [each for each in self._stopped if each.until_s > now_s]
        for each in over:
            for process in each.processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    def apply(self, fault: Fault) -> bool:
        """Do it; False where its target did not run at the time."""
        match fault:
            case Join(role, name):
                return self._join(role, name)
            case Leave(name, killed):
                return self._leave(name, killed)
            case Absence(target, for_s):
                with self._lock:
                    self._kept[target].away_until_s = time.monotonic() + for_s
        with self._lock:
            kept = self._kept.get(fault.target)
        with contextlib.suppress(psutil.NoSuchProcess):
            process = process_of(kept.service) if kept else None
            if kept is not None and process is not None:
                self._do(fault, kept.service, process)
                return True
        return False

    def _do(self, fault: Hit, service: Service, process: psutil.Process) -> None:
        match fault:
            case Kill() | Absence():
                process.kill()
            case Restart():
                service.ask_to_stop()
            case Pause(for_s=for_s):
                still = tuple(stopped(process))
                with self._lock:
                    self._stopped.append(Stopped(still, time.monotonic() + for_s))

    def _join(self, role: str, name: str) -> bool:
        instance = {"PERIPHERAL_WORKER__INSTANCE_ID": name}
        program = Program(name, ["worker", role], self._settings, variables=instance)
        with self._lock:
            # Not started here: the thread that keeps it has to be its parent.
            self._kept[name] = Kept(program, Backoff(), due_s=0.0)
        return True

    def _leave(self, name: str, killed: bool) -> bool:
        with self._lock:
            kept = self._kept.pop(name)
            self._leaving.append(kept.service)
        process = process_of(kept.service)
        if process is None:
            return False
        with contextlib.suppress(psutil.NoSuchProcess):
            if killed:
                process.kill()
            else:
                kept.service.ask_to_stop()
        return True

    def make_whole(self) -> list[str]:
        """End all faults, and return once everything is ready; the names of what is not by then."""
        self.wake()
        deadline_s = time.monotonic() + WHOLE_LIMIT_S
        for service in self._leaving:
            service.stop(LEAVE_LIMIT_S)
        self._leaving.clear()
        missing = list(self._kept)
        while missing and time.monotonic() < deadline_s:
            self.tick()
            time.sleep(TICK_S)
            missing = [name for name, each in self._kept.items() if not each.service.ready]
        return missing

    def service(self, name: str) -> Service:
        """One that is kept."""
        return self._kept[name].service

    def tail_of(self, name: str) -> str:
        """The end of a service's log."""
        return self._kept[name].service.log_tail()

    def stop(self) -> None:
        """End our own processes; the servers are their stack's to end."""
        self.wake()
        ours = [each.service for each in self._kept.values() if isinstance(each.service, Program)]
        for service in (*ours, *self._leaving):
            service.ask_to_stop()
        for service in (*ours, *self._leaving):
            service.stop(LEAVE_LIMIT_S)


def process_of(service: Service) -> psutil.Process | None:
    """The process that it started and that still runs; psutil tells a later one of that pid."""
    pid = service.pid
    return None if pid is None else psutil.Process(pid)


def tree_of(service: Service) -> list[psutil.Process]:
    """Its process, and what that has started."""
    process = process_of(service)
    return [] if process is None else [process, *process.children(recursive=True)]


def stopped(process: psutil.Process) -> Iterator[psutil.Process]:
    """Stop a process, then its children: it can start no more of them."""
    process.suspend()
    yield process
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            child.suspend()
            yield child


@contextlib.contextmanager
def staged(stack: Stack) -> Iterator[Stage]:
    """The processes of a whole system on that stack, all ready."""
    assert isinstance(stack.broker, EmbeddedBroker)
    system = System(stack)
    system.programs["api"] = Program(
        "api", ["api"], stack.settings, probe=partial(api_answers, stack.settings)
    )
    try:
        system.start()
        services: dict[str, Service] = {"broker": stack.broker, "database": stack.database}  # type: ignore[dict-item]  # ours, not a given one
        stage = Stage(stack.settings, {**services, **system.programs})
        try:
            yield stage
        finally:
            stage.stop()
    finally:
        system.stop()
