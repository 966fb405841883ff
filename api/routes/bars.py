"""Bars and indicators of one series: the same question of two tables."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from api.answers import cursor_text, link_header, page_answer
from api.params import name_or_none, path_name, require_known, window_of
from api.problems import not_found
from api.reads.protocol import Key, Page, SeriesTable, Window
from api.services import services
from api.tables import JSON, negotiate, table_bytes
from schemas.series import Series

PARAMETERS = ("feed", "interval", "from", "to", "limit", "cursor")
DIRECTIONS: dict[str, tuple[type, ...]] = {"older": (int, str, str), "newer": (int, str, str)}
"""A cursor holds the time, and the feed and interval that were chosen for the first page."""


async def bars(request: Request) -> Response:
    return await _answer(request, "bars")


async def indicators(request: Request) -> Response:
    return await _answer(request, "indicators")


async def _answer(request: Request, table: SeriesTable) -> Response:
    require_known(request, PARAMETERS)
    media = negotiate(request.headers.get("accept", ""))
    window = window_of(request, DIRECTIONS, forward="from" in request.query_params)
    series = await _find(request, window)
    if media != JSON:
        return await _table_answer(request, media, table, series, window)
    page = await services(request).reads.series_page(table, series, window)
    page = Page(page.items, _key(page.next, series))
    members = {"feed": series.feed, "symbol": series.symbol, "interval": series.interval}
    answer = page_answer(request, table, page, _direction(window), members)
    answer.headers["Vary"] = "Accept"
    return answer


async def _find(request: Request, window: Window) -> Series:
    symbol = path_name(request, "symbol", "symbol")
    feed, interval = name_or_none(request, "feed"), name_or_none(request, "interval")
    if window.after is not None:
        _, chosen_feed, chosen_interval = window.after
        feed, interval = feed or str(chosen_feed), interval or str(chosen_interval)
    found = await services(request).reads.find_series(symbol, feed, interval)
    if found is None:
        words = ", ".join(
            f"{name} {value}"
            for name, value in (("symbol", symbol), ("feed", feed), ("interval", interval))
            if value is not None
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
