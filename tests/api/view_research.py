"""The small view's rows of research: universes, requests and their results, standing screens."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from schemas.events.fills import FillTerms
from schemas.events.universes import UniverseRule

Row = dict[str, Any]

DAY = timedelta(days=1)
START = datetime(2024, 1, 1, tzinfo=UTC)

DIAGNOSTIC = {
    "line": 1,
    "column": 1,
    "end_line": 1,
    "end_column": 4,
    "code": "unknown-name",
    "message": "foo is not defined",
    "remedy": "write close",
    "source_line": "foo",
}
PICKED = {
    "universe": "view-rule",
    "as_of": "2024-01-01T00:00:00Z",
    "matches": [
        {
            "symbol": "VIEW",
            "rank": 1,
            "ts": "2023-12-31T00:00:00Z",
            "score": 0.5,
            "signal": "none",
            "alerts": [],
            "plots": {"ema": None},
        }
    ],
    "matched": 1,
    "symbols": 1,
    "stale": {},
    "receipt": "aa",
}


def research_rows() -> dict[str, list[Row]]:
    """Rows by table."""
    return {
        "universes": [
            _universe("view-list", 0, symbols=["NOPE", "VIEW"]),
            _universe("view-list", 5, symbols=["VIEW"]),
            _universe("view-rule", 5, rule=UniverseRule(price_min=5.0).model_dump(mode="json")),
        ],
        "listings": [
            _listing("NOPE", 0, first_day=date(2024, 1, 1)),
            _listing("NOPE", 1, first_day=date(2024, 1, 1), last_day=date(2024, 1, 3)),
        ],
        "research_requests": [*(_request(n) for n in range(4)), *(_screen(n) for n in range(2))],
        "research_results": [
            {**_result(1, "completed"), "request_id": "pick-1", "report": json.dumps(PICKED)},
            _result(1, "running"),
            _result(2, "completed"),
            _result(3, "failed"),
        ],
        "research_trials": [_trial(n) for n in range(5)],
        "research_files": [{"sha256": "page", "content": b"<!doctype html>"}],
        "standing_screens": [_standing("watch-1"), _standing("watch-2", "refused")],
        "screen_closes": [_close(n) for n in range(5)],
    }


def _universe(name: str, day: int, **kind: Any) -> Row:
    return {
        "universe": name,
        "effective_at": START + day * DAY,
        "feed": "view",
        "interval": "1d",
        "symbols": None,
        "rule": None,
        "author": "ann",
        "source_offset": day,
        **kind,
    }


def _listing(symbol: str, n: int, **days: date) -> Row:
    return {
        "symbol": symbol,
        "feed": "view",
        "source_offset": n,
        "known_at": START + 3 * n * DAY,
        "sector": None,
        "calendar": "XNYS",
        "first_day": None,
        "last_day": None,
        **days,
    }


def _request(n: int) -> Row:
    return {
        "request_id": f"run-{n}",
        "queue": "batch" if n % 2 else "interactive",
        "author": "ann",
        "strategy_id": "view-a" if n else None,
        "version": 1 if n else None,
        "source": None if n else "x = 1",
        "feed": "view",
        "symbols": ["VIEW"],
        "interval": "1d",
        "begin_ts": START if n else None,
        "end_ts": None,
        "params": {"fast": 12.0},
        "rules": FillTerms().model_dump(),
        "risk_free": 0.0,
        "equity": True,
        "page": False,
        "requested_at": START + n * DAY,
        "cancel_at": None,
        "kind": "backtest",
        **dict.fromkeys(("universe", "as_of_ts", "top")),
    }


def _screen(n: int) -> Row:
    nothing = ("feed", "symbols", "interval", "begin_ts", "rules", "risk_free", "equity", "page")
    of = {"universe": "view-rule"} if n else {"symbols": ["VIEW"], "feed": "f", "interval": "1d"}
    return {
        **_request(0),
        **dict.fromkeys(nothing),
        **of,
        "request_id": f"pick-{n}",
        "requested_at": START + n * DAY,
        "kind": "screen",
        "as_of_ts": START if n else None,
        "top": 9 if n else None,
    }


def _result(n: int, state: str) -> Row:
    completed, failed = state == "completed", state == "failed"
    return {
        "request_id": f"run-{n}",
        "state": state,
        "attempt": 1,
        "done": 5,
        "total": 10,
        "started_at": START + n * DAY,
        "updated_at": START + n * DAY,
        "ended_at": START + n * DAY if completed or failed else None,
        "reason": "rejected" if failed else None,
        "message": "It does not compile." if failed else None,
        "diagnostics": [DIAGNOSTIC] if failed else None,
        "summary": {"trades": 3, "sharpe": None} if completed else None,
        "bars": 10 if completed else None,
        "wasm_sha256": "bb" if completed else None,
        "report": '{"trades": 3}' if completed else None,
        "report_sha256": "aa" if completed else None,
        "report_bytes": 13 if completed else None,
        "page_sha256": "page" if completed else None,
    }


def _standing(screen_id: str, state: str = "active") -> Row:
    refused = state == "refused"
    return {
        "screen_id": screen_id,
        "universe": "view-rule",
        "strategy_id": "view-a",
        "version": 1,
        "params": {"fast": 12.0},
        "top": 5,
        "grace_s": 1.5,
        "begin_ts": START if refused else None,
        "author": "ann",
        "registered_at": START,
        "state": state,
        "ended_at": START + DAY if refused else None,
        "reason": "params" if refused else None,
        "message": "It is too low." if refused else None,
    }


def _close(n: int) -> Row:
    matches = [
        {
            "symbol": f"S{place}",
            "ts": 1_704_067_200_000_000 + n,
            "score": 1.5 / (place + 1),
            "signal": "none",
            "alerts": ["it's high"],
            "plots": {"ema": None, "top": 2.0},
        }
        for place in range(n)
    ]
    return {
        "screen_id": "watch-1",
        "close_at": START + n * DAY,
        "members": 9,
        "symbols": 8,
        "matched": n,
        "matches": matches,
        "entered": [f"S{n - 1}"] if n else [],
        "left": [],
        "missing": ["LATE"],
        "wasm_sha256": "bb",
        "receipt": f"receipt-{n}",
    }


def _trial(n: int) -> Row:
    """Of two strategies; the last one of the first has no Sharpe ratio, and is longer."""
    return {
        "strategy_id": "view-b" if n == 4 else "view-a",
        "trial_sha256": f"{n}" * 64,
        "kind": "sweep",
        "author": "ann",
        "wasm_sha256": "ab" * 32,
        "symbols": ["VIEW"],
        "interval": "1d",
        "begin_ts": START,
        "end_ts": START + 9 * DAY,
        "params": {"fast": 12.0},
        "sharpe": None if n == 3 else 0.01 * (n + 1),
        "periods": 400 if n == 2 else 100,
        "periods_per_year": 252.0,
        "made_at": START + n * DAY,
    }
