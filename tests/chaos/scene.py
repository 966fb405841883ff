"""A whole system with load on it and clients beside it: what faults are done to."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from streams.settings import Settings
from tests.chaos.faults import Absence, Fault, Pause
from tests.chaos.judge import Judgement, judge
from tests.chaos.load import load
from tests.chaos.pusher import Pusher
from tests.chaos.schedule import Planned
from tests.chaos.settled import Ends, UnsettledError, state_of, wait_until_settled
from tests.chaos.stage import Stage, staged
from tests.chaos.watchers import Audience
from tests.e2e.system import WORKERS
from tests.stack import Stack, open_stack

PAUSE_S = 0.15
"""Between two steps of the load: some two hundred bars a second while all is up."""
SETTLE_LIMIT_S = 300.0
LOOKS_MAX = 3
LAST_S = 8.0
"""Load goes on after the last fault."""
TICK_S = 0.05

Struck = Callable[[Fault, bool], None]
"""Called with each fault once it was done, and whether its target ran."""


@dataclass
class Scene:
    """What the parts of one run share."""

    stack: Stack
    stage: Stage
    pusher: Pusher
    audience: Audience

    @property
    def settings(self) -> Settings:
        return self.stack.settings

    def play(self, planned: Sequence[Planned], struck: Struck) -> None:
        """Do faults at their times, under load, in a thread beside this one, which keeps services:
        they end with the thread that has started them."""
        began_s = time.monotonic()

        def strike() -> None:
            for each in planned:
                time.sleep(max(0.0, began_s + each.at_s - time.monotonic()))
                struck(each.fault, self.stage.apply(each.fault))

        striker = threading.Thread(target=strike, name="striker", daemon=True)
        self.pusher.start()
        striker.start()
        self.keep_while(striker.is_alive)
        lasting = (e.at_s + e.fault.for_s for e in planned if isinstance(e.fault, Pause | Absence))
        self.stage.keep(max(time.monotonic() + LAST_S, began_s + max(lasting, default=0.0)))

    def keep_while(self, going_on: Callable[[], bool]) -> None:
        """Keep services running for so long."""
        while going_on():
            self.stage.tick()
            time.sleep(TICK_S)

    def judged(self) -> Judgement:
        """Let everything recover and settle, then look at it."""
        self.pusher.ask_to_stop()
        missing = self.stage.make_whole()
        if missing:
            tails = (f"{name} does not recover: {self.stage.tail_of(name)}" for name in missing)
            return failed(*tails)
        self.pusher.join()
        for _ in range(LOOKS_MAX):
            try:
                ends = wait_until_settled(self.settings, SETTLE_LIMIT_S)
            except UnsettledError as error:
                return failed(str(error))
            found = self._look()
            if not found.wrong or log_ends(self.settings) == ends:
                break
            # A worker that could not run for so long that it ended itself has claimed its
            # partitions again meanwhile: log, tables and clients were looked at one after another.
        return found

    def _look(self) -> Judgement:
        self.audience.hold(True)
        try:
            self.audience.check()
            return judge(self.settings, self.audience.watchers)
        except AssertionError as error:
            return failed(f"a repeat is not what it repeats: {error}")
        finally:
            self.audience.hold(False)


def log_ends(settings: Settings) -> Ends:
    """Where each partition ends now."""
    ends, _ = asyncio.run(state_of(settings))
    return ends


def failed(*wrong: str) -> Judgement:
    return Judgement(wrong, 0, 0, 0, 0, 0)


@contextmanager
def on_scene(stack: Stack, seed: int) -> Iterator[Scene]:
    """The system on that stack, with its load ready and its clients there."""
    settings = stack.settings
    url = f"http://{settings.api.host}:{settings.api.port}"
    partitions = settings.kafka.partitions
    pusher = Pusher(settings, url, load(seed, partitions), PAUSE_S)
    with staged(stack) as stage, Audience(url, seed, partitions) as audience:
        yield Scene(stack, stage, pusher, audience)


@contextmanager
def open_scene(seed: int) -> Iterator[Scene]:
    """The same on a stack of its own."""
    with open_stack(worker=WORKERS) as stack, on_scene(stack, seed) as scene:
        yield scene
