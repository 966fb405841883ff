"""Folds follow one another, and no test is in its training."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from processors.research.statistics.periods import DAY_US
from processors.research.sweeps.tape import Window
from processors.research.validation.folds import folds_of
from processors.research.validation.length import Length
from schemas.columns import Ints
from tests.processors.research.statistics.made import at, days


def length(days: int) -> Length:
    return Length(us=days * DAY_US)


def day(n: int) -> int:
    return at("2024-01-01") + n * DAY_US


def test_rolling_folds_touch_and_the_last_test_may_be_short() -> None:
    found = folds_of(days(10), train=length(4), test=length(2))
    assert [(fold.train, fold.test) for fold in found] == [
        (Window(day(0), day(4)), Window(day(4), day(6))),
        (Window(day(2), day(6)), Window(day(6), day(8))),
        (Window(day(4), day(8)), Window(day(8), day(10))),
    ]
    assert folds_of(days(9), train=length(4), test=length(2)) == found


def test_anchored_folds_begin_together() -> None:
    found = folds_of(days(10), train=length(4), test=length(3), anchored=True)
    assert [fold.train for fold in found] == [Window(day(0), day(4)), Window(day(0), day(7))]


def test_a_begin_and_a_step_of_their_own() -> None:
    found = folds_of(days(12), train=length(4), test=length(2), step=length(3), begin_us=day(1))
    assert [fold.test.begin_us for fold in found] == [day(5), day(8), day(11)]


def test_a_fold_in_a_pause_of_the_bars_is_left_out() -> None:
    ts = np.concatenate([days(6), days(6, "2024-01-21")])
    found = folds_of(ts, train=length(4), test=length(2))
    assert found
    for fold in found:
        for window in (fold.train, fold.test):
            assert bars_in(ts, window)


def bars_in(ts: Ints, window: Window) -> int:
    assert window.begin_us is not None and window.end_us is not None
    return int(((ts >= window.begin_us) & (ts < window.end_us)).sum())


def test_too_few_bars_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        folds_of(days(4), train=length(4), test=length(2))
    with pytest.raises(ValueError, match="no bars"):
        folds_of(days(4), train=length(1), test=length(1), begin_us=day(9))


@given(st.data())
def test_no_test_is_in_its_training_and_tests_do_not_overlap(data: st.DataObject) -> None:
    n, train, test = (data.draw(st.integers(1, top)) for top in (60, 20, 20))
    anchored = data.draw(st.booleans())
    assume(train < n)
    found = folds_of(days(n), train=length(train), test=length(test), anchored=anchored)
    for fold in found:
        assert fold.train.end_us == fold.test.begin_us
        assert bars_in(days(n), fold.train) and bars_in(days(n), fold.test)
    for one, next_ in pairwise(found):
        assert one.test.end_us == next_.test.begin_us
