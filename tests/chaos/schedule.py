"""Seed and length → which fault comes when. Pure: a seed gives the same schedule always.

Faults are dealt from a shuffled deck that has each kind, so that none is left out; a quarter of
them comes within a second of the one before: a process has to recover while another is away.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streams.batches import SESSION_TIMEOUT_S
from tests.chaos.faults import Absence, Fault, Join, Kill, Leave, Pause, Restart

WORKERS = (
    *("evaluation-1", "evaluation-2", "projections", "indicators", "bars"),
    *("compilation", "assistant", "research", "research-batch", "screens"),
)
SERVERS = ("broker", "database", "api")
GROWING = ("evaluation", "evaluation", "projections", "indicators", "bars")
"""Roles that get one more worker; evaluation has two, so it gets a third."""
TOGETHER_SHARE = 0.25
TOGETHER_S = 1.0
FIRST_S = 5.0


@dataclass(frozen=True, slots=True)
class Planned:
    """at_s: seconds after the beginning."""

    at_s: float
    fault: Fault


@dataclass(frozen=True, slots=True)
class Schedule:
    """seed and gap_s make it, and it says how it is repeated."""

    seed: int
    gap_s: float
    faults: tuple[Planned, ...]


class Dealer:
    """Draws faults, and knows which workers have joined."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._joined: dict[str, str] = {}
        self._numbers = 0
        self._deck: list[Callable[[], Fault]] = []

    def draw(self) -> Fault:
        """The next fault."""
        if not self._deck:
            self._deck = [
                *(self.kill_reader, self.kill_worker, self.kill_broker, self.kill_database),
                *(self.kill_api, self.pause_beyond_session, self.pause_worker),
                *(self.pause_server, self.restart, self.join, self.leave, self.absence),
            ]
            self._dice.shuffle(self._deck)
        return self._deck.pop()()

    def _worker(self) -> str:
        return self._dice.choice([*WORKERS, *self._joined])

    def kill_reader(self) -> Fault:
        """One whose death in the middle of its work leaves the most to be mended."""
        return Kill(self._dice.choice(("evaluation-1", "evaluation-2", "projections")))

    def kill_worker(self) -> Fault:
        return Kill(self._worker())

    def kill_broker(self) -> Fault:
        return Kill("broker")

    def kill_database(self) -> Fault:
        return Kill("database")

    def kill_api(self) -> Fault:
        return Kill("api")

    def pause_beyond_session(self) -> Fault:
        """Its partitions have other owners when it wakes."""
        return Pause(self._worker(), SESSION_TIMEOUT_S + self._seconds(1.0, 5.0))

    def pause_worker(self) -> Fault:
        return Pause(self._worker(), self._seconds(0.5, 6.0))

    def pause_server(self) -> Fault:
        return Pause(self._dice.choice(SERVERS), self._seconds(1.0, 8.0))

    def restart(self) -> Fault:
        return Restart(self._dice.choice([*WORKERS, *self._joined, *SERVERS]))

    def join(self) -> Fault:
        free = [role for role in GROWING if role not in self._joined.values()]
        if not free:
            return self.leave()
        role = self._dice.choice(free)
        self._numbers += 1
        name = f"{role}-more{self._numbers}"
        self._joined[name] = role
        return Join(role, name)

    def leave(self) -> Fault:
        if not self._joined:
            return self.join()
        name = self._dice.choice(list(self._joined))
        del self._joined[name]
        return Leave(name, killed=self._dice.random() < 0.5)

    def absence(self) -> Fault:
        return Absence(self._dice.choice(("broker", "database")), self._seconds(5.0, 15.0))

    def _seconds(self, low: float, high: float) -> float:
        return round(self._dice.uniform(low, high), 1)


def schedule(seed: int, count: int, gap_s: float) -> Schedule:
    """So many faults; gap_s: the seconds between two that do not come together, on average."""
    dice = random.Random(f"faults/{seed}")
    dealer = Dealer(dice)
    planned: list[Planned] = []
    at_s = FIRST_S
    for _ in range(count):
        planned.append(Planned(round(at_s, 2), dealer.draw()))
        together = dice.random() < TOGETHER_SHARE
        at_s += dice.uniform(0.0, TOGETHER_S) if together else dice.uniform(0.5, 1.5) * gap_s
    return Schedule(seed, gap_s, tuple(planned))


def absences(seed: int, for_s: float) -> Schedule:
    """The broker is away for so long, then the database."""
    faults = (Absence("broker", for_s), Absence("database", for_s))
    return Schedule(seed, for_s, tuple(Planned(FIRST_S, fault) for fault in faults))


def rounds(planned: Sequence[Planned], size: int) -> list[list[Planned]]:
    """The faults in rounds of `size`, each after one of which is judged; times begin anew."""
    return [
        [Planned(each.at_s - part[0].at_s + FIRST_S, each.fault) for each in part]
        for part in (planned[at : at + size] for at in range(0, len(planned), size))
    ]
