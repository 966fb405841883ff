"""Backtests of a few bars give what was worked out by hand."""

from __future__ import annotations

import pytest

from tests.processors.research import costed, ordered, protected, sized
from tests.processors.research.case import Case, assert_holds

CASES = (*ordered.CASES, *protected.CASES, *sized.CASES, *costed.CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_a_backtest_gives_what_was_worked_out_by_hand(case: Case) -> None:
    assert_holds(case)


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
