"""What was said at each series' bar before: orders work from the next bar on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


def _none() -> NDArray[np.intp]:
    return np.zeros(0, np.intp)


@dataclass(frozen=True, slots=True)
class Steps:
    """For n rows of one or more series, which row is the one before of the same series.

    single: there is one series, so it is the row above. series: those that have rows here; first,
    last: their first row, which has none before it here, and their last. before: the row before
    each of `others`, all that are no first; both empty where single. All intp.
    """

    single: bool
    series: NDArray[np.intp]
    first: NDArray[np.intp]
    last: NDArray[np.intp]
    others: NDArray[np.intp] = field(default_factory=_none)
    before: NDArray[np.intp] = field(default_factory=_none)


def steps_of(symbol: NDArray[np.int32], series: int) -> Steps:
    """symbol: of each row, below `series`."""
    if series == 1:
        ends = np.array([[0], [0], [len(symbol) - 1]])
        return Steps(True, *ends)
    order = np.argsort(symbol, kind="stable")
    grouped = symbol[order].astype(np.intp)
    turns = np.flatnonzero(grouped[1:] != grouped[:-1]) + 1
    begins = np.append(0, turns)
    ends = np.append(turns, len(order)) - 1
    inside = np.ones(len(order), np.bool_)
    inside[begins] = False
    within = np.flatnonzero(inside)
    return Steps(
        single=False,
        series=grouped[begins],
        first=order[begins],
        last=order[ends],
        others=order[within],
        before=order[within - 1],
    )


def carry(said: NDArray[Any], carried: NDArray[Any], steps: Steps, into: NDArray[Any]) -> None:
    """Writes for each row what its series said at its row before into `into`, and keeps what each
    said last in `carried`, by series, for the rows to come. At least one row."""
    if steps.single:
        into[0] = carried[0]
        into[1:] = said[:-1]
        carried[0] = said[-1]
        return
    into[steps.others] = said[steps.before]
    into[steps.first] = carried[steps.series]
    carried[steps.series] = said[steps.last]
