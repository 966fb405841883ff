"""Params and what is said of them make the combinations that are tried."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.research.sweeps import space as module
from processors.research.sweeps.space import Axis, Range, Space, space_of
from processors.research.sweeps.where import condition_of
from schemas.events.strategies import ParamSpec

FAST = ParamSpec(name="fast", type="int", default=5, low=2, high=4)
SLOW = ParamSpec(name="slow", type="int", default=20, low=3, high=5)
SHARE = ParamSpec(name="share", type="float", default=0.5, low=0.0, high=1.0, step=0.25)
TURNS = ParamSpec(name="turns", type="bool", default=1)
FREE = ParamSpec(name="free", type="float", default=3.0)
LESS = condition_of("fast < slow", ["fast", "slow"])


def test_without_a_word_all_with_bounds_vary_and_the_others_keep_their_defaults() -> None:
    found = space_of([FAST, SLOW, SHARE, TURNS, FREE], {})
    assert found.names == ("fast", "slow", "share", "turns")
    assert found.axes[0].values == (2.0, 3.0, 4.0)
    assert found.axes[2].values == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert found.axes[3].values == (0.0, 1.0)
    assert found.fixed == {"free": 3.0}


def test_where_one_is_said_to_vary_the_others_do_not() -> None:
    found = space_of([FAST, SLOW, FREE], {"free": (1.0, 2.0, 1.0), "slow": 4.0})
    assert found.axes == (Axis("free", (1.0, 2.0)),)
    assert found.fixed == {"fast": 5.0, "slow": 4.0}


def test_a_value_said_of_one_leaves_the_others_to_vary() -> None:
    assert space_of([FAST, SLOW], {"fast": 3.0}).names == ("slow",)


def test_steps_meet_the_last_value_in_spite_of_rounding() -> None:
    found = space_of([FREE], {"free": Range(0.0, 0.3, 0.1)})
    assert found.axes[0].values == (0.0, 0.1, 0.2, 0.3)


def test_a_float_without_a_step_has_a_hundred_of_them() -> None:
    assert len(space_of([FREE], {"free": Range(0.0, 1.0)}).axes[0].values) == 101


def test_a_grid_has_every_combination_that_is_allowed_the_last_axis_first() -> None:
    found = space_of([FAST, SLOW], {}, [LESS])
    assert found.grid().tolist() == [
        [2, 3], [2, 4], [2, 5], [3, 4], [3, 5], [4, 5],
    ]  # fmt: skip
    assert (found.size, found.allowed_size) == (9, 6)
    assert found.params(found.grid()[0]) == {"fast": 2.0, "slow": 3.0}


def test_a_condition_may_name_what_does_not_vary() -> None:
    found = space_of([FAST, SLOW], {"fast": (2.0, 4.0, 6.0), "slow": 5.0}, [LESS])
    assert found.grid().tolist() == [[2], [4]]


@given(st.integers(1, 12), st.integers(0, 5))
def test_random_ones_are_of_the_grid_each_once_and_the_same_again(count: int, seed: int) -> None:
    found = space_of([FAST, SLOW], {}, [LESS])
    rows = list(map(tuple, found.random(count, seed).tolist()))
    assert len(rows) == len(set(rows)) == min(count, 6)
    assert set(rows) <= set(map(tuple, found.grid().tolist()))
    assert rows == list(map(tuple, found.random(count, seed).tolist()))


def test_random_ones_of_a_space_too_large_for_a_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMBINATIONS_MAX", 5)
    found = space_of([FAST, SLOW], {}, [LESS])
    rows = found.random(4, 1)
    assert len({*map(tuple, rows.tolist())}) == 4 and found.allowed(rows).all()
    assert len(found.random(50, 1)) == 6
    with pytest.raises(ValueError, match="9 combinations"):
        found.grid()


@pytest.mark.parametrize(
    ("specs", "said", "what"),
    [
        ([FREE], {}, "no param has bounds"),
        ([FAST], {"other": 1.0}, "no param other; it has fast"),
        ([FAST], {"fast": Range(4.0, 2.0)}, "no values from 4 to 2"),
        ([FREE], {"free": Range(0.0, 1.0, 1e-9)}, "take larger steps"),
    ],
)
def test_what_makes_no_space_is_refused(
    specs: list[ParamSpec], said: dict[str, module.Given], what: str
) -> None:
    with pytest.raises(ValueError, match=what):
        space_of(specs, said)


def test_conditions_that_leave_nothing_are_refused() -> None:
    found = Space((Axis("fast", (1.0, 2.0)),), {}, (condition_of("fast > 2", ["fast"]),))
    with pytest.raises(ValueError, match="no combination has fast > 2"):
        found.grid()
    with pytest.raises(ValueError, match="no combination has fast > 2"):
        found.random(3, 0)
    assert not np.asarray(found.allowed(np.array([[1.0], [2.0]]))).any()
