"""A small view as rows of its tables, loaded into memory or into PostgreSQL alike."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from schemas.events.indicators import PANEL_COLUMNS
from schemas.series import Series
from tests.api.memory_reads import MemoryReads
from tests.api.view_research import DAY, DIAGNOSTIC, START, research_rows
from tests.quarters import make_quarters

Row = dict[str, Any]

DAILY = Series("view", "VIEW", "1d")
LATEST = Series("view-live", "VIEW", "1m")
BARS = 10

PARAM = {
    "name": "fast",
    "type": "int",
    "default": 12.0,
    "low": 2.0,
    "high": 50.0,
    "step": None,
    "title": None,
}
RECEIPT = {
    "topic": "market.bars.v1",
    "partition": 0,
    "offset": 1,
    "wasm_sha256": "00",
    "library_version": "1",
    "params": {},
    "active_from_offset": 0,
    "previous": "0" * 64,
    "hash": "1" * 64,
}


def rows() -> dict[str, list[Row]]:
    """Every table's rows."""
    return {
        "series": [
            _series(DAILY, START + (BARS - 1) * DAY),
            _series(LATEST, START + 900 * DAY + timedelta(microseconds=1501)),
        ],
        "bars": [_bar(DAILY, START + n * DAY, n) for n in range(BARS)]
        + [_bar(LATEST, START + 900 * DAY + timedelta(microseconds=1501), 0)],
        "superseded_bars": [
            {**_bar(DAILY, START + 9 * DAY, 98), "source_offset": 8, "until_offset": 9}
        ],
        "indicators": [_indicators(n) for n in range(BARS)],
        "actions": [
            _action("view", date(2024, 1, 5), "split", ratio=2.0),
            *(_action("view", date(2024, 1, 5), "dividend", n, amount=n / 4) for n in (1, 2)),
            _action("view", date(2024, 1, 3), "dividend", amount=0.25, currency="USD"),
            _action("other", date(2024, 1, 4), "split", ratio=0.1),
        ],
        "instruments": [_instrument("view", "VIEW"), _instrument("other", "VIEW", sector=None)],
        "signals": [_signal(n, deployment) for n in range(4) for deployment in ("dep-1", "dep-2")],
        "alerts": [{**_event(n, "dep-1"), "alert": 0, "message": "it's high"} for n in range(3)],
        "faults": [
            *(_fault(n, "dep-1", suspends=False) for n in range(3)),
            _fault(2, "dep-1", suspends=True),
            _fault(1, "dep-2", suspends=False),
        ],
        **_strategies(),
        **research_rows(),
        "chat_turns": [_turn(n) for n in range(3)],
        "consumer_offsets": [
            {
                "projection": "view",
                "topic": "market.bars.v1",
                "partition": 0,
                "next_offset": 7,
                "mark_offset": -1,
                "mark_seq": -1,
            }
        ],
    }


def _strategies() -> dict[str, list[Row]]:
    """What was edited, compiled and deployed."""
    return {
        "strategies": [
            _strategy("view-a", "edit-2"),
            _strategy("view-b", "edit-bad"),
            _strategy("view-c", "edit-new"),
            {**_strategy("view-d", "edit-d"), "deleted": True},
        ],
        "strategy_versions": [_version(1), _version(2), _rejection()],
        "deployments": [
            _deployment("dep-1", True),
            _deployment("dep-2", False),
            {
                **_deployment("dep-3", False),
                "refusal_reason": "state_budget",
                "refusal_message": "It needs more state than there is left.",
            },
            _deployment("dep-4", True),
        ],
        "activations": [
            {
                "deployment_id": "dep-2",
                "partition": 1,
                "strategy_id": "view-a",
                "from_offset": 5,
                "until_offset": 9,
            }
        ],
    }


def _series(series: Series, last_ts: datetime) -> Row:
    return {
        "series_id": series.id,
        "feed": series.feed,
        "symbol": series.symbol,
        "interval": series.interval,
        "partition": 0,
        "last_ts": last_ts,
    }


def _bar(series: Series, ts: datetime, n: int) -> Row:
    return {
        "series_id": series.id,
        "ts": ts,
        "open": 1.0 + n,
        "high": 3.5 + n,
        "low": 0.1 + n,
        "close": 2.0 + n,
        "volume": 1000.0 * n,
        "source_offset": n,
    }


def _indicators(n: int) -> Row:
    values = {name: None if n < 5 else n + index / 8 for index, name in enumerate(PANEL_COLUMNS)}
    place = {"series_id": DAILY.id, "ts": START + n * DAY, "source_offset": n, "library": "1"}
    return {**place, **values}


