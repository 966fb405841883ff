"""An indicator of several inputs at bars where one of them is na."""

from __future__ import annotations

import numpy as np

from tests.sandbox.market import daily_bars, part
from tests.sandbox.stdlib.oracle import Oracle, assert_same, columns_of, plotted, scale_of

_DAY_US = 86_400_000_000


def check_with_one_input_missing(call: str, oracle: Oracle) -> None:
    """Whichever input of the call is na at every other calendar day: there the results are na,
    and the other bars give what they give when they are alone."""
    bars = daily_bars("MSFT")
    there = bars.ts // _DAY_US % 2 == 1
    expected = columns_of(oracle(part(bars, there.nonzero()[0].tolist())))
    fields = [f for f in ("open", "high", "low", "close", "volume") if f"bar.{f}" in call]
    for name in fields:
        hide = f"hidden = bar.{name} if bar.time // {_DAY_US} % 2 == 1 else na"
        found = plotted(call.replace(f"bar.{name}", "hidden"), bars, expected, [hide])
        for ours, theirs in zip(found, expected, strict=True):
            assert np.all(np.isnan(ours[~there])), name
            assert_same(ours[there], theirs, scale_of(call, bars))
