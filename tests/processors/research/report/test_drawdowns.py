"""Stretches below the peak."""

from __future__ import annotations

import numpy as np
import pytest

from processors.research.report.drawdowns import underwater


def test_depth_is_of_the_running_peak() -> None:
    depth = underwater(np.array([100.0, 80.0, 200.0, 150.0]))
    assert depth == pytest.approx([0.0, -0.2, 0.0, -0.25])


def test_an_account_without_a_peak_above_zero_is_not_under_water() -> None:
    assert underwater(np.array([-1.0, -2.0])).tolist() == [0.0, 0.0]
