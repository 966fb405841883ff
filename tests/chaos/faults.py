"""What is done to a process of the system; what its name stands for is the stage's to know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL. Its keeper starts it again."""

    target: str


@dataclass(frozen=True, slots=True)
class Pause:
    """SIGSTOP, to it and what it has started, and for_s seconds later SIGCONT."""

    target: str
    for_s: float


@dataclass(frozen=True, slots=True)
class Restart:
    """It is asked to end in order, and its keeper starts it again."""

    target: str


@dataclass(frozen=True, slots=True)
class Absence:
    """SIGKILL, and nobody starts it again for for_s seconds."""

    target: str
    for_s: float


@dataclass(frozen=True, slots=True)
class Join:
    """One more worker of a role, which takes over some of the partitions."""

    role: str
    name: str


@dataclass(frozen=True, slots=True)
class Leave:
    """That worker ends for good, in order or (killed) not."""

    name: str
    killed: bool


Fault = Kill | Pause | Restart | Absence | Join | Leave
