"""What was said at each series' bar before: orders work from the next bar on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Steps:
    """For n rows of one or more series, which row is the one before of the same series.

    order: the rows by series, and in each as they are, (n,); None where there is one series, so
    that it is the row above. begins: where in it each series that has rows begins; series: which
    these are; first, last: their first row, which has none before it here, and their last;
    (groups,) each. All intp.
    """

    n: int
    order: Places | None
    begins: Places
    series: Places
    first: Places
    last: Places

    def following(self) -> Places:
        """The row after each of the same series; n where there is none here."""
        assert self.order is not None
        after = np.append(self.order[1:], self.n)
        after[np.append(self.begins[1:], self.n) - 1] = self.n
        found = np.empty(self.n, np.intp)
        found[self.order] = after
        return found


def steps_of(symbol: NDArray[np.int32], series: int) -> Steps:
    """symbol: of each row, at least one, below `series`."""
    n, none = len(symbol), np.zeros(1, np.intp)
    if series == 1:
        return Steps(n, None, none, none, none, np.array([n - 1]))
    order = np.argsort(symbol, kind="stable")
    grouped = symbol[order].astype(np.intp)
    begins = np.append(0, np.flatnonzero(grouped[1:] != grouped[:-1]) + 1)
    last = order[np.append(begins[1:], n) - 1]
    return Steps(n, order, begins, grouped[begins], order[begins], last)


def carry(said: NDArray[Any], carried: NDArray[Any], steps: Steps, into: NDArray[Any]) -> None:
    """Writes for each row what its series said at its row before into `into`, and keeps what each
    said last in `carried`, by series, for the rows to come. At least one row."""
    if steps.order is None:
        into[1:] = said[:-1]
    else:
        into[steps.order[1:]] = said[steps.order[:-1]]
    into[steps.first] = carried[steps.series]
    carried[steps.series] = said[steps.last]
