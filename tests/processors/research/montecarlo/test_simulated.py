"""A seed gives the same parts again, on one process and on two."""

from __future__ import annotations

import pytest

from processors.research.montecarlo.simulated import NAMES, Simulated, Terms, simulated
from processors.research.sweeps.swept import pool_of
from processors.research.sweeps.tape import ALL
from tests.processors.research.sweeps.trading import (
    COSTS,
    SIMPLE,
    compiled,
    days,
    figures,
    single,
    study,
)

BARS = (days(400, 5), days(300, 6, 10_020))
SPECS = compiled(SIMPLE).metadata.params


def run(terms: Terms, processes: int = 1) -> Simulated:
    with pool_of(study(SIMPLE, BARS, COSTS), processes) as pool:
        return simulated(pool, ALL, SPECS, {"fast": 6.0}, terms)


def test_two_processes_find_what_one_finds() -> None:
    terms = Terms(runs=50, seed=3, jitter_runs=40, noise_runs=40)
    one = run(terms)
    assert one == run(terms, 2)
    assert one != run(Terms(runs=50, seed=4, jitter_runs=40, noise_runs=40))
    told = figures(single(SIMPLE, BARS, {"fast": 6.0}, COSTS), COSTS.cash)
    assert one.actual == {name: told[name] for name in (*NAMES, "trades")}
    assert one.jitter and one.noise
    for part, count in ((one.bootstrap, 50), (one.jitter, 24), (one.noise, 40)):
        for name in NAMES:
            spread = part[name]
            assert spread is not None and spread.count == count
            assert list(spread.quantiles) == sorted(spread.quantiles)
    assert set(one.losses) == {"bootstrap", "jitter", "noise"}


def test_every_run_of_every_part_is_heard_of() -> None:
    """Of the first two in pieces, as they are made."""
    done: dict[str, list[int]] = {}
    terms = Terms(runs=30_000, seed=3, jitter_runs=5, noise_runs=9)
    with pool_of(study(SIMPLE, BARS, COSTS), 1) as pool:
        simulated(
            pool,
            ALL,
            SPECS,
            {"fast": 6.0},
            terms,
            lambda part, more: done.setdefault(part, []).append(more),
        )
    heard = {part: sum(each) for part, each in done.items()}
    assert heard == {"shuffle": 30_000, "bootstrap": 30_000, "jitter": 5, "noise": 9}
    assert len(done["bootstrap"]) > 1


def test_parts_may_be_left_out() -> None:
    found = run(Terms(runs=10, jitter_steps=0, noise=0.0))
    assert found.jitter is None and found.noise is None
    assert set(found.losses) == {"bootstrap"}


def test_no_noise_to_speak_of_changes_nothing_to_speak_of() -> None:
    found = run(Terms(runs=10, jitter_steps=0, noise=1e-9, noise_runs=4))
    assert found.noise is not None
    spread, actual = found.noise["return_pct"], found.actual["return_pct"]
    assert spread is not None and actual is not None
    assert spread.interval == pytest.approx((actual, actual), rel=1e-4)
