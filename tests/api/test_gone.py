"""A report that is kept no longer: the answer holds what to send to have it made again."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from api.gone import gone
from api.openapi import openapi_document
from schemas.research_views import BacktestDetail, NewBacktest, NewScreen, ScreenDetail

ASKED: dict[str, Any] = {"source": "score(1.0)", "params": {"fast": 9.0}, "queue": "batch"}
BACKTEST = {"feed": "sample", "symbols": ["AAPL"], "from": "2003-01-01T00:00:00Z", "page": True}
SCREEN = {"universe": "liquid", "as_of": "2012-06-01T00:00:00Z", "top": 3}


@pytest.mark.parametrize(
    ("name", "body", "detail", "asked"),
    [
        ("backtests", NewBacktest, BacktestDetail, {**ASKED, **BACKTEST}),
        ("screens", NewScreen, ScreenDetail, {**ASKED, **SCREEN}),
    ],
)
def test_the_request_again_is_what_was_asked(
    name: str, body: type[BaseModel], detail: type[BaseModel], asked: dict[str, Any]
) -> None:
    read = {field.alias or key: None for key, field in detail.model_fields.items()}
    problem = gone({**read, **asked, "id": "r"}, body, f"/v1/{name}")
    assert (problem.status, problem.members) == (410, {"again": asked})
    body.model_validate(asked)
    report = openapi_document()["paths"][f"/v1/{name}/{{id}}/report"]["get"]
    assert "410" in report["responses"]
