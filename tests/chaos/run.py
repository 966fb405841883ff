"""One run: a stack of its own, load and clients on it, faults, and judgements in between."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from streams.settings import Settings
from tests.chaos.faults import Pause
from tests.chaos.judge import Judgement, judge
from tests.chaos.load import load
from tests.chaos.pusher import Pusher
from tests.chaos.schedule import Planned, Schedule, rounds
from tests.chaos.settled import UnsettledError, wait_until_settled
from tests.chaos.stage import Stage, staged
from tests.chaos.watchers import Audience
from tests.e2e.system import WORKERS
from tests.stack import open_stack

PAUSE_S = 0.15
"""Between two steps of the load: some two hundred bars a second while all is up."""
SETTLE_LIMIT_S = 300.0
LAST_S = 3.0
"""Load goes on after the last fault."""

Tell = Callable[[str], None]


@dataclass
class Figures:
    """What a run came to."""

    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    """Faults whose target was down already."""
    seconds: float = 0.0
    restarts: int = 0
    resumes: int = 0
    written: int = 0
    judgements: list[Judgement] = field(default_factory=list)

    @property
    def done(self) -> int:
        return sum(self.faults.values())

    @property
    def wrong(self) -> tuple[str, ...]:
        return tuple(text for each in self.judgements for text in each.wrong)


def run(plan: Schedule, *, round_size: int, limit_s: float, tell: Tell) -> Figures:
    """Do what is planned, and judge after each round; ends early at the first that fails, and with
    the first round that ends behind limit_s."""
    figures = Figures(plan.seed)
    began_s = time.monotonic()
    with open_stack(worker=WORKERS) as stack, staged(stack) as stage:
        settings = stack.settings
        url = f"http://{settings.api.host}:{settings.api.port}"
        steps = load(plan.seed, settings.kafka.partitions)
        pusher = Pusher(settings, url, steps, PAUSE_S)
        with Audience(url, plan.seed, settings.kafka.partitions) as audience:
            for planned in rounds(plan.faults, round_size):
                pusher.start()
                play(planned, stage, figures, tell)
                pusher.ask_to_stop()
                judgement = judged(settings, stage, pusher, audience)
                figures.judgements.append(judgement)
                figures.seconds = time.monotonic() - began_s
                figures.restarts, figures.written = stage.restarts, pusher.written
                figures.resumes = sum(each.resumes for each in audience.watchers)
                tell(told_of(figures))
                if judgement.wrong or figures.seconds > limit_s:
                    break
    return figures


def play(planned: Sequence[Planned], stage: Stage, figures: Figures, tell: Tell) -> None:
    """Do the faults of a round at their times, in a thread beside this one, which keeps services:
    they end with the thread that has started them."""
    began_s = time.monotonic()

    def strike() -> None:
        for each in planned:
            time.sleep(max(0.0, began_s + each.at_s - time.monotonic()))
            hit = stage.apply(each.fault)
            figures.faults[type(each.fault).__name__] += 1
            figures.missed += not hit
            tell(f"  {time.monotonic() - began_s:6.1f} s  {each.fault}{'' if hit else ' (down)'}")

    striker = threading.Thread(target=strike, name="striker", daemon=True)
    striker.start()
    while striker.is_alive():
        stage.tick()
        time.sleep(0.05)
    longest = max((e.fault.for_s for e in planned[-1:] if isinstance(e.fault, Pause)), default=0.0)
    stage.keep(time.monotonic() + max(LAST_S, longest))


def judged(settings: Settings, stage: Stage, pusher: Pusher, audience: Audience) -> Judgement:
    """Let everything recover and settle, then look at it."""
    missing = stage.make_whole()
    if missing:
        return failed(*(f"{name} does not recover: {stage.tail_of(name)}" for name in missing))
    pusher.join()
    try:
        wait_until_settled(settings, SETTLE_LIMIT_S)
    except UnsettledError as error:
        return failed(str(error))
    audience.hold(True)
    try:
        audience.check()
        return judge(settings, audience.watchers)
    except AssertionError as error:
        return failed(f"a repeat is not what it repeats: {error}")
    finally:
        audience.hold(False)


def failed(*wrong: str) -> Judgement:
    return Judgement(wrong, 0, 0, 0, 0, 0)


def told_of(figures: Figures) -> str:
    """A line on how far it is, and what was found last."""
    last = figures.judgements[-1]
    verdict = "WRONG: " + " | ".join(last.wrong[:5]) if last.wrong else "all holds"
    return (
        f"{figures.done} faults in {figures.seconds:.0f} s: {verdict}; {last.events:,} events, "
        f"{last.repeats:,} repeats, {last.letters} letters, {last.tables} tables, "
        f"{last.seen:,} seen by {figures.resumes} connections, {figures.restarts} restarts"
    )


def command(seed: int, faults: int, gap_s: float) -> str:
    """How a run is repeated."""
    return f"python -m tests.chaos --seed {seed} --faults {faults} --gap {gap_s:g}"
