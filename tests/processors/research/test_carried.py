"""Each row gets what its series said at its row before, across calls too."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from processors.research.carried import carry, steps_of


@given(
    st.integers(1, 4).flatmap(
        lambda series: st.tuples(
            st.just(series), st.lists(st.integers(0, series - 1), min_size=1, max_size=40)
        )
    ),
    st.integers(1, 10),
)
def test_it_is_the_row_before_of_the_same_series(case: tuple[int, list[int]], chunk: int) -> None:
    series, symbols = case
    symbol = np.array(symbols, np.int32)
    said = np.arange(1.0, len(symbol) + 1.0)
    carried = np.zeros(series)
    into = np.empty(len(symbol))
    for start in range(0, len(symbol), chunk):
        part = slice(start, start + chunk)
        carry(said[part], carried, steps_of(symbol[part], series), into[part])
    last = dict.fromkeys(range(series), 0.0)
    for row, which in enumerate(symbols):
        assert into[row] == last[which]
        last[which] = said[row]
    assert carried.tolist() == list(last.values())
