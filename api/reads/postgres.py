"""The view in PostgreSQL, read through a pool of connections."""

from __future__ import annotations

import json
import logging
from datetime import date, datetime, timedelta
from typing import Any

from psycopg import AsyncConnection, InterfaceError, OperationalError
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import QueryCanceled, UndefinedTable
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from api.reads import queries
from api.reads.protocol import (
    EPOCH,
    FIRST_DAY,
    REFERENCE_COLUMNS,
    Depth,
    InstrumentFilter,
    Key,
    NextOffset,
    Page,
    ReferenceTable,
    Rows,
    SeriesTable,
    SignalFilter,
    StoredReport,
    TrialCounts,
    ViewUnavailableError,
    Window,
    reference_key,
)
from schemas.events.requests import Kind
from schemas.events.research import QUEUES
from schemas.events.universes import UniverseDefined
from schemas.series import SECOND_US, Series, interval_us
from streams import universe_rows
from streams.action_rows import SINCE
from streams.producer import partition_of
from streams.settings import DATABASE_KEEPALIVES, Settings
from streams.universes import Candidate, Listings

WAIT_S = 2.0
"""How long a request waits for a connection before it is told that the database is away."""
RECONNECT_LIMIT_S = 3.0
"""A dead pool starts connecting anew with the next request, not after a long back-off."""
STATEMENT_LIMIT_MS = 10_000

log = logging.getLogger(__name__)


