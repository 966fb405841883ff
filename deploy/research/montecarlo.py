"""`peripheral montecarlo`: one backtest, and how else it might have gone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

import click

from deploy.errors import UserError
from deploy.params import parse_params
from deploy.progress import Bar
from deploy.research.asked import compiled_or_shown
from deploy.research.asked_study import AskedStudy, no_bars, study_of
from deploy.research.recorded import record
from deploy.research.sweep import sentence
from deploy.text_table import text_table
from processors.research.montecarlo.bootstrap import Method
from processors.research.montecarlo.simulated import Simulated, Terms, simulated
from processors.research.montecarlo.spread import Spread
from processors.research.report.figures import UNDEFINED, amount, figure, integer, title
from processors.research.study import Study
from processors.research.sweeps.pool import ProcessLostError
from processors.research.sweeps.search import processes_for
from processors.research.sweeps.swept import pool_of
from processors.research.sweeps.tape import Window
from processors.research.trials import Bars, all_params, bars_of
from sandbox.errors import ParamError

RUNS_MAX = 1_000_000
"""Of a part: figures are kept of each run, of a backtest in some 340 bytes."""
STEPS_MAX = 1_000
"""That params move: every value is listed before some are drawn."""
_SHOWN_EVERY_S = 0.1
_PARTS = {
    "shuffle": "trade by trade, in another order",
    "bootstrap": "other days",
    "jitter": "params beside",
    "noise": "noise on prices",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(AskedStudy):
    """The command's options, as they were given."""

    runs: int
    seed: int
    method: Method
    block: int | None
    jitter: int
    jitter_runs: int
    noise: float
    noise_runs: int
    as_json: bool


def run(asked: Asked) -> int:
    """0 when there is a result, 1 when the strategy has findings. Raises UserError."""
    compiled = compiled_or_shown(asked.file)
    if compiled is None:
        return 1
    terms = _terms(asked)
    market, study = study_of(asked, compiled, parse_params(asked.params))
    if not study.has_bars:
        raise UserError(no_bars(market))
    found, bars = _simulated(asked, study, terms)
    if asked.as_json:
        from processors.research.report.montecarlo_json import montecarlo_json

        click.echo(montecarlo_json(study, terms, found), nl=False)
    else:
        click.echo(_told(study, terms, found))
    # What is run beside it says how far luck goes; nobody chooses of it.
    runs = [(all_params(study), found.actual["sharpe"])]
    noted = record(asked, compiled.wasm, "montecarlo", [(bars, runs)])
    for line in (*market.notes, noted):
        click.echo(line, err=asked.as_json)
    return 0


def _terms(asked: Asked) -> Terms:
    for name in ("runs", "jitter_runs", "noise_runs"):
        if not 1 <= getattr(asked, name) <= RUNS_MAX:
            raise UserError(f"--{name.replace('_', '-')} is a number from 1 to {RUNS_MAX:,}.")
    if asked.seed < 0:
        raise UserError("--seed is a number from 0 on.")
    if not 0 <= asked.jitter <= STEPS_MAX:
        raise UserError(f"--jitter is a number from 0 to {STEPS_MAX:,}.")
    if not 0.0 <= asked.noise < math.inf:
        raise UserError("--noise is a number from 0 on: percent of the returns' deviation.")
    return Terms(
        runs=asked.runs,
        seed=asked.seed,
        method=asked.method,
        block=asked.block,
        jitter_steps=asked.jitter,
        jitter_runs=asked.jitter_runs,
        noise=asked.noise / 100.0,
        noise_runs=asked.noise_runs,
    )


def _simulated(asked: Asked, study: Study, terms: Terms) -> tuple[Simulated, Bars]:
    backtests = terms.noise_runs * bool(terms.noise) + terms.jitter_runs * bool(terms.jitter_steps)
    totals = {
        "shuffle": terms.runs,
        "bootstrap": terms.runs,
        "jitter": terms.jitter_runs,
        "noise": terms.noise_runs,
    }
    done, shown_s = Counter[str](), 0.0
    with Bar(asked.file.name, "runs") as bar:

        def heard(part: str, more: int) -> None:
            nonlocal shown_s
            done[part] += more
            if monotonic() - shown_s >= _SHOWN_EVERY_S:
                shown_s = monotonic()
                bar.update(_PARTS[part], done[part], totals[part])

        try:
            with pool_of(study, processes_for(sum(map(len, study.bars)), backtests)) as pool:
                specs, window = study.compiled.metadata.params, Window(study.begin_us)
                found = simulated(pool, window, specs, study.params, terms, heard)
                return found, bars_of(pool.runner.reckoning(window), study.symbols, study.interval)
        except ParamError as error:
            raise UserError(f"--param {error.param}: {error.reason}.") from None
        except ValueError as error:
            raise UserError(sentence(error)) from None
        except ProcessLostError as error:
            raise UserError(f"The runs came to no end: {error}.") from None


def _told(study: Study, terms: Terms, found: Simulated) -> str:
    heads = ["", "Runs", "2.5%", "Median", "97.5%", "As it was"]
    rows = []
    for part, words in _PARTS.items():
        spreads: Mapping[str, Spread | None] = getattr(found, part) or {}
        actual = found.traded if part == "shuffle" else found.actual
        for name, spread in spreads.items():
            rows.append(
                [
                    f"{title(name)}, {words}",
                    *_cells(name, spread),
                    figure(name, actual[name]),
                ]
            )
    losses = [
        f"With {_PARTS[part]} {amount(100.0 * share)}% of the runs lost."
        for part, share in found.losses.items()
    ]
    return "\n".join(
        [
            study.compiled.metadata.docstring.strip().partition("\n")[0],
            *("", text_table(heads, rows), ""),
            *losses,
            f"Seed {terms.seed}: the same again gives the same figures.",
        ]
    )


def _cells(name: str, spread: Spread | None) -> list[str]:
    if spread is None:
        return ["0", UNDEFINED, UNDEFINED, UNDEFINED]
    low, high = spread.interval
    return [integer(spread.count), *(figure(name, value) for value in (low, spread.median, high))]
