"""A Monte Carlo run as one JSON object: the backtest, then how each part is spread out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson

from processors.research.montecarlo.simulated import Simulated, Terms
from processors.research.montecarlo.spread import Spread
from processors.research.report.spread_json import spread_json
from processors.research.report.sweep_rows import plain_params
from processors.research.study import Study


def montecarlo_json(study: Study, terms: Terms, found: Simulated) -> bytes:
    """In UTF-8 with a newline at its end; the same run gives the same bytes.

    `actual`, and `traded`, its drawdown after each closed trade, then `shuffle`, `bootstrap`,
    `jitter` and `noise`: figures by name to `count`, `mean`, `deviation` and quantiles, null where
    the part was not run; `loss_probability` by part; `params`, `strategy`, `symbols`, `interval`
    and `terms`.
    """
    whole = {
        "actual": found.actual,
        "traded": found.traded,
        "shuffle": _part(found.shuffle),
        "bootstrap": _part(found.bootstrap),
        "jitter": _part(found.jitter),
        "noise": _part(found.noise),
        "loss_probability": dict(found.losses),
        "params": plain_params(_params(study)),
        "strategy": study.source_name,
        "symbols": list(study.symbols),
        "interval": study.interval,
        "terms": asdict(terms),
    }
    return orjson.dumps(whole, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)


def _part(spreads: Mapping[str, Spread | None] | None) -> dict[str, Any] | None:
    if spreads is None:
        return None
    return {name: spread_json(spread) for name, spread in spreads.items()}


def _params(study: Study) -> dict[str, float]:
    """All of the strategy's, those too that were left at their defaults."""
    specs = study.compiled.metadata.params
    return {spec.name: study.params.get(spec.name, spec.default) for spec in specs}
