"""What processes cost: CPU seconds and resident memory, by name, children counted in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import psutil

Pids = Mapping[str, int]
"""The processes of a system by name."""

OTHERS = "others"
"""Stands for whatever else the machine does, and for this process, which drives the load."""


BUSY_KINDS = ("user", "nice", "system", "irq", "softirq", "steal")


class Memory(NamedTuple):
    """Bytes resident. pss: with shared pages split among those who share them; None where the
    kernel doesn't tell."""

    rss: int
    pss: int | None

    @property
    def best(self) -> int:
        """The share where it is known."""
        return self.rss if self.pss is None else self.pss


def cpu_seconds(pids: Pids) -> dict[str, float]:
    """CPU time since each process began, ended children included, in seconds; under OTHERS what
    the machine's cores spent besides, so that a noisy machine shows in its figures."""
    ours = {name: summed(pid, _cpu_of) for name, pid in pids.items()}
    all_ = psutil.cpu_times()
    # Time of guests is counted in user and nice already.
    busy = sum(getattr(all_, kind, 0.0) for kind in BUSY_KINDS)
    return ours | {OTHERS: busy - sum(ours.values())}


def memory(pids: Pids) -> dict[str, Memory]:
    """Resident memory of each process and its children."""
    return {
        name: Memory(
            int(summed(pid, lambda process: process.memory_info().rss)),
            _whole_pss(pid),
        )
        for name, pid in pids.items()
    }


def summed(pid: int, measure: Callable[[psutil.Process], float]) -> float:
    """A quantity over a process and those of its children that live."""
    root = psutil.Process(pid)
    total = measure(root)
    for child in root.children(recursive=True):
        try:
            total += measure(child)
        except psutil.NoSuchProcess:  # a database's background worker comes and goes
            continue
    return total


def _cpu_of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def _whole_pss(pid: int) -> int | None:
    try:
        return int(summed(pid, lambda process: process.memory_full_info().pss))
    except (psutil.AccessDenied, AttributeError):  # another user's, or not Linux
        return None
