"""What `Reads` says of research, over lists."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from statistics import variance

import numpy as np

from api.reads.protocol import (
    Depth,
    Key,
    Page,
    StoredReport,
    TrialCounts,
    Window,
)
from schemas.events.actions import DividendDeclared, SplitDeclared
from schemas.events.requests import Kind
from schemas.events.universes import UniverseDefined
from schemas.series import interval_us
from streams.actions import NO_ACTIONS, Actions, folded
from streams.universes import Candidate, Listing, Listings, needs_actions
from tests.api.memory_tables import EPOCH, Row, cut, microseconds, page, pick, within


class MemoryResearch:
    """The part of MemoryReads that is about research."""

    def _rows(self, table: str) -> list[Row]:
        raise NotImplementedError

    async def universes(self, window: Window) -> Page:
        def key(row: Row) -> Key:
            return row["universe"], microseconds(row["effective_at"])

        rows, after = cut(self._rows("universes"), window, key, window.after)
        fields = ("feed", "interval", "symbols", "rule", "author")
        items = [
            {"name": row["universe"], "effective": row["effective_at"], **pick(row, *fields)}
            for row in rows
        ]
        return page(items, after)

    async def universe_definitions(self, universe: str) -> list[UniverseDefined]:
        fields = ("universe", "feed", "interval", "symbols", "rule", "author")
        found = [
            {**pick(row, *fields), "effective_ts": microseconds(row["effective_at"])}
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
                said = pick(row, "sector", "calendar", "first_day", "last_day")
                listing = Listing(microseconds(row["known_at"]), **said)
                listings.setdefault(row["symbol"], []).append(listing)
        if definition.rule is None:
            return [], listings
        last_us = at_us - interval_us(definition.interval)
        actions = self._actions(definition.feed) if needs_actions(definition.rule) else {}
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
                ts, close, volume = (np.array(each) for each in columns)
                symbol = series["symbol"]
                of_symbol = actions.get(symbol, NO_ACTIONS)
                candidates.append(Candidate(symbol, bars[0][0], ts, close, volume, of_symbol))
        return candidates, listings

    def _actions(self, feed: str) -> dict[str, Actions]:
        said = ("feed", "symbol", "ex_date")
        return folded(
            SplitDeclared(**pick(row, *said, "ratio"))
            if row["type"] == "split"
            else DividendDeclared(**pick(row, *said, "amount", "currency", "number"))
            for row in self._rows("actions")
            if row["feed"] == feed
        )

    async def last_open(self, feed: str, interval: str) -> int | None:
        found = [
            microseconds(row["last_ts"])
            for row in self._rows("series")
            if (row["feed"], row["interval"]) == (feed, interval)
        ]
        return max(found, default=None)

    async def requests(self, kind: Kind, window: Window, strategy_id: str | None = None) -> Page:
        after = window.after and (-int(window.after[0]), *window.after[1:])
        rows, key = cut(
            [
                row
                for row in self._rows("research_requests")
                if row["kind"] == kind and strategy_id in (None, row["strategy_id"])
            ],
            window,
            lambda row: (-microseconds(row["requested_at"]), row["request_id"], row["queue"]),
            after,
        )
        return page([self._request(row) for row in rows], key and (-int(key[0]), *key[1:]))

    async def request(self, kind: Kind, request_id: str) -> Page:
        rows = [
            row
            for row in self._rows("research_requests")
            if (row["kind"], row["request_id"]) == (kind, request_id)
        ]
        return page([self._request(row, details=True) for row in rows[:1]], None)

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
            **pick(row, *names, "params", *waiting, *unknown, *times),
            **(pick(row, "source", "diagnostics") if details else {}),
        }
        if row["kind"] == "backtest":
            period = {"from": row["begin_ts"], "to": row["end_ts"]}
            return found | pick(row, "rules", "risk_free", "equity", "page") | period
        found |= pick(row, "universe", "top") | {"as_of": row["as_of_ts"]}
        result = row["report"] and json.loads(row["report"])
        return found | ({"result": result} if details else {})

    async def standing_screens(self, window: Window, screen_id: str | None = None) -> Page:
        rows, key = cut(
            [r for r in self._rows("standing_screens") if screen_id in (None, r["screen_id"])],
            window,
            lambda row: (row["screen_id"],),
            window.after,
        )
        return page([self._standing(row) for row in rows], key)

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
            **pick(row, *names, *more),
            "begin": row["begin_ts"],
        } | last

    async def screen_closes(self, screen_id: str, window: Window) -> Page:
        rows, key = cut(
            within(
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
                **pick(row, *names, "wasm_sha256", "receipt"),
                "matches": [
                    {**match, "rank": rank, "ts": EPOCH + timedelta(microseconds=match["ts"])}
                    for rank, match in enumerate(row["matches"], start=1)
                ],
            }
            for row in rows
        ]
        return page(items, key and (-int(key[0]),))

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

    async def trials(self, strategy_id: str, since: datetime | None) -> TrialCounts:
        rows = [
            row
            for row in self._rows("research_trials")
            if row["strategy_id"] == strategy_id and (since is None or row["made_at"] >= since)
        ]
        known = [row for row in rows if row["sharpe"] is not None]
        annual = [row["sharpe"] * row["periods_per_year"] ** 0.5 for row in known]
        t = [row["sharpe"] * row["periods"] ** 0.5 for row in known]
        times = [row["made_at"] for row in rows]
        return TrialCounts(
            len(rows),
            len(known),
            variance(annual) if len(known) > 1 else None,
            variance(t) if len(known) > 1 else None,
            max(annual, default=None),
            min(times, default=None),
            max(times, default=None),
        )
