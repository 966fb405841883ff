"""Times of bars in, folds of a walk-forward out: a training, and the test that follows it."""

from __future__ import annotations

from dataclasses import dataclass

from processors.research.sweeps.tape import Window, row_at
from processors.research.validation.length import Length
from schemas.columns import Ints


@dataclass(frozen=True, slots=True)
class Fold:
    """train ends where test begins, and both end before their end_us."""

    train: Window
    test: Window


def folds_of(
    ts: Ints,
    *,
    train: Length,
    test: Length,
    step: Length | None = None,
    anchored: bool = False,
    begin_us: int | None = None,
) -> tuple[Fold, ...]:
    """Folds in the order of time, as many as there are whole trainings with bars to test on; the
    last test may be cut short by the end of the bars.

    ts: opens, UTC microseconds, rising. step: from a fold to the next, by default as long as the
    test, so that tests touch. anchored: every training begins at the first bar, else they roll.
    begin_us: instead of the first bar; what is earlier warms up. Raises ValueError where there is
    no fold.
    """
    first = row_at(ts, begin_us, 0)
    if first >= len(ts):
        raise ValueError("there are no bars in this period")
    start = at = int(ts[first])
    found = []
    while (middle := train.after(at)) <= ts[-1]:
        end = test.after(middle)
        begin = start if anchored else at
        # a pause in the bars may be longer than a test or a training
        if row_at(ts, begin, 0) < row_at(ts, middle, 0) < row_at(ts, end, 0):
            found.append(Fold(Window(begin, middle), Window(middle, end)))
        at = (step or test).after(at)
    if not found:
        raise ValueError("the bars are too few for one training and bars to test it on")
    return tuple(found)