class PostgresReads:
    """`Reads` on PostgreSQL. Statements are prepared at their first use."""

    def __init__(self, settings: Settings) -> None:
        own = conninfo_to_dict(settings.database_url).get("options") or ""
        self._pool: AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]] = AsyncConnectionPool(
            settings.database_url,
            min_size=1,
            max_size=settings.database.pool_size_max,
            open=False,
            timeout=WAIT_S,
            reconnect_timeout=RECONNECT_LIMIT_S,
            kwargs={
                "autocommit": True,
                "prepare_threshold": 0,
                "connect_timeout": 3,
                "options": f"{own} -c timezone=UTC -c statement_timeout={STATEMENT_LIMIT_MS}",
                "application_name": "peripheral-api",
                **DATABASE_KEEPALIVES,
            },
        )

    async def open(self) -> None:
        await self._pool.open(wait=False)

    async def close(self) -> None:
        await self._pool.close(timeout=1)

    async def _fetch(self, query: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        try:
            return await self._execute(query, params)
        except QueryCanceled as error:
            raise ViewUnavailableError("the database took too long") from error
        except UndefinedTable as error:
            raise ViewUnavailableError(
                "the database has no tables yet; `peripheral migrate` makes them"
            ) from error
        except PoolTimeout as error:
            raise ViewUnavailableError("the database can't be reached") from error
        except OperationalError:
            # The database may have been restarted under the pool's idle connections.
            try:
                await self._pool.check()
                return await self._execute(query, params)
            except (PoolTimeout, OperationalError, InterfaceError) as error:
                raise ViewUnavailableError("the database can't be reached") from error

    async def _execute(self, query: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as connection:
            cursor = connection.cursor(binary=True)
            await cursor.execute(query.encode(), params)
            return await cursor.fetchall()

    async def _page(self, query: str, window: Window, **params: Any) -> Page:
        ((items, key),) = await self._fetch(query, {**_params(window), **params})
        return Page(bytes(items), None if key is None else tuple(json.loads(key)))

    async def find_series(
        self,
        symbol: str,
        feed: str | None,
        interval: str | None,
        shorter_than: str | None = None,
    ) -> Series | None:
        query = queries.find_series(
            feed=feed is not None, interval=interval is not None, shorter=shorter_than is not None
        )
        params: dict[str, Any] = {"symbol": symbol, "feed": feed, "interval": interval}
        if shorter_than is not None:
            params["shorter_than_s"] = interval_us(shorter_than) // SECOND_US
        rows = await self._fetch(query, params)
        return Series(*rows[0]) if rows else None

    async def series_page(self, table: SeriesTable, series: Series, window: Window) -> Page:
        query = queries.series_page(table, window)
        return await self._page(query, window, **_series_params(series, window))

    async def series_rows(self, table: SeriesTable, series: Series, window: Window) -> Rows:
        query = queries.series_rows(table, window)
        rows = await self._fetch(query, {**_params(window), **_series_params(series, window)})
        key: Key | None = None
        if len(rows) > window.limit:
            rows.pop()
            key = ((rows[-1][0] - EPOCH) // timedelta(microseconds=1),)
        return Rows(rows if window.forward else rows[::-1], key)

    async def reference_page(
        self, table: ReferenceTable, wanted: InstrumentFilter, window: Window
    ) -> Page:
        query = queries.reference_page(table, wanted, window)
        return await self._page(query, window, **_reference_params(wanted, window))

    async def reference_rows(
        self, table: ReferenceTable, wanted: InstrumentFilter, window: Window
    ) -> Rows:
        query = queries.reference_rows(table, wanted, window)
        params = {**_params(window), **_reference_params(wanted, window)}
        rows = await self._fetch(query, params)
        if len(rows) <= window.limit:
            return Rows(rows, None)
        rows.pop()
        last = dict(zip(REFERENCE_COLUMNS[table], rows[-1], strict=True))
        return Rows(rows, reference_key(table, last))

    async def universes(self, window: Window) -> Page:
        return await self._page(queries.universes(window), window)

    async def universe_definitions(self, universe: str) -> list[UniverseDefined]:
        rows = await self._fetch(universe_rows.DEFINITIONS, {"universe": universe})
        return universe_rows.definitions_of(rows)

    async def universe_candidates(
        self, definition: UniverseDefined, at_us: int
    ) -> tuple[list[Candidate], Listings]:
        params = universe_rows.candidate_params(definition, at_us)
        listings = universe_rows.listings_of(await self._fetch(universe_rows.LISTINGS, params))
        if definition.rule is None:
            return [], listings
        rows = await self._fetch(universe_rows.CANDIDATES, params)
        acted = await self._fetch(SINCE, universe_rows.action_params(definition, rows))
        return universe_rows.candidates_of(rows, acted), listings

    async def last_open(self, feed: str, interval: str) -> int | None:
        params = {"feed": feed, "interval": interval}
        ((last_us,),) = await self._fetch(universe_rows.LAST_OPEN, params)
        return None if last_us is None else int(last_us)

    async def series(self, window: Window) -> Page:
        return await self._page(queries.all_series(window), window)

    async def signals(self, wanted: SignalFilter, window: Window) -> Page:
        return await self._events(queries.signals(wanted, window), wanted, window)

    async def alerts(self, wanted: SignalFilter, window: Window) -> Page:
        return await self._events(queries.alerts(wanted, window), wanted, window)

    async def traps(self, wanted: SignalFilter, window: Window) -> Page:
        return await self._events(queries.traps(wanted, window), wanted, window)

    async def _events(self, query: str, wanted: SignalFilter, window: Window) -> Page:
        return await self._page(
            query,
            window,
            symbol=wanted.symbol,
            feed=wanted.feed,
            interval=wanted.interval,
            strategy_id=wanted.strategy_id,
            deployment_id=wanted.deployment_id,
        )

    async def strategies(self, window: Window, strategy_id: str | None = None) -> Page:
        query = queries.strategies(window, strategy_id)
        return await self._page(query, window, strategy_id=strategy_id)

    async def versions(self, strategy_id: str, window: Window) -> Page:
        return await self._page(queries.versions(window), window, strategy_id=strategy_id)

    async def deployments(
        self, window: Window, strategy_id: str | None = None, deployment_id: str | None = None
    ) -> Page:
        query = queries.deployments(window, strategy_id, deployment_id)
        return await self._page(query, window, strategy_id=strategy_id, deployment_id=deployment_id)

    async def turns(self, conversation_id: str, window: Window) -> Page:
        query = queries.turns(window)
        return await self._page(query, window, conversation_id=conversation_id)

    async def requests(self, kind: Kind, window: Window, strategy_id: str | None = None) -> Page:
        query = queries.requests(kind, window, strategy_id)
        return await self._page(query, window, kind=kind, strategy_id=strategy_id)

    async def request(self, kind: Kind, request_id: str) -> Page:
        query = queries.REQUEST[kind]
        return await self._page(query, Window(limit=1), kind=kind, request_id=request_id)

    async def has_request(self, request_id: str) -> bool:
        return bool(await self._fetch(queries.HAS_REQUEST, {"request_id": request_id}))

    async def standing_screens(self, window: Window, screen_id: str | None = None) -> Page:
        query = queries.standing_screens(window, screen_id)
        return await self._page(query, window, screen_id=screen_id)

    async def screen_closes(self, screen_id: str, window: Window) -> Page:
        return await self._page(queries.screen_closes(window), window, screen_id=screen_id)

    async def report(self, request_id: str, *, page: bool) -> StoredReport | None:
        query = queries.RESEARCH_PAGE if page else queries.RESEARCH_REPORT
        rows = await self._fetch(query, {"request_id": request_id})
        if not rows or rows[0][0] is None:
            return None
        return StoredReport(bytes(rows[0][0]), rows[0][1])

    async def queue_depths(self) -> list[Depth]:
        found = {row[0]: row for row in await self._fetch(queries.QUEUE_DEPTHS, {})}
        return [Depth(*found.get(queue, (queue, 0, 0))) for queue in QUEUES]

    async def trials(self, strategy_id: str, since: datetime | None) -> TrialCounts:
        params = {"strategy_id": strategy_id, "since": since}
        (row,) = await self._fetch(queries.TRIALS, params)
        return TrialCounts(*row)

    async def next_offsets(self) -> list[NextOffset]:
        rows = await self._fetch(queries.NEXT_OFFSETS, {})
        return [
            NextOffset(projection, topic, partition, offset, (mark_offset, mark_seq))
            for projection, topic, partition, offset, mark_offset, mark_seq in rows
        ]


def _params(window: Window) -> dict[str, Any]:
    """The window as parameters: the key as k0, k1, …, and k0 as a time in `after`."""
    params: dict[str, Any] = {"limit": window.limit, "start": window.start, "end": window.end}
    for index, value in enumerate(window.after or ()):
        params[f"k{index}"] = value
    if window.cuts is not None:
        params["cuts"] = list(window.cuts)
    if window.after and isinstance(window.after[0], int):
        params["after"] = _time(window.after[0])
    return params


def _series_params(series: Series, window: Window) -> dict[str, Any]:
    """The series, and the cut of its partition."""
    if window.cuts is None:
        return {"series_id": series.id}
    partition = partition_of(series.key.encode(), len(window.cuts))
    return {"series_id": series.id, "cut": window.cuts[partition]}


def _reference_params(wanted: InstrumentFilter, window: Window) -> dict[str, Any]:
    """The filter, and the day of a cursor of actions."""
    days = window.after[2] if window.after and len(window.after) > 2 else 0
    return {"symbol": wanted.symbol, "feed": wanted.feed, "day": _day(int(days))}


def _day(days: int) -> date:
    """Days since 1970; beyond what a calendar holds, its end or its begin."""
    try:
        return FIRST_DAY + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def _time(ts_us: int) -> datetime | None:
    """A cursor's time; None, behind which nothing lies, for what no calendar holds."""
    try:
        return EPOCH + timedelta(microseconds=ts_us)
    except OverflowError:
        return None
