"""A sweep as one JSON object: the best trial's figures flat at the top, then the others."""

from __future__ import annotations

import numpy as np
import orjson

from processors.research.report.sweep_rows import plain_params
from processors.research.report.times import rfc3339
from processors.research.study import Study
from processors.research.sweeps.swept import Swept


def sweep_json(study: Study, swept: Swept, top: int) -> bytes:
    """In UTF-8 with a newline at its end; the same sweep gives the same bytes.

    The keys of a backtest's summary come first, those of the best trial; its deflated Sharpe
    ratio knows of all trials. Then `params`, `strategy`, `symbols`, `interval`, `from`, `to`,
    `method`, `seed` (null for a grid), `by`, `trials_tried`, `sharpe_variance` and `top`: an
    object a trial, the best first, `trial` its number.
    """
    first, last = rfc3339(np.array(swept.period))
    search = swept.search
    whole = {
        **swept.summary,
        "params": plain_params(swept.best.params),
        "strategy": study.source_name,
        "symbols": list(study.symbols),
        "interval": study.interval,
        "from": first,
        "to": last,
        "method": search.method,
        "seed": None if search.method == "grid" else search.seed,
        "by": search.by,
        "where": list(map(str, search.space.conditions)),
        "trials_tried": len(swept.trials),
        "sharpe_variance": swept.luck.sharpe_variance,
        "top": [
            {"trial": trial.number, "params": plain_params(trial.params), **trial.figures}
            for trial in swept.top(top)
        ],
    }
    return orjson.dumps(whole, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)
