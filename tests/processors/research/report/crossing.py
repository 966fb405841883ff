"""A report on real prices: an average crosses another, a trade a crossing, all in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from processors.research.report.report import Report
from processors.research.results import Curve, Fills, Trades
from processors.research.statistics.course import course_of
from sandbox.fills import Reason
from schemas.columns import BarColumns, Floats
from tests.sandbox.market import daily_bars

CASH = 100_000.0
FEE = 0.001
SYMBOLS = ("AAPL", "GOOG")


def crossed(symbols: tuple[str, ...] = SYMBOLS, **changes: Any) -> Report:
    """An equal part of the cash in each symbol; changes: fields of the report by name."""
    bars = tuple(daily_bars(symbol) for symbol in symbols)
    ts = np.unique(np.concatenate([each.ts for each in bars]))
    rows: list[dict[str, float]] = []
    equity, exposure, benchmark = (np.zeros(len(ts)) for _ in range(3))
    for index, each in enumerate(bars):
        cash = CASH / len(bars)
        account, held, trades = followed(each, cash)
        rows += [{"symbol": index, **trade} for trade in trades]
        at = np.searchsorted(each.ts, ts, side="right") - 1
        equity += np.where(at < 0, cash, account[at])
        exposure += np.where(at < 0, 0.0, held[at])
        benchmark += np.where(at < 0, cash, cash * each.close[at] / each.close[0])
    rows.sort(key=lambda row: (row["exit_ts"], row["symbol"]))
    curve, trades_ = Curve(ts, equity, exposure, benchmark), trades_of(rows)
    values: dict[str, Any] = {
        "title": "Two averages that cross",
        "source_name": "crossing.py",
        "description": "Long while the average of 20 days is above that of 60, all in.",
        "params": {"fast": 20, "slow": 60, "reinvest": True},
        "symbols": symbols,
        "interval": "1d",
        "period": (int(ts[0]), int(ts[-1])),
        "settings": {
            "cash": CASH,
            "commission": "0.1% of a fill",
            "slippage_bps": 0.0,
            "fills": "at the next bar's open",
        },
        "summary": summary_of(curve, trades_),
        "initial_cash": CASH,
        "curve": curve,
        "fills": fills_of(rows),
        "trades": trades_,
        "bars": bars,
        "worst_drawdowns": course_of(curve, CASH).drawdowns.worst,
        "notes": ("1 order was rejected: not enough cash.",),
    }
    return Report(**(values | changes))


def followed(bars: BarColumns, cash: float) -> tuple[Floats, Floats, list[dict[str, float]]]:
    """Account and position at each close, and the trades; fills at the next open."""
    above = np.nan_to_num(average(bars.close, 20) - average(bars.close, 60)) > 0.0
    equity, held = np.full(len(bars), cash), np.zeros(len(bars))
    units = entry = 0.0
    bought, trades = 0, []
    for bar in range(1, len(bars)):
        if above[bar - 1] and not units:
            entry, bought = bars.open[bar], bar
            units = np.floor(cash / (entry * (1.0 + FEE)))
            cash -= units * entry * (1.0 + FEE)
        elif units and not above[bar - 1]:
            cash += units * bars.open[bar] * (1.0 - FEE)
            trades.append(trade(bars, bought, bar, units, entry, bars.open[bar]))
            units = 0.0
        held[bar] = units * bars.close[bar]
        equity[bar] = cash + held[bar]
    if units:
        last = len(bars) - 1
        trades.append(trade(bars, bought, last, units, entry, bars.close[last], Reason.END))
    return equity, held, trades


def average(close: Floats, window: int) -> Floats:
    """The mean of the last window closes, nan before there are as many."""
    sums = np.cumsum(np.insert(close, 0, 0.0))
    return np.append(np.full(window - 1, np.nan), (sums[window:] - sums[:-window]) / window)


def trade(
    bars: BarColumns,
    start: int,
    stop: int,
    units: float,
    entry: float,
    exit_: float,
    reason: Reason = Reason.EXIT,
) -> dict[str, float]:
    fees = FEE * units * (entry + (exit_ if reason != Reason.END else 0.0))
    pnl = units * (exit_ - entry) - fees
    return {
        "size": units,
        "entry_ts": bars.ts[start],
        "exit_ts": bars.ts[stop],
        "entry_price": entry,
        "exit_price": exit_,
        "pnl": pnl,
        "return_": pnl / (units * entry),
        "fees": fees,
        "mae": min(bars.low[start : stop + 1].min() / entry - 1.0, 0.0),
        "mfe": max(bars.high[start : stop + 1].max() / entry - 1.0, 0.0),
        "bars_held": stop - start,
        "reason": int(reason),
    }


INTS = ("symbol", "entry_ts", "exit_ts", "bars_held", "reason", "ts")


def trades_of(rows: list[dict[str, float]]) -> Trades:
    """Columns of rows that have the names of Trades' fields."""
    names = Trades.__dataclass_fields__
    return Trades(**{name: column(name, [row[name] for row in rows]) for name in names})


def fills_of(trades: list[dict[str, float]]) -> Fills:
    """Each trade's two fills, or its first while it is open."""
    rows = []
    for each in trades:
        common = {"symbol": each["symbol"], "slippage": 0.0, "volume": 1e6}
        entry = {"ts": each["entry_ts"], "units": each["size"], "price": each["entry_price"]}
        rows.append(common | entry | {"fee": FEE, "reason": Reason.MARKET})
        if each["reason"] != Reason.END:
            exit_ = {"ts": each["exit_ts"], "units": -each["size"], "price": each["exit_price"]}
            rows.append(common | exit_ | {"fee": FEE, "reason": each["reason"]})
    rows.sort(key=lambda row: row["ts"])
    names = Fills.__dataclass_fields__
    return Fills(**{name: column(name, [row[name] for row in rows]) for name in names})


def column(name: str, values: list[float]) -> Any:
    return np.array(values, dtype=np.int64 if name in INTS else np.float64)


def summary_of(curve: Curve, trades: Trades) -> Mapping[str, float | int | None]:
    """Some statistics under the names that the platform gives them."""
    years = (curve.ts[-1] - curve.ts[0]) / 365.25 / 86_400e6
    growth = float(curve.equity[-1] / curve.equity[0])
    daily = np.diff(curve.equity) / curve.equity[:-1]
    peak = np.maximum.accumulate(curve.equity)
    won = trades.pnl[trades.closed] > 0.0
    return {
        "trades": len(won),
        "equity_final": float(curve.equity[-1]),
        "equity_peak": float(peak[-1]),
        "return_pct": 100.0 * (growth - 1.0),
        "buy_and_hold_return_pct": 100.0 * float(curve.benchmark[-1] / curve.benchmark[0] - 1.0),
        "annual_return_pct": 100.0 * (growth ** (1.0 / years) - 1.0),
        "annual_volatility_pct": 100.0 * float(daily.std() * 252**0.5),
        "max_drawdown_pct": 100.0 * float(np.min(curve.equity / peak - 1.0)),
        "max_drawdown_days": 1_012,
        "sharpe": float(daily.mean() / daily.std() * 252**0.5),
        "sqn": 2.31,
        "win_rate_pct": 100.0 * float(won.mean()),
        "profit_factor": None,
        "exposure_pct": 100.0 * float(np.mean(curve.exposure > 0.0)),
    }
