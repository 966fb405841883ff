"""Params beside the chosen ones are within their bounds and near."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from processors.research.montecarlo.jitter import beside
from schemas.events.strategies import ParamSpec

SPECS = (
    ParamSpec(name="fast", type="int", default=3, low=2, high=60),
    ParamSpec(name="share", type="float", default=0.5, low=0.0, high=1.0, step=0.1),
    ParamSpec(name="free", type="float", default=10.0),
    ParamSpec(name="on", type="bool", default=1),
)


@given(st.integers(1, 3), st.integers(1, 300), st.integers(0, 5))
def test_the_chosen_come_first_and_the_others_once_each(steps: int, count: int, seed: int) -> None:
    found = beside(SPECS, {"share": 0.9}, steps=steps, count=count, seed=seed)
    assert found[0] == {"fast": 3.0, "share": 0.9, "free": 10.0, "on": 1.0}
    assert len({tuple(each.values()) for each in found}) == len(found)
    assert len(found) == min(count + 1, (2 + steps) * (2 + steps) * (2 * steps + 1))
    for each in found:
        assert 2 <= each["fast"] <= 3 + steps and each["on"] == 1.0
        assert 0.9 - 0.1 * steps - 1e-9 <= each["share"] <= 1.0
        assert abs(each["free"] - 10.0) <= 0.5 * steps
    assert found == beside(SPECS, {"share": 0.9}, steps=steps, count=count, seed=seed)


def test_without_room_there_are_the_chosen_alone() -> None:
    assert beside(SPECS[3:], {}, steps=2, count=9, seed=0) == [{"on": 1.0}]
