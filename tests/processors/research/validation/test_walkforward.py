"""A walk-forward's tests are backtests of what their trainings chose, joined without a seam."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from processors.research.statistics.periods import DAY_US
from processors.research.sweeps.ranking import names_for
from processors.research.sweeps.search import Search
from processors.research.sweeps.space import Range, space_of
from processors.research.sweeps.swept import pool_of
from processors.research.sweeps.tape import Window
from processors.research.sweeps.trial import Trial
from processors.research.validation.folds import folds_of
from processors.research.validation.length import Length
from processors.research.validation.walkforward import (
    OF_FOLDS,
    efficiency,
    joined,
    walk_forward,
)
from tests.processors.research.sweeps.trading import (
    COSTS,
    SIMPLE,
    compiled,
    days,
    figures,
    single,
    study,
)

BARS = (days(600, 8),)
TRAIN, TEST = Length(us=200 * DAY_US), Length(us=100 * DAY_US)


@pytest.mark.parametrize("anchored", [False, True])
@pytest.mark.parametrize("step", [None, Length(us=60 * DAY_US)])
def test_each_test_is_a_backtest_of_the_best_of_its_training(
    anchored: bool, step: Length | None
) -> None:
    space = space_of(
        compiled(SIMPLE).metadata.params,
        {"fast": Range(2.0, 8.0, 2.0), "slow": Range(10.0, 30.0, 10.0)},
    )
    search = Search(space, "grid", "sharpe", names_for("sharpe", OF_FOLDS))
    folds = folds_of(BARS[0].ts, train=TRAIN, test=TEST, step=step, anchored=anchored)
    with pool_of(study(SIMPLE, BARS, COSTS), 1) as pool:

        def searched(window: Window) -> Iterator[Trial]:
            return search.trials(pool, window)

        steps = list(walk_forward(pool.runner, folds, searched, "sharpe"))
        both = joined(steps, pool.runner.reckoning(Window(folds[0].test.begin_us)))
    assert len(steps) == len(folds) >= 3
    for fold, done in zip(folds, steps, strict=True):
        best, params = -9.0, {}
        for row in space.grid():
            trained = cut(fold.train, space.params(row))
            if (trained["sharpe"] or -9.0) > best:
                best, params = float(trained["sharpe"] or -9.0), space.params(row)
        assert done.chosen.params == params and done.tried == 12
        told = cut(fold.test, params)
        assert done.test == {name: told[name] for name in done.test}
    assert (np.diff(both.curve.ts) > 0).all() and both.curve.ts[-1] == BARS[0].ts[-1]
    whole = 1.0
    for place, done in enumerate(steps):
        end = steps[place + 1].ts[0] if place + 1 < len(steps) else BARS[0].ts[-1] + 1
        whole *= done.equity[done.ts < end][-1] / COSTS.cash
    assert both.curve.equity[-1] == pytest.approx(COSTS.cash * whole, rel=1e-12)
    assert both.figures["return_pct"] == pytest.approx(100.0 * (whole - 1.0))
    assert both.curve.benchmark[0] == COSTS.cash


def cut(window: Window, params: dict[str, float]) -> dict[str, float | int | None]:
    assert window.end_us is not None
    part = BARS[0].take(slice(int(np.searchsorted(BARS[0].ts, window.end_us))))
    return figures(single(SIMPLE, [part], params, COSTS, window.begin_us), COSTS.cash)


def test_efficiency_is_the_tests_annual_return_by_the_trainings() -> None:
    assert efficiency(5.0, [8.0, 12.0, None]) == 0.5
    assert efficiency(-5.0, [10.0]) == -0.5
    assert efficiency(5.0, [-8.0, 4.0]) is None
    assert efficiency(None, [1.0]) is None and efficiency(1.0, []) is None
