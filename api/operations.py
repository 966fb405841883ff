"""Every operation of the HTTP API, as data: what it takes, what it answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from api.params import LIMIT_DEFAULT, LIMIT_MAX
from api.routes import (
    bars,
    conversations,
    deployments,
    reference,
    research,
    series,
    signals,
    standing,
    stream,
    trials,
    universes,
)
from api.routes import strategies as strategy_routes
from api.routes.backtests import BACKTESTS
from api.routes.research import Requests
from api.routes.screens import SCREENS
from api.stream.filters import EVENT_NAMES
from api.tables import JSON
from schemas import research_views, standing_views, status_views, universe_views, views
from schemas.series import ROLLUPS

READ = (400, 503)
WRITE = (400, 413, 415, 422, 503)


@dataclass(frozen=True, slots=True)
class Operation:
    """answers: view by status, None for other content. problems: statuses of errors."""

    method: str
    path: str
    name: str
    summary: str
    answers: dict[int, type[BaseModel] | None]
    problems: tuple[int, ...] = ()
    parameters: tuple[str, ...] = ()
    body: type[BaseModel] | None = None
    description: str = ""
    as_tables: bool = False
    streams: bool = False
    media_type: str = JSON

    @property
    def path_names(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)


def _text(words: str, **schema: Any) -> tuple[str, dict[str, Any]]:
    return words, {"type": "string", **schema}


def _list(words: str, **schema: Any) -> tuple[str, dict[str, Any]]:
    note = "; may be repeated, or hold several between commas"
    return words + note, {"type": "array", "items": {"type": "string", **schema}}


PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "types": _list("Events by name", enum=list(EVENT_NAMES)),
    "symbol": _list("Symbols; reads take one"),
    "feed": _list("Feeds; of reads, one: of bars, that of the newest when left out"),
    "strategy": _list("Ids of strategies; of reads, one"),
    "conversation": _list("Ids of conversations"),
    "request": _list("Ids of requests for research, such as a backtest's"),
    "screen": _list("Ids of standing screens"),
    "form": _text("Of the report", enum=["json", "html"], default="json"),
    "interval": _text("Length of the bars, such as 1d; that of the newest bar when left out"),
    "rollup": _text("Rolled up to bars of this length", enum=list(ROLLUPS)),
    "deployment": _text("A deployment's id"),
    "from": _text("From this time on, inclusive; of the stream, `earliest` replays the log"),
    "to": _text("Up to this time, exclusive"),
    "cursor": _text("`next` of the page before"),
    "last_event_id": _text("As the header Last-Event-ID, for clients that can't set it"),
    "as_of": _text("As it was known at this time; of a series, also at its bar of this offset"),
    "limit": (
        "Items of a page",
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT},
    ),
}
"""Query parameters by name: what they mean, and their schema."""

SERIES_PAGES = (
    "Oldest first within a page. With `from`, pages go forward from there; without, the first "
    "page is the newest and pages go back. When the symbol has several feeds or intervals and "
    "none is given, the one with the newest bar is taken, and named in the answer."
)
ROLLUP_WORDS = (
    "With `rollup` the bars of a series that are shorter are rolled up: buckets begin at whole "
    "multiples of their length in UTC, weeks on Monday, and the last one is of the bars so far. "
    "Volumes are added in the order of time."
)
COMPILED_WORDS = (
    "Registering is the check, and there is none apart, since only the log leads from the API to "
    "the compiler: what is no strategy is answered by 422 with all its diagnostics, and makes no "
    "version."
)
STREAM_WORDS = (
    "Server-sent events: `event` is the event's name, `data` its JSON as on the log, `id` what "
    "to resume with. A filter passes what is in all that are given. Starts now, behind "
    "Last-Event-ID, or at the log's beginning with `from=earliest`. Events of one partition "
    "come in order, each once; partitions have no common order. A comment every 15 s."
)

BACKTEST_WORDS = (
    "The request is an event; so is what becomes of it, and all of it comes on the stream, under "
    "`request`. A backtest that fails in time is answered by 201 too, with its reason: the "
    "request is there. Reports larger than 32 KiB are in the database alone, and so are pages."
)
SCREEN_WORDS = (
    "The request is an event, as a backtest's is, with the same queues, results and stream. A "
    "universe is taken as it was then, and no bar is seen that closed later. `summary` has "
    "symbols, matched and stale; the matches are the `result` of GET /v1/screens/{id}."
)
STANDING_WORDS = (
    "A close is complete when every member has its bar, when its trading calendar has no session "
    "there, or when the grace has passed in the bars' own time. What is picked is the screen as of "
    "that close; each comes on the stream too, as ScreenClosed under `screen`."
)
UNIVERSE_WORDS = (
    "A list of symbols, or a rule that picks them by price, dollar volume, volatility, age and "
    "sector as they were known at a time: bars count from their close on, so who was delisted "
    "later is a member before. Earlier definitions keep holding for the time before `effective`."
)


def _requests(
    kind: Requests,
    page: type[BaseModel],
    detail: type[BaseModel],
    placed: type[BaseModel],
    *,
    run: str,
    one: str,
    report: str,
    description: str,
) -> tuple[Operation, ...]:
    """The operations of a kind of requests for research; run, one, report: summaries."""
    path, noun = f"/v1/{kind.name}", kind.kind
    return (
        Operation(
            "get", path, kind.name, f"All {kind.name}, newest first", {200: page},
            READ, research.PARAMETERS,
        ),
        Operation(
            "post", path, f"run{noun.title()}", run, {201: placed, 202: placed}, (409, *WRITE),
            body=kind.body, description=description,
        ),
        Operation("get", path + "/{id}", noun, one, {200: detail}, (404, *READ)),
        Operation(
            "delete", path + "/{id}", f"cancel{noun.title()}",
            f"End a {noun} before it has a result", {200: placed, 202: placed}, (404, 409, *READ),
        ),
        Operation(
            "get", path + "/{id}/report", f"{noun}Report", report,
            {200: None}, (404, 409, 410, *READ), kind.report_parameters,
        ),
    )  # fmt: skip


OPERATIONS = (
    Operation(
        "get", "/v1/bars/{symbol}", "bars", "Bars of a series", {200: views.BarsPage},
        (404, 406, *READ), bars.BAR_PARAMETERS, description=f"{SERIES_PAGES} {ROLLUP_WORDS}",
        as_tables=True,
    ),
    Operation(
        "get", "/v1/indicators/{symbol}", "indicators", "The indicator panel of a series",
        {200: views.IndicatorsPage}, (404, 406, *READ), bars.PARAMETERS,
        description=SERIES_PAGES, as_tables=True,
    ),
    Operation(
        "get", "/v1/actions", "actions", "Splits and dividends", {200: views.ActionsPage},
        (406, *READ), reference.ACTION_PARAMETERS, as_tables=True,
        description="By symbol, feed and day; `from` and `to` are of the day. What was taken "
        "back is a ratio of 1 or an amount of 0.",
    ),
    Operation(
        "get", "/v1/instruments", "instruments", "Instruments, as last listed",
        {200: views.InstrumentsPage}, (406, *READ), reference.INSTRUMENT_PARAMETERS,
        as_tables=True,
    ),
    Operation(
        "get", "/v1/universes", "universes", "All definitions of universes, by name and time",
        {200: universe_views.UniversesPage}, READ, universes.PARAMETERS,
    ),
    Operation(
        "post", "/v1/universes", "defineUniverse", "Say what a universe is from a time on",
        {201: universe_views.UniversePlaced, 202: universe_views.UniversePlaced}, WRITE,
        body=universe_views.NewUniverse, description=UNIVERSE_WORDS,
    ),
    Operation(
        "get", "/v1/universes/{name}", "universe", "A universe as of a time, with its members",
        {200: universe_views.UniverseMembers}, (404, 409, *READ), universes.MEMBER_PARAMETERS,
    ),
    Operation(
        "get", "/v1/signals", "signals", "Signals and orders, newest first",
        {200: views.SignalsPage}, READ, signals.PARAMETERS,
    ),
    Operation(
        "get", "/v1/alerts", "alerts", "Alerts, newest first", {200: views.AlertsPage},
        READ, signals.PARAMETERS,
    ),
    Operation(
        "get", "/v1/series", "series", "What series there are, with their newest bars",
        {200: views.SeriesPage},
        READ, series.PARAMETERS,
    ),
    Operation(
        "get", "/v1/strategies", "strategies", "All strategies", {200: views.StrategiesPage},
        READ, strategy_routes.PARAMETERS,
    ),
    Operation(
        "post", "/v1/strategies", "createStrategy", "Write a strategy; it is compiled",
        {201: views.VersionMade, 202: views.EditPlaced}, (409, *WRITE), body=views.NewStrategy,
        description=COMPILED_WORDS,
    ),
    Operation(
        "get", "/v1/strategies/{id}", "strategy", "A strategy as last edited",
        {200: views.StrategyView}, (404, *READ),
    ),
    Operation(
        "put", "/v1/strategies/{id}", "changeStrategy",
        "Change a strategy; versions that run keep running",
        {200: views.VersionMade, 202: views.EditPlaced}, (404, *WRITE), body=views.StrategyChange,
    ),
    Operation(
        "delete", "/v1/strategies/{id}", "deleteStrategy", "Delete a strategy that isn't deployed",
        {200: views.EditPlaced, 202: views.EditPlaced}, (404, 409, *READ),
    ),
    Operation(
        "get", "/v1/strategies/{id}/versions", "versions", "Versions of a strategy, newest first",
        {200: views.VersionsPage}, (404, *READ), strategy_routes.PARAMETERS,
    ),
    Operation(
        "get", "/v1/deployments", "deployments", "All deployments", {200: views.DeploymentsPage},
        READ, deployments.PARAMETERS,
    ),
    Operation(
        "post", "/v1/deployments", "deploy", "Run a version live",
        {201: views.DeploymentPlaced, 202: views.DeploymentPlaced}, (409, *WRITE),
        body=views.NewDeployment,
    ),
    Operation(
        "get", "/v1/deployments/{id}", "deployment", "A deployment", {200: views.DeploymentView},
        (404, *READ),
    ),
    Operation(
        "delete", "/v1/deployments/{id}", "undeploy", "End a deployment",
        {200: views.DeploymentPlaced, 202: views.DeploymentPlaced}, (404, *READ),
    ),
    Operation(
        "get", "/v1/deployments/{id}/traps", "traps",
        "Bars on which a deployment could not be evaluated, newest first",
        {200: views.TrapsPage}, (404, *READ), deployments.TRAP_PARAMETERS,
    ),
    *_requests(
        BACKTESTS, research_views.BacktestsPage, research_views.BacktestDetail,
        research_views.BacktestPlaced, run="Run a strategy over history",
        one="A backtest, and how far it is",
        report="The whole report of a backtest: statistics, trades, the account at each bar",
        description=BACKTEST_WORDS,
    ),
    Operation(
        "get", "/v1/trials", "trials", "How much was tried of a strategy",
        {200: research_views.TrialsView}, READ, trials.PARAMETERS,
    ),
    Operation(
        "post", "/v1/trials", "recordTrials", "Put runs of a strategy on the log, to be counted",
        {201: research_views.TrialsPlaced}, WRITE, body=research_views.NewTrials,
    ),
    *_requests(
        SCREENS, research_views.ScreensPage, research_views.ScreenDetail,
        research_views.ScreenPlaced, run="Say which symbols a strategy picks as of a time",
        one="A screen, and its result", report="The whole result of a screen, however large",
        description=SCREEN_WORDS,
    ),
    Operation(
        "get", "/v1/screens/standing", "standing", "All standing screens, by id",
        {200: standing_views.StandingPage}, READ, standing.PARAMETERS,
    ),
    Operation(
        "post", "/v1/screens/standing", "registerScreen", "Run a version on each close",
        {201: standing_views.StandingPlaced, 202: standing_views.StandingPlaced}, (409, *WRITE),
        body=standing_views.NewStanding, description=STANDING_WORDS,
    ),
    Operation(
        "get", "/v1/screens/standing/{id}", "standingScreen", "A standing screen",
        {200: standing_views.StandingView}, (404, *READ),
    ),
    Operation(
        "delete", "/v1/screens/standing/{id}", "endScreen", "End a standing screen",
        {200: standing_views.StandingPlaced, 202: standing_views.StandingPlaced},
        (404, 409, *READ),
    ),
    Operation(
        "get", "/v1/screens/standing/{id}/closes", "screenCloses",
        "What a standing screen picked at each close, who entered and who left, newest first",
        {200: standing_views.ClosesPage}, (404, *READ), standing.CLOSE_PARAMETERS,
    ),
    Operation(
        "get", "/v1/conversations/{id}", "conversation", "Turns of a conversation and replies",
        {200: views.ConversationPage}, (404, *READ), conversations.PARAMETERS,
    ),
    Operation(
        "post", "/v1/conversations/{id}/turns", "postTurn",
        "Say something to the assistant; the reply comes on the stream",
        {202: views.TurnPlaced}, (404, *WRITE), body=views.NewTurn,
    ),
    Operation(
        "get", "/v1/stream", "stream", "The live stream of events", {200: None}, READ,
        stream.PARAMETERS, description=STREAM_WORDS, streams=True,
    ),
    Operation(
        "get", "/v1/status", "status", "Counts and lag", {200: status_views.StatusView}, (400,)
    ),
    Operation("get", "/healthz", "healthy", "The process is up", {200: None}, (400,)),
    Operation("get", "/readyz", "ready", "Broker, database and log are there", {200: None}, READ),
    Operation("get", "/", "index", "Where things are", {200: None}),
    Operation("get", "/openapi.json", "openapi", "This document", {200: None}),
    Operation("get", "/asyncapi.json", "asyncapi", "The log as AsyncAPI 3", {200: None}),
    Operation(
        "get", "/schemas/{name}.json", "schema", "JSON Schema of an event, such as BarClosed.v1",
        {200: None}, (400, 404), media_type="application/schema+json",
    ),
    Operation("get", "/docs", "docs", "A page to read this", {200: None}, media_type="text/html"),
)  # fmt: skip
