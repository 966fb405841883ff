"""Trials: what was tried of a strategy, put on the log, and counted by the view."""

from __future__ import annotations

import uuid
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response

from api.answers import json_answer
from api.bodies import read_body, validated
from api.params import microseconds, name_or_none, require_known, time_or_none
from api.problems import parameter_problem
from api.services import services
from schemas.events.trials import TrialsMade
from schemas.research_views import NewTrials, TrialsPlaced, TrialsView
from streams.catalog import RESEARCH_TRIALS

PARAMETERS = ("strategy", "from")


async def trials(request: Request) -> Response:
    require_known(request, PARAMETERS)
    strategy_id = name_or_none(request, "strategy")
    if strategy_id is None:
        raise parameter_problem("strategy", "say whose trials: a strategy's id, or its file's name")
    since = time_or_none(request, "from")
    found = await services(request).reads.trials(strategy_id, since)
    return json_answer(TrialsView(strategy_id=strategy_id, **asdict(found)))


async def create(request: Request) -> Response:
    require_known(request, ())
    body = await read_body(request, NewTrials)
    given = body.model_dump(exclude={"from_", "to"})
    period = {"begin_ts": microseconds(body.from_), "end_ts": microseconds(body.to)}
    made = validated(given | period, TrialsMade)
    place = await services(request).writer.publish(
        RESEARCH_TRIALS, made, made.strategy_id, uuid.uuid4().hex
    )
    placed = TrialsPlaced(
        strategy_id=made.strategy_id,
        topic=place.topic,
        partition=place.partition,
        offset=place.offset,
    )
    return json_answer(placed, 201, {"Location": f"/v1/trials?strategy={made.strategy_id}"})
