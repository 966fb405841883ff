"""What was said at each series' bar before: orders work from the next bar on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NONE = np.zeros(0, np.intp)


@dataclass(frozen=True, slots=True)
class Steps:
    """For n rows of one or more series, which row is the one before of the same series.

    single: there is one series, and nothing else to say. first: rows without one here, each of
    first_series; before: the row before each of `others`; last: the last row of each of
    last_series; all intp.
    """

    single: bool
    others: NDArray[np.intp]
    before: NDArray[np.intp]
    first: NDArray[np.intp]
    first_series: NDArray[np.intp]
    last: NDArray[np.intp]
    last_series: NDArray[np.intp]


def steps_of(symbol: NDArray[np.int32], series: int) -> Steps:
    """symbol: of each row, below `series`."""
    if series == 1:
        return Steps(True, *[_NONE] * 6)
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
        others=order[within],
        before=order[within - 1],
        first=order[begins],
        first_series=grouped[begins],
        last=order[ends],
        last_series=grouped[ends],
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
    into[steps.first] = carried[steps.first_series]
    carried[steps.last_series] = said[steps.last]
