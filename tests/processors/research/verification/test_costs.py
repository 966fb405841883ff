"""What is left where trading costs more, and where nothing is."""

from __future__ import annotations

import math

import pytest

from processors.research.verification.costs import (
    FACTORS,
    Outcome,
    finding,
    has_costs,
    scaled,
    sensitivity,
)
from processors.research.verification.finding import State
from processors.research.verification.runs import Runs
from sandbox.fills import NO_COSTS, FillRules
from sandbox.host.book import book_module
from sandbox.host.engine import SandboxEngine
from sandbox.host.module import load_module
from tests.processors.research.sweeps.trading import CROSS, compiled, days, study

GIVEN = FillRules(
    slip_share=0.001, per_trade=1.0, rate=0.002, tier_1_from=100.0, tier_1_rate=0.001, borrow=0.05
)


def at(gross_pct: float, per_rate_pct: float):  # type: ignore[no-untyped-def]  # a Run
    """A run whose return falls with the commission in a line."""

    def run(rules: FillRules) -> Outcome:
        paid = rules.rate * 1_000.0
        return Outcome(gross_pct - per_rate_pct * rules.rate, 1.0, paid, 1_000.0, 10)

    return run


def test_all_costs_of_a_fill_grow_and_nothing_else() -> None:
    twice = scaled(GIVEN, 2.0)
    assert (twice.slip_share, twice.per_trade, twice.rate) == (0.002, 2.0, 0.004)
    assert (twice.tier_1_from, twice.tier_1_rate, twice.tier_2_rate) == (100.0, 0.002, -1.0)
    assert (twice.borrow, twice.cash) == (0.05, GIVEN.cash)
    assert scaled(GIVEN, 1.0) == GIVEN
    assert not has_costs(scaled(GIVEN, 0.0))
    assert has_costs(GIVEN) and has_costs(FillRules(impact=0.1)) and not has_costs(NO_COSTS)
    assert not has_costs(FillRules(borrow=0.1, interest=0.1)), "they are no fill's"


@pytest.mark.parametrize("even", [0.004, 0.03, 0.5])
def test_the_break_even_is_where_the_return_is_0(even: float) -> None:
    """20 % − 20 % × rate / even: 0 at a rate of `even`, so at a factor of even / 0.01."""
    found = sensitivity(FillRules(rate=0.01), at(20.0, 20.0 / even))
    assert found.break_even == pytest.approx(even / 0.01, rel=1e-5)
    assert found.paid_share == pytest.approx(even, rel=1e-5)
    assert list(found.outcomes) == list(FACTORS)
    assert not found.assumed
    told = finding(found)
    assert told.state is (State.WARNS if even < 0.02 else State.HOLDS)
    assert told.figures["break_even_fill_pct"] == pytest.approx(100.0 * even, rel=1e-5)


def test_what_loses_without_costs_has_no_break_even() -> None:
    found = sensitivity(FillRules(rate=0.01), at(-1.0, 1.0))
    assert found.break_even is None
    assert finding(found).state is State.WARNS
    assert "loses without costs" in finding(found).found


def test_what_costs_never_eat_holds() -> None:
    found = sensitivity(FillRules(rate=0.01), at(5.0, 0.0))
    assert found.break_even == math.inf
    told = finding(found)
    assert (told.state, told.figures["break_even_factor"]) == (State.HOLDS, None)


def test_without_costs_some_are_assumed_and_without_fills_nothing_is_known() -> None:
    found = sensitivity(NO_COSTS, at(5.0, 1_000.0))
    assert found.assumed
    assert found.outcomes[2.0].paid == pytest.approx(2 * 0.0005 * 1_000.0)
    assert "since none were given" in finding(found).found
    idle = sensitivity(NO_COSTS, lambda _: Outcome(0.0, None, 0.0, 0.0, 0))
    assert finding(idle).state is State.UNKNOWN


def test_a_real_run_earns_less_the_more_it_costs_and_nothing_at_the_break_even() -> None:
    engine = SandboxEngine()
    rules = FillRules(rate=0.0005)
    asked = study(CROSS, [days(400, 4)], rules)
    runs = Runs(asked, load_module(engine, compiled(CROSS).wasm), book_module(engine))
    found = sensitivity(rules, runs.at_costs)
    returns = [each.return_pct for each in found.outcomes.values()]
    assert returns == sorted(returns, reverse=True)
    assert returns[0] > 0.0
    assert found.break_even is not None
    even = runs.at_costs(scaled(rules, found.break_even))
    assert even.return_pct == pytest.approx(0.0, abs=1e-3)
    gross = runs.at_costs(scaled(rules, 0.0)).return_pct / 100.0 * rules.cash
    assert even.paid == pytest.approx(gross, rel=0.05), "sizes are of an equity that shrinks"
    assert found.paid_share == pytest.approx(even.paid / even.traded)
    engine.close()
