"""A table of calls and their oracles → pytest's cases: every call in every way that fits it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import pytest

from tests.sandbox.stdlib.oracle import (
    Oracle,
    check_like_talib,
    check_on_coarse_bars,
    check_on_random_bars,
    check_with_missing_inputs,
    check_with_params,
    lengths_in,
)

Trial = Callable[[], None]  # fails by an assertion
Ways = Mapping[str, Callable[[str, Oracle], None]]  # checks, by what a test's id calls them

AMID_TIES = "amid_ties_and_standstills"
WITH_MISSING = "with_missing_inputs"
WITH_PARAMS = "with_params_as_lengths"  # for calls that have lengths
TA_LIB: Ways = {
    "on_real_data": check_like_talib,
    "over_a_long_run": check_on_random_bars,
    AMID_TIES: check_on_coarse_bars,
    WITH_MISSING: check_with_missing_inputs,
    WITH_PARAMS: check_with_params,
}


def trials(
    table: Mapping[str, Oracle], ways: Ways = TA_LIB, without: str | None = None
) -> pytest.MarkDecorator:
    """Gives a test its `trial`; an id reads `ta.mom(bar.close)-over_a_long_run`.

    without: a way that does not fit the table.
    """
    assert without is None or without in ways
    return pytest.mark.parametrize(
        "trial",
        [
            pytest.param(partial(check, call, oracle), id=f"{call}-{way}")
            for way, check in ways.items()
            for call, oracle in table.items()
            if way != without and (way != WITH_PARAMS or min(lengths_in(call), default=0) > 0)
        ],
    )
