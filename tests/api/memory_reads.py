"""`Reads` over lists: the view as plain data, for tests of what lies above it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np

from api.reads.protocol import (
    REFERENCE_COLUMNS,
    TABLE_COLUMNS,
    Depth,
    InstrumentFilter,
    Key,
    Kind,
    NextOffset,
    Page,
    ReferenceTable,
    Rows,
    SeriesTable,
    SignalFilter,
    StoredReport,
    ViewUnavailableError,
    Window,
    reference_key,
)
from schemas.events.universes import UniverseDefined
from schemas.series import Series, interval_us
from streams.universes import Candidate, Listing, Listings

Row = dict[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(time: datetime) -> int:
    return (time - EPOCH) // timedelta(microseconds=1)


class MemoryReads:
    """Rows have the columns of the tables, times as datetimes; `away` plays an outage."""

    def __init__(self) -> None:
        self.away = False
        self.tables: dict[str, list[Row]] = {
            name: []
            for name in (
                "series",
                "bars",
                "indicators",
                "actions",
                "instruments",
                "universes",
                "listings",
                "signals",
                "alerts",
                "faults",
                "strategies",
                "strategy_versions",
                "deployments",
                "activations",
                "chat_turns",
                "research_requests",
                "research_results",
                "research_files",
                "standing_screens",
                "screen_closes",
                "consumer_offsets",
            )
        }

    async def open(self) -> None:
        return

    async def close(self) -> None:
        return

    def _rows(self, table: str) -> list[Row]:
        if self.away:
            raise ViewUnavailableError("the database can't be reached")
        return self.tables[table]

    async def find_series(
        self, symbol: str, feed: str | None, interval: str | None
    ) -> Series | None:
        fit = [
            row
            for row in self._rows("series")
            if row["symbol"] == symbol
            and feed in (None, row["feed"])
            and interval in (None, row["interval"])
        ]
        fit.sort(key=lambda row: (-microseconds(row["last_ts"]), row["feed"], row["interval"]))
        return Series(fit[0]["feed"], symbol, fit[0]["interval"]) if fit else None

    def _series_rows(
        self, table: SeriesTable, series: Series, window: Window
    ) -> tuple[list[Row], Key | None]:
        rows = [row for row in self._rows(table) if row["series_id"] == series.id]
        sign = 1 if window.forward else -1
        after = window.after and (sign * int(window.after[0]),)
        rows, key = _cut(
            _within(rows, window), window, lambda row: (sign * microseconds(row["ts"]),), after
        )
        if not window.forward:
            rows.reverse()
        return rows, key and (sign * int(key[0]),)

    async def series_page(self, table: SeriesTable, series: Series, window: Window) -> Page:
        rows, key = self._series_rows(table, series, window)
        return _page([_pick(row, "ts", *TABLE_COLUMNS[table]) for row in rows], key)

    async def series_rows(self, table: SeriesTable, series: Series, window: Window) -> Rows:
        rows, key = self._series_rows(table, series, window)
        columns = ("ts", *TABLE_COLUMNS[table])
        return Rows([tuple(row[column] for column in columns) for row in rows], key)

    def _reference_rows(
        self, table: ReferenceTable, wanted: InstrumentFilter, window: Window
    ) -> tuple[list[Row], Key | None]:
        rows = [
            row
            for row in self._rows(table)
            if wanted.symbol in (None, row["symbol"]) and wanted.feed in (None, row["feed"])
        ]
        if table == "actions":
            rows = _within(rows, window, lambda row: datetime.combine(row["ex_date"], time(), UTC))
        return _cut(rows, window, lambda row: reference_key(table, row), window.after)

    async def reference_page(
        self, table: ReferenceTable, wanted: InstrumentFilter, window: Window
    ) -> Page:
        rows, key = self._reference_rows(table, wanted, window)
        return _page([_pick(row, *REFERENCE_COLUMNS[table]) for row in rows], key)

    async def reference_rows(
        self, table: ReferenceTable, wanted: InstrumentFilter, window: Window
    ) -> Rows:
        rows, key = self._reference_rows(table, wanted, window)
        return Rows([tuple(row[name] for name in REFERENCE_COLUMNS[table]) for row in rows], key)

    async def universes(self, window: Window) -> Page:
        def key(row: Row) -> Key:
            return row["universe"], microseconds(row["effective_at"])

        rows, after = _cut(self._rows("universes"), window, key, window.after)
        fields = ("feed", "interval", "symbols", "rule", "author")
        items = [
            {"name": row["universe"], "effective": row["effective_at"], **_pick(row, *fields)}
            for row in rows
        ]
        return _page(items, after)

    async def universe_definitions(self, universe: str) -> list[UniverseDefined]:
        fields = ("universe", "feed", "interval", "symbols", "rule", "author")
        found = [
            {**_pick(row, *fields), "effective_ts": microseconds(row["effective_at"])}
            for row in self._rows("universes")
            if row["universe"] == universe
        ]
        return [
            UniverseDefined(**each) for each in sorted(found, key=lambda each: each["effective_ts"])
        ]

    async def universe_candidates(
        self, definition: UniverseDefined, at_us: int
    ) -> tuple[list[Candidate], Listings]:
        listings: dict[str, list[Listing]] = {}
        for row in sorted(self._rows("listings"), key=lambda row: row["source_offset"]):
            if row["feed"] == definition.feed:
                said = _pick(row, "sector", "calendar", "first_day", "last_day")
                listing = Listing(microseconds(row["known_at"]), **said)
                listings.setdefault(row["symbol"], []).append(listing)
        if definition.rule is None:
            return [], listings
        last_us = at_us - interval_us(definition.interval)
        candidates = []
        for series in self._rows("series"):
            if (series["feed"], series["interval"]) != (definition.feed, definition.interval):
                continue
            bars = sorted(
                (microseconds(row["ts"]), row["close"], row["volume"])
                for row in self._rows("bars")
                if row["series_id"] == series["series_id"]
            )
            known = [bar for bar in bars if bar[0] <= last_us]
            if known:
                columns = zip(*known[-definition.rule.window_bars - 1 :], strict=True)
                about = (series["symbol"], bars[0][0])
                candidates.append(Candidate(*about, *(np.array(each) for each in columns)))
        return candidates, listings

    async def last_open(self, feed: str, interval: str) -> int | None:
        found = [
            microseconds(row["last_ts"])
            for row in self._rows("series")
            if (row["feed"], row["interval"]) == (feed, interval)
        ]
        return max(found, default=None)

    async def series(self, window: Window) -> Page:
        rows, key = _cut(
            self._rows("series"),
            window,
            lambda row: (row["symbol"], row["feed"], row["interval"]),
            window.after,
        )
        return _page([_pick(row, "feed", "symbol", "interval", "last_ts") for row in rows], key)

    async def signals(self, wanted: SignalFilter, window: Window) -> Page:
        prices = ("limit", "stop", "exit_limit", "exit_stop", "exit_trail")
        words = ("sizing", "at", "tif")
        said = ("action", "price", "size", "score", *prices, *words, "plots", "receipt")
        return self._events(self._rows("signals"), said, wanted, window)

    async def alerts(self, wanted: SignalFilter, window: Window) -> Page:
        return self._events(self._rows("alerts"), ("alert", "message"), wanted, window)

    async def traps(self, wanted: SignalFilter, window: Window) -> Page:
        rows = [row for row in self._rows("faults") if not row["suspends"]]
        return self._events(rows, ("reason", "line", "traps"), wanted, window)

    def _events(
        self, given: list[Row], more: tuple[str, ...], wanted: SignalFilter, window: Window
    ) -> Page:
        names = {row["series_id"]: row for row in self._rows("series")}
        asked = {
            name: getattr(wanted, name)
            for name in ("symbol", "feed", "interval", "strategy_id", "deployment_id")
        }
        rows = [
            merged
            for row in given
            if all(
                value in (None, merged[name])
                for merged in ({**names[row["series_id"]], **row},)
                for name, value in asked.items()
            )
            for merged in ({**names[row["series_id"]], **row},)
        ]
        after = window.after and (-int(window.after[0]), *window.after[1:])
        rows, key = _cut(
            _within(rows, window),
            window,
            lambda row: (
                -microseconds(row["ts"]),
                row["series_id"],
                row["source_offset"],
                row["seq"],
            ),
            after,
        )
        fields = ("feed", "symbol", "interval", "ts", "deployment_id", "strategy_id", "version")
        items = [_pick(row, *fields, "source_offset", "seq", *more) for row in rows]
        return _page(items, key and (-int(key[0]), *key[1:]))

    async def strategies(self, window: Window, strategy_id: str | None = None) -> Page:
        rows, key = _cut(
            [
                row
                for row in self._rows("strategies")
                if not row["deleted"] and strategy_id in (None, row["strategy_id"])
            ],
            window,
            lambda row: (row["strategy_id"],),
            window.after,
        )
        return _page([self._strategy(row) for row in rows], key)

    def _strategy(self, row: Row) -> Row:
        answers = [
            version
            for version in self._rows("strategy_versions")
            if version["strategy_id"] == row["strategy_id"]
        ]
        numbers = [a["version"] for a in answers if a["version"] is not None]
        last = next((a for a in answers if a["edit_id"] == row["last_edit_id"]), None)
        state = "waiting" if last is None else "compiled" if last["version"] else "rejected"
        return {
            "id": row["strategy_id"],
            **_pick(row, "name", "author", "source"),
            "version": max(numbers, default=None),
            "edit_id": row["last_edit_id"],
            "edit_state": state,
            "diagnostics": last and last["diagnostics"],
            "active_deployments": sorted(
                deployment["deployment_id"]
                for deployment in self._rows("deployments")
                if deployment["active"] and deployment["strategy_id"] == row["strategy_id"]
            ),
        }

    async def versions(self, strategy_id: str, window: Window) -> Page:
        rows, key = _cut(
            [
                row
                for row in self._rows("strategy_versions")
                if row["strategy_id"] == strategy_id and row["version"] is not None
            ],
            window,
            lambda row: (-row["version"],),
            window.after and (-int(window.after[0]),),
        )
        fields = ("strategy_id", "version", "edit_id", "name", "author", "source", "source_sha256")
        more = ("wasm_sha256", "language_version", "library_version", "params", "plots")
        items = [_pick(row, *fields, *more, "alerts", "state_bytes") for row in rows]
        return _page(items, key and (-int(key[0]),))

    async def deployments(
        self, window: Window, strategy_id: str | None = None, deployment_id: str | None = None
    ) -> Page:
        rows, key = _cut(
            [
                row
                for row in self._rows("deployments")
                if strategy_id in (None, row["strategy_id"])
                and deployment_id in (None, row["deployment_id"])
            ],
            window,
            lambda row: (row["deployment_id"],),
            window.after,
        )
        fields = ("strategy_id", "version", "params", "series", "author", "traps_max", "active")
        items = [
            {
                "id": row["deployment_id"],
                **_pick(row, *fields),
                **self._how(row),
                "activations": [
                    _pick(activation, "partition", "from_offset", "until_offset")
                    for activation in self._rows("activations")
                    if activation["deployment_id"] == row["deployment_id"]
                ],
            }
            for row in rows
        ]
        return _page(items, key)

    def _how(self, row: Row) -> Row:
        """How a deployment is: its state, and what is wrong with it."""
        names = {series["series_id"]: series for series in self._rows("series")}
        faults = sorted(
            (
                {**names[fault["series_id"]], **fault}
                for fault in self._rows("faults")
                if fault["deployment_id"] == row["deployment_id"]
                and fault["strategy_id"] == row["strategy_id"]
            ),
            key=lambda fault: (fault["ts"], fault["series_id"]),
        )
        ends = [fault for fault in faults if fault["suspends"]]
        refusal = {"reason": row["refusal_reason"], "message": row["refusal_message"]}
        state = "suspended" if ends else "active"
        if not row["active"]:
            state = "refused" if row["refusal_reason"] else "ended"
        fields = ("feed", "symbol", "interval", "ts", "reason", "line", "traps")
        return {
            "state": state,
            "traps": len(faults) - len(ends),
            "suspension": _pick(ends[0], *fields) if ends else None,
            "refusal": refusal if state == "refused" else None,
        }

    async def turns(self, conversation_id: str, window: Window) -> Page:
        rows, key = _cut(
            [row for row in self._rows("chat_turns") if row["conversation_id"] == conversation_id],
            window,
            lambda row: (row["posted_offset"], row["turn_id"]),
            window.after,
        )
        fields = ("author", "text", "reply", "reply_state", "attempt", "model", "reason", "remedy")
        return _page([{"id": row["turn_id"], **_pick(row, *fields)} for row in rows], key)

    async def requests(self, kind: Kind, window: Window, strategy_id: str | None = None) -> Page:
        after = window.after and (-int(window.after[0]), *window.after[1:])
        rows, key = _cut(
            [
                row
                for row in self._rows("research_requests")
                if row["kind"] == kind and strategy_id in (None, row["strategy_id"])
            ],
            window,
            lambda row: (-microseconds(row["requested_at"]), row["request_id"], row["queue"]),
            after,
        )
        return _page([self._request(row) for row in rows], key and (-int(key[0]), *key[1:]))

    async def request(self, kind: Kind, request_id: str) -> Page:
        rows = [
            row
            for row in self._rows("research_requests")
            if (row["kind"], row["request_id"]) == (kind, request_id)
        ]
        return _page([self._request(row, details=True) for row in rows[:1]], None)

    async def has_request(self, request_id: str) -> bool:
        return any(row["request_id"] == request_id for row in self._rows("research_requests"))

    def _result(self, request_id: str) -> Row | None:
        rows = self._rows("research_results")
        return next((row for row in rows if row["request_id"] == request_id), None)

    def _request(self, asked: Row, *, details: bool = False) -> Row:
        unknown = ("summary", "reason", "message", "wasm_sha256", "report_sha256", "report_bytes")
        none = dict.fromkeys((*unknown, "started_at", "ended_at", "diagnostics", "report"))
        waiting = {"state": "waiting", "attempt": 0, "done": 0, "total": 0}
        row = {**waiting, **none, **asked, **(self._result(asked["request_id"]) or {})}
        names = ("queue", "author", "strategy_id", "version", "feed", "symbols", "interval")
        times = ("requested_at", "cancel_at", "started_at", "ended_at")
        found = {
            "id": row["request_id"],
            **_pick(row, *names, "params", *waiting, *unknown, *times),
            **(_pick(row, "source", "diagnostics") if details else {}),
        }
        if row["kind"] == "backtest":
            period = {"from": row["begin_ts"], "to": row["end_ts"]}
            return found | _pick(row, "rules", "risk_free") | period
        found |= _pick(row, "universe", "top") | {"as_of": row["as_of_ts"]}
        result = row["report"] and json.loads(row["report"])
        return found | ({"result": result} if details else {})

    async def standing_screens(self, window: Window, screen_id: str | None = None) -> Page:
        rows, key = _cut(
            [r for r in self._rows("standing_screens") if screen_id in (None, r["screen_id"])],
            window,
            lambda row: (row["screen_id"],),
            window.after,
        )
        return _page([self._standing(row) for row in rows], key)

    def _standing(self, row: Row) -> Row:
        names = ("strategy_id", "version", "params", "universe", "top", "grace_s", "author")
        more = ("registered_at", "state", "ended_at", "reason", "message")
        closes = [
            each["close_at"]
            for each in self._rows("screen_closes")
            if each["screen_id"] == row["screen_id"]
        ]
        last = {"last_close": max(closes, default=None)}
        return {
            "id": row["screen_id"],
            **_pick(row, *names, *more),
            "begin": row["begin_ts"],
        } | last

    async def screen_closes(self, screen_id: str, window: Window) -> Page:
        rows, key = _cut(
            _within(
                [row for row in self._rows("screen_closes") if row["screen_id"] == screen_id],
                window,
                lambda row: row["close_at"],
            ),
            window,
            lambda row: (-microseconds(row["close_at"]),),
            window.after and (-int(window.after[0]),),
        )
        names = ("members", "symbols", "matched", "entered", "left", "missing")
        items = [
            {
                "close": row["close_at"],
                **_pick(row, *names, "wasm_sha256", "receipt"),
                "matches": [
                    {**match, "rank": rank, "ts": EPOCH + timedelta(microseconds=match["ts"])}
                    for rank, match in enumerate(row["matches"], start=1)
                ],
            }
            for row in rows
        ]
        return _page(items, key and (-int(key[0]),))

    async def report(self, request_id: str, *, page: bool) -> StoredReport | None:
        row = self._result(request_id)
        if row is None:
            return None
        name = row["page_sha256" if page else "report_sha256"]
        if row["report"] is not None and not page:
            return StoredReport(row["report"].encode(), name)
        files = [each for each in self._rows("research_files") if each["sha256"] == name]
        return StoredReport(files[0]["content"], name) if files else None

    async def queue_depths(self) -> list[Depth]:
        states = [
            (row["queue"], (self._result(row["request_id"]) or {"state": "waiting"})["state"])
            for row in self._rows("research_requests")
        ]
        return [
            Depth(queue, states.count((queue, "waiting")), states.count((queue, "running")))
            for queue in ("interactive", "batch")
        ]

    async def next_offsets(self) -> list[NextOffset]:
        return [
            NextOffset(row["projection"], row["topic"], row["partition"], row["next_offset"])
            for row in self._rows("consumer_offsets")
        ]


def _within(
    rows: Sequence[Row], window: Window, when: Callable[[Row], datetime] = lambda row: row["ts"]
) -> list[Row]:
    return [
        row
        for row in rows
        if (window.start is None or when(row) >= window.start)
        and (window.end is None or when(row) < window.end)
    ]


def _cut(
    rows: Sequence[Row], window: Window, key: Callable[[Row], Key], after: Key | None
) -> tuple[list[Row], Key | None]:
    """The page in ascending order of the key, and the key of its last row if more follow."""
    found = sorted((row for row in rows if after is None or key(row) > after), key=key)
    part = found[: window.limit]
    return part, key(part[-1]) if len(found) > window.limit else None


def _pick(row: Row, *names: str) -> Row:
    return {name: row[name] for name in names}


def _page(items: list[Row], key: Key | None) -> Page:
    def text(value: Any) -> str:
        assert isinstance(value, date)
        return value.isoformat().replace("+00:00", "Z")

    return Page(json.dumps(items, default=text).encode(), key)
