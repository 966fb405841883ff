"""A report as one JSON object: the statistics flat at the top, then how they came about."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson

from processors.research.report.reasons import in_words
from processors.research.report.report import Report
from processors.research.report.times import rfc3339
from processors.research.results import Trades

OWN_KEYS = {
    *("title", "strategy", "description", "params", "settings", "symbols", "interval"),
    *("from", "to", "notes", "trade_list", "equity"),
}


def as_json(report: Report, *, equity: bool = False) -> bytes:
    """The report as a JSON object in UTF-8 with a newline at its end; the same report gives
    the same bytes.

    The summary's keys come first, as they are named there; `trades` is a count. Then `title`,
    `strategy`, `description`, `params`, `settings`, `symbols`, `interval`, `from`, `to`,
    `notes` and `trade_list`: an object a trade, in the order of the exits, and with equity
    `equity`: pairs of time and account. Times are RFC 3339 in UTC, `_pct` is per cent. What is
    undefined, not a number or infinite is null.
    """
    clash = OWN_KEYS & report.summary.keys()
    assert not clash, f"statistics under names that the report uses: {sorted(clash)}"
    first, last = rfc3339(np.array(report.period))
    whole: dict[str, Any] = {
        **report.summary,
        "title": report.title,
        "strategy": report.source_name,
        "description": report.description,
        "params": dict(report.params),
        "settings": dict(report.settings),
        "symbols": list(report.symbols),
        "interval": report.interval,
        "from": first,
        "to": last,
        "notes": list(report.notes),
        "trade_list": trade_list(report.trades, report.symbols),
    }
    if equity:
        curve = report.curve
        whole["equity"] = list(zip(rfc3339(curve.ts), curve.equity.tolist(), strict=True))
    # orjson writes NaN and infinities as null.
    return orjson.dumps(whole, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)


def trade_list(trades: Trades, symbols: tuple[str, ...]) -> list[dict[str, Any]]:
    """An object a trade; `reason` is the exit's in lower-case words, "end" while it is open."""
    columns: dict[str, list[Any]] = {
        "symbol": [symbols[index] for index in trades.symbol],
        "size": trades.size.tolist(),
        "entry_time": rfc3339(trades.entry_ts),
        "exit_time": rfc3339(trades.exit_ts),
        "entry_price": trades.entry_price.tolist(),
        "exit_price": trades.exit_price.tolist(),
        "pnl": trades.pnl.tolist(),
        "return_pct": (trades.return_ * 100.0).tolist(),
        "fees": trades.fees.tolist(),
        "mae_pct": (trades.mae * 100.0).tolist(),
        "mfe_pct": (trades.mfe * 100.0).tolist(),
        "bars_held": trades.bars_held.tolist(),
        "reason": in_words(trades.reason),
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