def _action(feed: str, day: date, kind: str, number: int = 1, **values: Any) -> Row:
    return {
        "symbol": "VIEW",
        "feed": feed,
        "ex_date": day,
        "type": kind,
        "number": number,
        "ratio": None,
        "amount": None,
        "currency": None,
        "source_offset": 7,
        **values,
    }


def _instrument(feed: str, symbol: str, sector: str | None = "Technology") -> Row:
    return {
        "symbol": symbol,
        "feed": feed,
        "tick_size": 0.01,
        "lot": 1.0,
        "currency": "USD",
        "sector": sector,
        "calendar": "XNYS",
        "first_day": date(1980, 12, 12),
        "last_day": None,
        "source_offset": 7,
    }


def _event(n: int, deployment: str) -> Row:
    return {
        "series_id": DAILY.id,
        "source_offset": n,
        "seq": 0 if deployment == "dep-1" else 2,
        "ts": START + n * DAY,
        "deployment_id": deployment,
        "strategy_id": "view-a",
        "version": 1,
    }


def _signal(n: int, deployment: str) -> Row:
    ordered = deployment == "dep-2"
    return {
        **_event(n, deployment),
        "action": "order" if ordered else "enter_long",
        "price": 2.0 + n,
        "size": -1.5 if ordered else None,
        "score": 0.5,
        "limit": 1.75 if ordered else None,
        **dict.fromkeys(("stop", "exit_limit", "exit_trail")),
        "exit_stop": 1.25,
        "sizing": "percent" if ordered else "units",
        "at": "open",
        "tif": "day" if ordered else "gtc",
        "exits_from": "now" if ordered else "fill",
        "plots": {"ema": 1.25},
        "receipt": RECEIPT,
    }


def _fault(n: int, deployment: str, *, suspends: bool) -> Row:
    event = _event(n, deployment)
    fault = {"reason": "division_by_zero", "line": 4 if n else None, "traps": n + 1}
    return {**event, "seq": event["seq"] + suspends, **fault, "suspends": suspends}


def _strategy(strategy_id: str, edit_id: str) -> Row:
    return {
        "strategy_id": strategy_id,
        "name": f"Name of {strategy_id}",
        "author": "ann",
        "source": "x = 1",
        "last_edit_id": edit_id,
        "deleted": False,
        "edited_offset": 1,
    }


def _version(number: int) -> Row:
    return {
        "strategy_id": "view-a",
        "source_offset": number,
        "edit_id": f"edit-{number}",
        "version": number,
        "name": "A",
        "author": "ann",
        "source": "x = 1",
        "source_sha256": "aa",
        "wasm": b"\0asm",
        "wasm_sha256": "bb",
        "language_version": "1",
        "library_version": "1",
        "params": [PARAM],
        "plots": ["ema"],
        "alerts": ["it's high"],
        "state_bytes": 80,
        "diagnostics": None,
    }


def _rejection() -> Row:
    empty = dict.fromkeys(_version(1))
    return {
        **empty,
        "strategy_id": "view-b",
        "source_offset": 3,
        "edit_id": "edit-bad",
        "diagnostics": [DIAGNOSTIC],
    }


def _deployment(deployment_id: str, active: bool) -> Row:
    return {
        "deployment_id": deployment_id,
        "strategy_id": "view-a",
        "version": 1,
        "params": {"fast": 12.0},
        "series": {"feed": "*", "symbols": ["*"], "interval": "*"},
        "author": "ann",
        "traps_max": 3,
        "rules": {"rate": 0.001},
        "active": active,
        "refusal_reason": None,
        "refusal_message": None,
    }


def _turn(n: int) -> Row:
    return {
        "conversation_id": "view-talk",
        "turn_id": f"turn-{n}",
        "posted_offset": n,
        "author": "ann",
        "text": f"question {n}",
        "reply": "",
        "reply_state": "waiting",
        "attempt": 0,
        "model": None,
        "reason": None,
        "remedy": None,
    }


def in_memory() -> MemoryReads:
    """The view in memory."""
    reads = MemoryReads()
    for table, table_rows in rows().items():
        reads.tables[table].extend(table_rows)
    return reads


def insert(url: str) -> None:
    """The view into an empty, migrated database."""
    with psycopg.connect(url) as connection:
        for table, table_rows in rows().items():
            for row in table_rows:
                if table in ("bars", "indicators"):
                    make_quarters(connection, table, row["ts"])
                statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                    sql.Identifier(table),
                    sql.SQL(", ").join(map(sql.Identifier, row)),
                    sql.SQL(", ").join(map(sql.Placeholder, row)),
                )
                connection.execute(statement, {key: _stored(value) for key, value in row.items()})


def clear(url: str) -> None:
    """Empty the tables that `insert` fills."""
    with psycopg.connect(url) as connection:
        for table in rows():
            connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(table)))


def _stored(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, list | dict) else value
