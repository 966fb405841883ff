"""Bars, as they came or rolled up, and indicators of one series: the same question of any table."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from api.answers import cursor_text, link_header, page_answer
from api.params import name_or_none, path_name, require_known, window_of
from api.problems import not_found, parameter_problem
from api.reads.protocol import ROLLUP_TABLES, Key, Page, SeriesTable, Window
from api.routes.as_of import AS_OF, cuts_of
from api.services import services
from api.tables import JSON, negotiate, table_bytes
from schemas.series import Series

PARAMETERS = ("feed", "interval", "from", "to", "limit", "cursor", AS_OF)
BAR_PARAMETERS = (*PARAMETERS, "rollup")
DIRECTIONS: dict[str, tuple[type, ...]] = {"older": (int, str, str), "newer": (int, str, str)}
"""A cursor holds the time, and the feed and interval that were chosen for the first page."""


async def bars(request: Request) -> Response:
    require_known(request, BAR_PARAMETERS)
    rollup = request.query_params.get("rollup")
    if rollup is None:
        return await _answer(request, "bars")
    if rollup not in ROLLUP_TABLES:
        raise parameter_problem("rollup", f"write one of {', '.join(ROLLUP_TABLES)}")
    if AS_OF in request.query_params:
        raise parameter_problem(
            AS_OF, "rolled up bars are of all that is known: leave out one of as_of and rollup"
        )
    return await _answer(request, ROLLUP_TABLES[rollup], rollup)


async def indicators(request: Request) -> Response:
    require_known(request, PARAMETERS)
    return await _answer(request, "indicators")


async def _answer(request: Request, table: SeriesTable, rollup: str | None = None) -> Response:
    media = negotiate(request.headers.get("accept", ""))
    window = window_of(request, DIRECTIONS, forward="from" in request.query_params)
    series = await _find(request, window, rollup)
    window = replace(window, cuts=await cuts_of(request, series))
    if media != JSON:
        return await _table_answer(request, media, table, series, window)
    page = await services(request).reads.series_page(table, series, window)
    page = Page(page.items, _key(page.next, series))
    members = {"feed": series.feed, "symbol": series.symbol, "interval": series.interval}
    if rollup is not None:
        members["rollup"] = rollup
    name = "bars" if rollup is not None else table
    answer = page_answer(request, name, page, _direction(window), members)
    answer.headers["Vary"] = "Accept"
    return answer


async def _find(request: Request, window: Window, rollup: str | None) -> Series:
    symbol = path_name(request, "symbol", "symbol")
    feed, interval = name_or_none(request, "feed"), name_or_none(request, "interval")
    if window.after is not None:
        _, chosen_feed, chosen_interval = window.after
        feed, interval = feed or str(chosen_feed), interval or str(chosen_interval)
    reads = services(request).reads
    found = await reads.find_series(symbol, feed, interval, rollup)
    if found is None:
        words = ", ".join(
            f"{name} {value}"
            for name, value in (("symbol", symbol), ("feed", feed), ("interval", interval))
            if value is not None
        )
        longer = rollup and await reads.find_series(symbol, feed, interval)
        if longer:
            raise parameter_problem(
                "rollup",
                f"of {words} there are bars of {longer.interval} and none that are shorter than "
                f"{rollup}: choose a longer rollup, or leave it out",
            )
        raise not_found(f"there are no bars of {words}; /v1/series lists what there is")
    return found


async def _table_answer(
    request: Request, media: str, table: SeriesTable, series: Series, window: Window
) -> Response:
    rows = await services(request).reads.series_rows(table, series, window)
    body = await asyncio.to_thread(table_bytes, media, table, series, rows.rows)
    headers = link_header(request, cursor_text(_direction(window), _key(rows.next, series)))
    return Response(body, 200, {**headers, "Vary": "Accept"}, media)


def _direction(window: Window) -> str:
    return "newer" if window.forward else "older"


def _key(key: Key | None, series: Series) -> Key | None:
    return None if key is None else (*key, series.feed, series.interval)
