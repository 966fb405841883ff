"""Backtests: requests for research over history."""

from __future__ import annotations

from typing import Any

from api.bodies import validated
from api.params import microseconds
from api.routes.research import JSON_FORM, Requests
from schemas.events.research import RunBacktest
from schemas.research_views import NewBacktest, NewRequest


def _run(body: NewBacktest, given: dict[str, Any]) -> RunBacktest:
    more = body.model_dump(exclude={*NewRequest.model_fields, "from_", "to"})
    for name, moment in (("begin_ts", body.from_), ("end_ts", body.to)):
        if moment is not None:
            more[name] = microseconds(moment)
    return validated(given | more, RunBacktest)


BACKTESTS = Requests(
    kind="backtest",
    name="backtests",
    body=NewBacktest,
    run=_run,
    forms={**JSON_FORM, "html": "text/html; charset=utf-8"},
)
