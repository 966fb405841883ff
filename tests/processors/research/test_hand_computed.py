"""Backtests of a few bars give what was worked out by hand."""

from __future__ import annotations

import pytest

from tests.processors.research import costed, ordered, protected, sized
from tests.processors.research.case import Case, assert_holds

CASES = (*ordered.CASES, *protected.CASES, *sized.CASES, *costed.CASES)


def marked(case: Case) -> object:
    marks = [pytest.mark.xfail(strict=True, reason=case.wrong)] if case.wrong else []
    return pytest.param(case, id=case.name.replace(" ", "-"), marks=marks)


@pytest.mark.parametrize("case", [marked(case) for case in CASES])
def test_a_backtest_gives_what_was_worked_out_by_hand(case: Case) -> None:
    assert_holds(case)


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
