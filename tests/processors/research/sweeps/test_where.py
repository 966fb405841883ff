"""Conditions are comparisons and nothing more."""

from __future__ import annotations

import numpy as np
import pytest

from processors.research.sweeps.where import condition_of
from schemas.columns import Floats

NAMES = ("fast", "slow")


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("fast < slow", [True, False, False]),
        ("fast<=slow", [True, True, False]),
        ("slow > fast", [True, False, False]),
        ("fast != slow", [True, False, True]),
        ("fast == slow", [False, True, False]),
        ("fast >= 2", [False, True, True]),
        ("-1.5e0 < fast", [True, True, True]),
    ],
)
def test_a_comparison_holds_row_by_row(text: str, held: list[bool]) -> None:
    condition = condition_of(text, NAMES)
    columns: dict[str, Floats | float] = {"fast": np.array([1.0, 2.0, 3.0]), "slow": 2.0}
    assert np.asarray(condition.holds(columns)).tolist() == held


@pytest.mark.parametrize(
    "text",
    [
        "fast",
        "fast < slow < 3",
        "fast + 1 < slow",
        "__import__('os') < 3",
        "fast < other",
        "1 < 2",
        "fast < (slow)",
        "",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        condition_of(text, NAMES)


def test_it_reads_as_it_was_written() -> None:
    assert str(condition_of("fast<slow", NAMES)) == "fast < slow"
    assert str(condition_of("fast<2.50", NAMES)) == "fast < 2.5"
