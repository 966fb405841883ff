"""A walk-forward as one JSON object: the joined tests' figures flat at the top, then the folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from processors.research.montecarlo.spread import spread_of
from processors.research.report.spread_json import spread_json
from processors.research.report.sweep_rows import plain_params
from processors.research.report.times import rfc3339
from processors.research.study import Study
from processors.research.sweeps.search import Search
from processors.research.validation.crossing import Crossed
from processors.research.validation.walkforward import Joined, Step


def walkforward_json(
    study: Study, search: Search, steps: Sequence[Step], joined: Joined, crossed: Crossed | None
) -> bytes:
    """In UTF-8 with a newline at its end; the same run gives the same bytes.

    The figures of the joined tests come first, then `efficiency`, `strategy`, `symbols`,
    `interval`, `method`, `by`, `folds`, an object a fold, and `cross_validation`, null where it
    was not asked for.
    """
    whole = {
        **joined.figures,
        "efficiency": joined.efficiency,
        "strategy": study.source_name,
        "symbols": list(study.symbols),
        "interval": study.interval,
        "method": search.method,
        "by": search.by,
        "where": list(map(str, search.space.conditions)),
        "folds": [_fold(step) for step in steps],
        "cross_validation": None if crossed is None else _crossed(crossed),
    }
    return orjson.dumps(whole, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)


def _fold(step: Step) -> Mapping[str, Any]:
    train, test = step.fold.train, step.fold.test
    bounds = np.array([train.begin_us, train.end_us, test.end_us])
    train_from, test_from, test_to = rfc3339(bounds)
    return {
        "train_from": train_from,
        "test_from": test_from,
        "test_to": test_to,
        "trials_tried": step.tried,
        "params": plain_params(step.chosen.params),
        "train": step.chosen.figures,
        "test": step.test,
    }


def _crossed(crossed: Crossed) -> Mapping[str, Any]:
    found = crossed.overfitting
    return {
        "groups": crossed.terms.groups,
        "tested": crossed.terms.tested,
        "splits": len(crossed.chosen),
        "paths": len(crossed.paths),
        "path_sharpe": spread_json(spread_of(crossed.paths)),
        "path_sharpes": crossed.paths,
        "overfitting_probability": None if found is None else found.probability,
        "loss_probability": None if found is None else found.loss,
    }
