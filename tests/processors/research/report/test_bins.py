"""Returns in bins."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from processors.research.report.bins import BINS_MAX, binned


@given(some.lists(some.floats(-1.0, 10.0), min_size=1, max_size=200))
def test_every_value_is_counted_on_its_side_of_zero(values: list[float]) -> None:
    returns = np.array(values)
    bins = binned(returns)
    assert bins.count.sum() == len(returns)
    assert bins.count[bins.right <= 0.0].sum() == np.count_nonzero(returns < 0.0)
    assert bins.count[bins.left >= 0.0].sum() == np.count_nonzero(returns >= 0.0)
    assert not np.any((bins.left < 0.0) & (bins.right > 0.0))
    assert len(bins.count) <= BINS_MAX + 2


def test_without_values_there_are_no_bins() -> None:
    assert len(binned(np.empty(0)).count) == 0
