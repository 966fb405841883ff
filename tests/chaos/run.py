"""One run: faults on a scene of its own, judgements in between, and what it came to."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from tests.chaos.faults import Fault
from tests.chaos.judge import Judgement
from tests.chaos.scene import open_scene
from tests.chaos.schedule import Schedule, rounds

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

    def as_json(self) -> dict[str, object]:
        """For a file."""
        last = asdict(self.judgements[-1]) if self.judgements else {}
        numbers = {name: value for name, value in vars(self).items() if name != "judgements"}
        judged = {"judgements": len(self.judgements), "wrong": self.wrong, "last": last}
        return {**numbers, "faults": dict(self.faults), **judged}

    @property
    def wrong(self) -> tuple[str, ...]:
        return tuple(text for each in self.judgements for text in each.wrong)


def run(plan: Schedule, *, round_size: int, limit_s: float, tell: Tell) -> Figures:
    """Do what is planned, and judge after each round; ends early at the first that fails, and with
    the first round that ends behind limit_s."""
    figures = Figures(plan.seed)
    began_s = time.monotonic()

    def struck(fault: Fault, hit: bool) -> None:
        figures.faults[type(fault).__name__] += 1
        figures.missed += not hit
        seconds = time.monotonic() - began_s
        tell(f"{figures.done:5d}  {seconds:7.1f} s  {fault}{'' if hit else ' (down already)'}")

    with open_scene(plan.seed) as scene:
        for planned in rounds(plan.faults, round_size):
            scene.play(planned, struck)
            figures.judgements.append(scene.judged())
            figures.seconds = time.monotonic() - began_s
            figures.restarts, figures.written = scene.stage.restarts, scene.pusher.written
            figures.resumes = sum(each.resumes for each in scene.audience.watchers)
            tell(told_of(figures))
            if figures.wrong or figures.seconds > limit_s:
                break
    return figures


def told_of(figures: Figures) -> str:
    """A line on how far it is, and what was found last."""
    last = figures.judgements[-1]
    verdict = "WRONG: " + " | ".join(last.wrong[:5]) if last.wrong else "all holds"
    return (
        f"{figures.done} faults in {figures.seconds:.0f} s: {verdict}; {last.events:,} events, "
        f"{last.repeats:,} repeats, {last.letters} letters, {last.tables} tables, "
        f"{last.seen:,} seen by {figures.resumes} connections, {figures.restarts} restarts"
    )


def command(seed: int, faults: int, gap_s: float, away_s: float | None = None) -> str:
    """How a run is repeated."""
    if away_s:
        return f"python -m tests.chaos --seed {seed} --away {away_s:g}"
    return f"python -m tests.chaos --seed {seed} --faults {faults} --gap {gap_s:g}"
