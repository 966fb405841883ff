"""Stretches below the peak."""

from __future__ import annotations

import numpy as np
import pytest

from processors.research.report.drawdowns import Drawdown, underwater, worst_drawdowns
from processors.research.results import Curve


def curve(*equity: float) -> Curve:
    values = np.array(equity)
    return Curve(np.arange(len(values)), values, np.zeros(len(values)), values)


def test_depth_is_of_the_running_peak() -> None:
    depth = underwater(np.array([100.0, 80.0, 200.0, 150.0]))
    assert depth == pytest.approx([0.0, -0.2, 0.0, -0.25])


def test_an_account_without_a_peak_above_zero_is_not_under_water() -> None:
    assert underwater(np.array([-1.0, -2.0])).tolist() == [0.0, 0.0]


def test_the_deepest_come_first_with_their_times() -> None:
    found = worst_drawdowns(curve(64.0, 56.0, 60.0, 64.0, 80.0, 40.0, 128.0, 128.0, 96.0))
    assert found == (
        Drawdown(-0.5, peak_ts=4, trough_ts=5, recovery_ts=6),
        Drawdown(-0.25, peak_ts=7, trough_ts=8, recovery_ts=None),
        Drawdown(-0.125, peak_ts=0, trough_ts=1, recovery_ts=3),
    )


def test_no_more_are_given_than_asked_for() -> None:
    assert len(worst_drawdowns(curve(*[100.0, 90.0, 101.0] * 9), count=2)) == 2


@pytest.mark.parametrize("equity", [(), (1.0,), (1.0, 2.0, 3.0)])
def test_a_rising_account_has_none(equity: tuple[float, ...]) -> None:
    assert worst_drawdowns(curve(*equity)) == ()
