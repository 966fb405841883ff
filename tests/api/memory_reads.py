"""`Reads` over lists: the view as plain data, for tests of what lies above it."""

from __future__ import annotations

from datetime import UTC, datetime, time

from api.reads.protocol import (
    REFERENCE_COLUMNS,
    ROLLUP_TABLES,
    TABLE_COLUMNS,
    InstrumentFilter,
    Key,
    NextOffset,
    Page,
    ReferenceTable,
    Rows,
    SeriesTable,
    SignalFilter,
    ViewUnavailableError,
    Window,
    reference_key,
)
from schemas.series import SECOND_US, Series, interval_us
from streams.producer import partition_of
from tests.api.memory_research import MemoryResearch
from tests.api.memory_tables import Row, cut, microseconds, page, pick, within
from tests.rollups import Bar, rolled


class MemoryReads(MemoryResearch):
    """Rows have the columns of the tables, times as datetimes; `away` plays an outage."""

    def __init__(self) -> None:
        self.away = False
        self.tables: dict[str, list[Row]] = {
            name: []
            for name in (
                "series",
                "bars",
                "superseded_bars",
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
                "research_trials",
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
        self,
        symbol: str,
        feed: str | None,
        interval: str | None,
        shorter_than: str | None = None,
    ) -> Series | None:
        fit = [
            row
            for row in self._rows("series")
            if row["symbol"] == symbol
            and feed in (None, row["feed"])
            and interval in (None, row["interval"])
            and (shorter_than is None or interval_us(row["interval"]) < interval_us(shorter_than))
        ]
        fit.sort(key=lambda row: (-microseconds(row["last_ts"]), row["feed"], row["interval"]))
        return Series(fit[0]["feed"], symbol, fit[0]["interval"]) if fit else None

    def _series_rows(
        self, table: SeriesTable, series: Series, window: Window
    ) -> tuple[list[Row], Key | None]:
        lengths = {name: length for length, name in ROLLUP_TABLES.items()}
        stored = list(self._rows("bars" if table in lengths else table))
        if window.cuts is not None:
            known = window.cuts[partition_of(series.key.encode(), len(window.cuts))]
            if table == "bars":
                replaced = self._rows("superseded_bars")
                stored += [row for row in replaced if row["until_offset"] >= known]
            stored = [row for row in stored if row["source_offset"] < known]
        rows = [row for row in stored if row["series_id"] == series.id]
        if table in lengths:
            bars = sorted(Bar(*(row[name] for name in Bar._fields)) for row in rows)
            width_s = interval_us(lengths[table]) // SECOND_US
            rows = [bar._asdict() for bar in rolled(bars, width_s)]
        sign = 1 if window.forward else -1
        after = window.after and (sign * int(window.after[0]),)
        rows, key = cut(
            within(rows, window), window, lambda row: (sign * microseconds(row["ts"]),), after
        )
        if not window.forward:
            rows.reverse()
        return rows, key and (sign * int(key[0]),)

    async def series_page(self, table: SeriesTable, series: Series, window: Window) -> Page:
        rows, key = self._series_rows(table, series, window)
        return page([pick(row, "ts", *TABLE_COLUMNS[table]) for row in rows], key)

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
            rows = within(rows, window, lambda row: datetime.combine(row["ex_date"], time(), UTC))
        return cut(rows, window, lambda row: reference_key(table, row), window.after)

    async def reference_page(
        self, table: ReferenceTable, wanted: InstrumentFilter, window: Window
    ) -> Page:
        rows, key = self._reference_rows(table, wanted, window)
        return page([pick(row, *REFERENCE_COLUMNS[table]) for row in rows], key)

    async def reference_rows(
        self, table: ReferenceTable, wanted: InstrumentFilter, window: Window
    ) -> Rows:
        rows, key = self._reference_rows(table, wanted, window)
        return Rows([tuple(row[name] for name in REFERENCE_COLUMNS[table]) for row in rows], key)

    async def series(self, window: Window) -> Page:
        rows, key = cut(
            self._rows("series"),
            window,
            lambda row: (row["symbol"], row["feed"], row["interval"]),
            window.after,
        )
        newest = {(row["series_id"], row["ts"]): row for row in self._rows("bars")}
        return page(
            [
                {
                    **pick(row, "feed", "symbol", "interval", "last_ts"),
                    "last_bar": bar and pick(bar, *Bar._fields),
                }
                for row in rows
                for bar in (newest.get((row["series_id"], row["last_ts"])),)
            ],
            key,
        )

    async def signals(self, wanted: SignalFilter, window: Window) -> Page:
        prices = ("limit", "stop", "exit_limit", "exit_stop", "exit_trail")
        words = ("sizing", "at", "tif", "exits_from")
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
            if window.cuts is None or row["source_offset"] < window.cuts[merged["partition"]]
        ]
        after = window.after and (-int(window.after[0]), *window.after[1:])
        rows, key = cut(
            within(rows, window),
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
        items = [pick(row, *fields, "source_offset", "seq", *more) for row in rows]
        return page(items, key and (-int(key[0]), *key[1:]))

    async def strategies(self, window: Window, strategy_id: str | None = None) -> Page:
        rows, key = cut(
            [
                row
                for row in self._rows("strategies")
                if not row["deleted"] and strategy_id in (None, row["strategy_id"])
            ],
            window,
            lambda row: (row["strategy_id"],),
            window.after,
        )
        return page([self._strategy(row) for row in rows], key)

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
            **pick(row, "name", "author", "source"),
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
        rows, key = cut(
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
        items = [pick(row, *fields, *more, "alerts", "state_bytes") for row in rows]
        return page(items, key and (-int(key[0]),))

    async def deployments(
        self, window: Window, strategy_id: str | None = None, deployment_id: str | None = None
    ) -> Page:
        rows, key = cut(
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
        fields = (
            *("strategy_id", "version", "params", "series", "author", "traps_max", "rules"),
            "active",
        )
        items = [
            {
                "id": row["deployment_id"],
                **pick(row, *fields),
                **self._how(row),
                "activations": [
                    pick(activation, "partition", "from_offset", "until_offset")
                    for activation in self._rows("activations")
                    if activation["deployment_id"] == row["deployment_id"]
                ],
            }
            for row in rows
        ]
        return page(items, key)

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
            "suspension": pick(ends[0], *fields) if ends else None,
            "refusal": refusal if state == "refused" else None,
        }

    async def turns(self, conversation_id: str, window: Window) -> Page:
        rows, key = cut(
            [row for row in self._rows("chat_turns") if row["conversation_id"] == conversation_id],
            window,
            lambda row: (row["posted_offset"], row["turn_id"]),
            window.after,
        )
        fields = ("author", "text", "reply", "reply_state", "attempt", "model", "reason", "remedy")
        return page([{"id": row["turn_id"], **pick(row, *fields)} for row in rows], key)

    async def next_offsets(self) -> list[NextOffset]:
        return [
            NextOffset(
                row["projection"],
                row["topic"],
                row["partition"],
                row["next_offset"],
                (row["mark_offset"], row["mark_seq"]),
            )
            for row in self._rows("consumer_offsets")
        ]
