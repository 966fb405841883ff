"""Bars that are kept are evaluated once, until an action changes what they were."""

from __future__ import annotations

import numpy as np

from processors.research.resident import ROW, row_bytes
from processors.research.standing.history import History
from streams.actions import NO_ACTIONS, Actions, as_of_last
from tests.sandbox.market import random_bars

BARS = random_bars(10, seed=1)


def splits(*places: int) -> Actions:
    """2:1 at these bars."""
    return Actions(BARS.ts[list(places)], np.full(len(places), 2.0), np.zeros(len(places)))


def test_only_an_action_that_is_reached_begins_again() -> None:
    history = History()

    def due(first: int, until: int, actions: Actions) -> tuple[int, bool, bytes]:
        """What is due once these bars have come: how many, whether anew, and which."""
        if until > first:
            history.add(row_bytes(BARS.take(slice(first, until))))
        rows, anew = history.due(actions)
        return len(rows) // ROW.itemsize, anew, rows

    whole = row_bytes(BARS.take(slice(4)))
    assert due(0, 4, NO_ACTIONS) == (4, True, whole)
    assert due(4, 4, NO_ACTIONS) == (0, False, b"")
    ahead = splits(6)
    assert due(4, 6, ahead) == (2, False, row_bytes(BARS.take(slice(4, 6))))
    known = as_of_last(BARS.take(slice(7)), ahead)
    assert due(6, 7, ahead) == (7, True, row_bytes(known))
    assert due(7, 8, splits(6, 9)) == (1, False, row_bytes(BARS.take(slice(7, 8))))
    late = splits(2, 6, 9)
    assert due(8, 8, late) == (8, True, row_bytes(as_of_last(BARS.take(slice(8)), late)))
    assert due(8, 9, late) == (1, False, row_bytes(BARS.take(slice(8, 9))))
