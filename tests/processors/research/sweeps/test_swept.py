"""The best of a sweep is what its trials say, whatever the order in which they come."""

from __future__ import annotations

import random

import pytest

from processors.research.statistics.luck import Trials
from processors.research.statistics.summary import summary
from processors.research.sweeps.ranking import Ranking, names_for
from processors.research.sweeps.search import Method, Search, check_space, processes_for
from processors.research.sweeps.space import Range, space_of
from processors.research.sweeps.swept import Swept, pool_of, swept
from processors.research.sweeps.tape import ALL
from processors.research.sweeps.trial import Trial
from processors.research.sweeps.where import condition_of
from sandbox.errors import ParamError
from tests.processors.research.sweeps.trading import COSTS, SIMPLE, compiled, days, single, study

BARS = (days(500, 4),)
SPECS = compiled(SIMPLE).metadata.params
SPACE = space_of(
    SPECS,
    {"fast": Range(2.0, 20.0, 3.0), "slow": Range(10.0, 60.0, 10.0)},
    [condition_of("fast < slow", ["fast", "slow"])],
)


def sweep(method: Method, by: str = "sharpe", count: int = 20, seed: int = 1) -> Swept:
    with pool_of(study(SIMPLE, BARS, COSTS), 1) as pool:
        search = Search(SPACE, method, by, names_for(by), count, seed)
        return swept(pool, search, ALL)


def test_a_grid_s_best_has_its_backtest_s_figures_and_the_trials_luck() -> None:
    found = sweep("grid")
    best = max(found.trials, key=lambda trial: trial.figures["sharpe"] or -9.0)
    assert found.best == best == found.top(1)[0]
    alone = single(SIMPLE, BARS, best.params, COSTS)
    luck = Trials.of(trial.figures["sharpe"] for trial in found.trials)
    assert found.luck == luck and luck.count == len(SPACE.grid()) == len(found.trials)
    assert found.summary == summary(
        alone.curve, alone.fills, alone.trades, initial_cash=COSTS.cash, trials=luck
    )
    assert found.summary["deflated_sharpe"] is not None


def test_trials_come_in_the_order_of_their_numbers() -> None:
    found = sweep("grid")
    assert [trial.number for trial in found.trials] == list(range(len(found.trials)))
    assert [list(trial.params.values()) for trial in found.trials] == SPACE.grid().tolist()


@pytest.mark.parametrize("method", ["random", "bayes"])
def test_a_seed_gives_the_same_trials_again_each_allowed_and_once(method: Method) -> None:
    one, again, other = sweep(method), sweep(method), sweep(method, seed=2)
    assert one.trials == again.trials and one.trials != other.trials
    tried = [tuple(trial.params.values()) for trial in one.trials]
    assert len(tried) == len(set(tried)) == 20
    assert all(fast < slow for fast, slow in tried)


def test_bayes_ends_where_nothing_new_is_left() -> None:
    assert len(sweep("bayes", count=500).trials) == len(SPACE.grid())


def trial(number: int, sharpe: float | None) -> Trial:
    return Trial(number, {"x": float(number)}, {"sharpe": sharpe})


def test_the_order_of_coming_does_not_matter() -> None:
    trials = [trial(i, value) for i, value in enumerate([0.5, None, 2.0, -1.0, 2.0, 1.0])]
    for seed in range(10):
        mixed = random.Random(seed).sample(trials, len(trials))
        ranking = Ranking("sharpe")
        for each in mixed:
            ranking.add(each)
        assert ranking.trials == trials
        assert ranking.best == trials[2]
        assert [each.number for each in ranking.top(6)] == [2, 4, 5, 0, 3, 1]
        assert ranking.luck.count == 5


def test_a_figure_that_one_trial_does_not_have_is_no_figure_to_be_best_by() -> None:
    for name in ("nothing", "deflated_sharpe"):
        with pytest.raises(ValueError, match=f"no figure {name}"):
            names_for(name)
    assert names_for("sqn")[0] == "sqn" and names_for("sharpe").count("sharpe") == 1


def test_values_out_of_bounds_are_refused_before_anything_runs() -> None:
    space = space_of(SPECS, {"fast": Range(1.0, 4.0)})
    with pytest.raises(ParamError):
        check_space(compiled(SIMPLE).metadata, space)
    with pytest.raises(ParamError):
        check_space(compiled(SIMPLE).metadata, space_of(SPECS, {"fast": (2.5, 3.0)}))


def test_little_work_is_worth_no_other_process() -> None:
    assert processes_for(1_000, 1_000) == 1
    assert processes_for(1_000_000, 1_000) >= 1
