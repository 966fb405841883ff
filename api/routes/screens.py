"""Screens: requests for research on which symbols a strategy picks."""

from __future__ import annotations

from typing import Any

from api.bodies import validated
from api.params import microseconds
from api.routes.research import JSON_FORM, Requests
from schemas.events.screens import RunScreen
from schemas.research_views import NewRequest, NewScreen

FEED_DEFAULT, INTERVAL_DEFAULT = "sample", "1d"


def _run(body: NewScreen, given: dict[str, Any]) -> RunScreen:
    more = body.model_dump(exclude={*NewRequest.model_fields, "as_of"}, exclude_none=True)
    if body.symbols is not None:
        more = {"feed": FEED_DEFAULT, "interval": INTERVAL_DEFAULT, **more}
    if body.as_of is not None:
        more["as_of_ts"] = microseconds(body.as_of)
    return validated(given | more, RunScreen)


SCREENS = Requests(kind="screen", name="screens", body=NewScreen, run=_run, forms=JSON_FORM)
