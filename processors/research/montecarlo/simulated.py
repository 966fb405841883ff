"""A backtest, and all that might have been instead of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from processors.research.montecarlo.bootstrap import Method, bootstrapped
from processors.research.montecarlo.jitter import beside
from processors.research.montecarlo.noise import Noisy
from processors.research.montecarlo.shuffle import (
    growths,
    order_drawdowns,
    shuffled_drawdowns,
)
from processors.research.montecarlo.spread import Spread, spread_of
from processors.research.statistics.summary import Figures
from processors.research.sweeps.account import Account
from processors.research.sweeps.pool import Pool
from processors.research.sweeps.tape import Window
from processors.research.sweeps.trial import trials
from schemas.columns import Floats
from schemas.events.strategies import ParamSpec

Heard = Callable[[str, int], object]
"""Takes a part, as Simulated names them, and how many of its runs were done more."""
NAMES = ("sharpe", "return_pct", "max_drawdown_pct")
"""The figures that are spread out."""
_NOISY_RUNS = 8


@dataclass(frozen=True, slots=True)
class Terms:
    """runs, seed: of each part. method, block: of the bootstrap; block None for the cube root of
    the periods. jitter_steps: how far params move; 0 for not at all. jitter_runs, noise_runs: how
    many backtests at most. noise: of the returns' standard deviation; 0.0 for none."""

    runs: int = 1_000
    seed: int = 0
    method: Method = "stationary"
    block: int | None = None
    jitter_steps: int = 2
    jitter_runs: int = 200
    noise: float = 0.1
    noise_runs: int = 200


@dataclass(frozen=True, slots=True)
class Simulated:
    """actual: NAMES and trades of the backtest itself. Each part: NAMES to how they are spread out,
    None where no run told one. shuffle: of the drawdown after each closed trade alone, and traded:
    that of the order as it was, None where the account was lost. jitter: None where no param could
    move. losses: the share of runs whose return is below 0, by part."""

    actual: Figures
    traded: Figures
    shuffle: Mapping[str, Spread | None]
    bootstrap: Mapping[str, Spread | None]
    jitter: Mapping[str, Spread | None] | None
    noise: Mapping[str, Spread | None] | None
    losses: Mapping[str, float]


def simulated(
    pool: Pool,
    window: Window,
    specs: Sequence[ParamSpec],
    params: Mapping[str, float],
    terms: Terms,
    heard: Heard = lambda _part, _more: None,
) -> Simulated:
    """Raises ParamError, and ValueError where the window has no bar, or the terms don't fit."""
    reckoning = pool.runner.reckoning(window)
    (account,) = pool.runner.accounts(reckoning, [params])
    traded, drawdowns = _shuffled(account, reckoning.cash, terms, partial(heard, "shuffle"))
    drawn = bootstrapped(
        np.nan_to_num(reckoning.returns(account), nan=0.0),
        reckoning.periods.per_year,
        terms.runs,
        terms.seed,
        method=terms.method,
        block=terms.block,
        heard=partial(heard, "bootstrap"),
    )
    jitter = _jittered(pool, window, specs, params, terms, heard) if terms.jitter_steps else None
    noise = _noised(pool, window, params, terms, heard) if terms.noise else None
    returns = {"bootstrap": drawn.total_return}
    returns |= {"jitter": _column(jitter, "return_pct")} if jitter else {}
    returns |= {"noise": _column(noise, "return_pct")} if noise else {}
    return Simulated(
        actual=reckoning.figures(account, (*NAMES, "trades")),
        traded={"max_drawdown_pct": traded},
        shuffle={"max_drawdown_pct": spread_of(100.0 * drawdowns)},
        bootstrap={
            "sharpe": spread_of(drawn.sharpe),
            "return_pct": spread_of(100.0 * drawn.total_return),
            "max_drawdown_pct": spread_of(100.0 * drawn.max_drawdown),
        },
        jitter=_spreads(jitter) if jitter else None,
        noise=_spreads(noise) if noise else None,
        losses={part: float(np.mean(values < 0.0)) for part, values in returns.items()},
    )


def _shuffled(
    account: Account, cash: float, terms: Terms, heard: Callable[[int], object]
) -> tuple[float | None, Floats]:
    """In percent the deepest drawdown after each trade as it was, and as a fraction in other
    orders."""
    trades = account.trades
    try:
        each = growths(trades.pnl[trades.closed], cash)
    except ValueError:
        return None, np.zeros(0)
    as_it_was = float(order_drawdowns(each[None, :])[0])
    return 100.0 * as_it_was, shuffled_drawdowns(each, terms.runs, terms.seed, heard)


def _jittered(
    pool: Pool,
    window: Window,
    specs: Sequence[ParamSpec],
    params: Mapping[str, float],
    terms: Terms,
    heard: Heard,
) -> list[Figures]:
    """Of params beside the chosen; none where no param has room."""
    others = beside(
        specs, params, steps=terms.jitter_steps, count=terms.jitter_runs, seed=terms.seed
    )[1:]
    found: dict[int, Figures] = {}
    for trial in trials(pool, window, others, NAMES):
        found[trial.number] = trial.figures
        heard("jitter", 1)
    return [found[number] for number in sorted(found)]


def _noised(
    pool: Pool,
    window: Window,
    params: Mapping[str, float],
    terms: Terms,
    heard: Heard,
) -> list[Figures]:
    numbers = range(terms.noise_runs)
    tasks = [
        Noisy(window, params, NAMES, terms.noise, terms.seed, numbers[start : start + _NOISY_RUNS])
        for start in numbers[::_NOISY_RUNS]
    ]
    found: dict[int, Figures] = {}
    for _, done in pool.each(tasks):
        found |= done
        heard("noise", len(done))
    return [found[number] for number in sorted(found)]


def _spreads(found: Sequence[Figures]) -> dict[str, Spread | None]:
    return {name: spread_of(_column(found, name)) for name in NAMES}


def _column(found: Sequence[Figures], name: str) -> Floats:
    values = (figures[name] for figures in found)
    return np.array([np.nan if value is None else value for value in values], np.float64)
