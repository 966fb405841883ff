"""What a backtest gives in, its figures by name out.

Names end in their units: _pct is in percent, _days in days of the calendar, _years in years, _paid
and expectancy in the account's currency; ratios and probabilities have none. A figure that the run
does not tell, as a win rate without trades, is None, never a zero.
"""

from __future__ import annotations

import math

from processors.research.results import Curve, Fills, Trades
from processors.research.statistics import activity, benchmark, luck, returns
from processors.research.statistics import trades as traded
from processors.research.statistics.course import Course, course_of
from processors.research.statistics.periods import DAY_US, Periods, periods_of
from schemas.columns import Floats

Figures = dict[str, float | int | None]
Found = dict[str, float | int]

ORDER = (
    *("trades", "equity_final", "equity_peak", "return_pct", "buy_and_hold_return_pct"),
    *("max_drawdown_pct", "sharpe", "sortino", "calmar", "sqn", "win_rate_pct"),
    *("profit_factor", "exposure_pct"),
    *("duration_days", "periods", "periods_per_year"),
    *("annual_return_pct", "annual_volatility_pct", "omega", "value_at_risk_pct"),
    *("conditional_value_at_risk_pct", "skewness", "kurtosis"),
    *("avg_drawdown_pct", "longest_drawdown_days", "avg_drawdown_days"),
    *("alpha_pct", "beta", "correlation", "information_ratio"),
    *("open_trades", "avg_trade_pct", "best_trade_pct", "worst_trade_pct", "expectancy"),
    *("payoff_ratio", "kelly", "consecutive_wins", "consecutive_losses"),
    *("avg_trade_bars", "longest_trade_bars", "avg_trade_days", "longest_trade_days"),
    *("fees_paid", "slippage_paid", "annual_turnover", "capacity"),
    *("probabilistic_sharpe", "min_track_record_years", "expected_max_sharpe", "deflated_sharpe"),
)


def summary(
    curve: Curve,
    fills: Fills,
    trades: Trades,
    *,
    initial_cash: float,
    risk_free: float = 0.0,
    periods_per_year: float | None = None,
    trials: luck.Trials | None = None,
    course: Course | None = None,
) -> Figures:
    """Every figure of a backtest by its name, in ORDER; None where the run does not tell it.

    course: of all bars, where the curve has not each of them. initial_cash: the account's value
    before the first bar, > 0. risk_free: a year's rate, as a fraction. periods_per_year: instead
    of the one inferred. trials: what was tried before this one was chosen; without them nothing is
    known of expected_max_sharpe and deflated_sharpe.
    """
    assert initial_cash > 0.0
    periods = periods_of(curve.ts, periods_per_year)
    account = periods.returns(curve.equity, initial_cash)
    market = periods.returns(curve.benchmark, initial_cash)
    course = course or course_of(curve, initial_cash)
    found = of_returns(account, periods, risk_free)
    found |= of_course(course, initial_cash)
    found |= of_benchmark(account, market, periods, risk_free)
    found |= of_trades(trades)
    found |= of_activity(course, fills, curve.equity[periods.last_rows], periods, initial_cash)
    found |= of_luck(found, periods, trials)
    found["buy_and_hold_return_pct"] = 100.0 * benchmark.buy_and_hold_return(
        curve.benchmark, initial_cash
    )
    found["calmar"] = returns.calmar(found["annual_return_pct"], found["max_drawdown_pct"])
    return {name: known(found[name]) for name in ORDER}


def known(figure: float | int) -> float | int | None:
    """None for what is not a number, or has no bound."""
    return figure if math.isfinite(figure) else None


def of_returns(account: Floats, periods: Periods, risk_free: float) -> Found:
    """How much the account's periods brought, and how steadily."""
    year = periods.per_year
    return {
        "periods": len(periods),
        "periods_per_year": float(year),
        "annual_return_pct": 100.0 * returns.annual_return(account, year),
        "annual_volatility_pct": 100.0 * returns.annual_volatility(account, year),
        "sharpe": returns.sharpe(account, year, risk_free),
        "sortino": returns.sortino(account, year, risk_free),
        "omega": returns.omega(account),
        "value_at_risk_pct": 100.0 * returns.value_at_risk(account),
        "conditional_value_at_risk_pct": 100.0 * returns.conditional_value_at_risk(account),
        "skewness": returns.skewness(account),
        "kurtosis": returns.kurtosis(account),
    }


def of_course(course: Course, initial_cash: float) -> Found:
    """Where the account ended, and how far it was below its peak, bar by bar."""
    found = course.drawdowns
    return {
        "equity_final": course.final,
        "equity_peak": course.peak,
        "return_pct": 100.0 * (course.final / initial_cash - 1.0) if course.n else math.nan,
        "duration_days": (course.last_ts - course.first_ts) / DAY_US if course.n else math.nan,
        "max_drawdown_pct": 100.0 * found.maximum if course.n else math.nan,
        "avg_drawdown_pct": 100.0 * found.average,
        "longest_drawdown_days": found.longest_days,
        "avg_drawdown_days": found.average_days,
    }


def of_benchmark(account: Floats, market: Floats, periods: Periods, risk_free: float) -> Found:
    """What the account's returns owe to the market's."""
    year = periods.per_year
    return {
        "alpha_pct": 100.0 * benchmark.alpha(account, market, year, risk_free),
        "beta": benchmark.beta(account, market),
        "correlation": benchmark.correlation(account, market),
        "information_ratio": benchmark.information_ratio(account, market),
    }


def of_trades(trades: Trades) -> Found:
    """How good the closed trades were."""
    closed = traded.closed_trades(trades)
    outcomes = traded.outcomes_of(closed.pnl)
    return {
        "trades": len(closed),
        "open_trades": len(trades) - len(closed),
        "win_rate_pct": 100.0 * outcomes.win_rate,
        "profit_factor": outcomes.profit_factor,
        "expectancy": outcomes.expectancy,
        "payoff_ratio": outcomes.payoff_ratio,
        "kelly": outcomes.kelly,
        "sqn": traded.sqn(closed.pnl),
        "avg_trade_pct": 100.0 * returns.average(closed.returns),
        "best_trade_pct": 100.0 * traded.largest(closed.returns),
        "worst_trade_pct": 100.0 * traded.smallest(closed.returns),
        "consecutive_wins": traded.longest_run(closed.pnl > 0.0),
        "consecutive_losses": traded.longest_run(closed.pnl < 0.0),
        "avg_trade_bars": returns.average(closed.bars),
        "longest_trade_bars": traded.largest(closed.bars),
        "avg_trade_days": returns.average(closed.days),
        "longest_trade_days": traded.largest(closed.days),
    }


def of_activity(
    course: Course, fills: Fills, equity: Floats, periods: Periods, initial_cash: float
) -> Found:
    """How much was invested and traded, what that cost, and how much more there is room for.
    equity: at the periods' ends."""
    return {
        "exposure_pct": 100.0 * activity.exposure(course),
        "annual_turnover": activity.annual_turnover(fills, equity, periods.years),
        "capacity": activity.capacity(fills, initial_cash),
        "fees_paid": traded.fees_paid(fills),
        "slippage_paid": traded.slippage_paid(fills),
    }


def of_luck(found: Found, periods: Periods, trials: luck.Trials | None) -> Found:
    """How likely the Sharpe ratio is more than luck; what is expected of luck is annualised."""
    n, year = len(periods), periods.per_year
    sharpe = found["sharpe"] / math.sqrt(year)
    skewness, kurtosis = found["skewness"], found["kurtosis"]
    maximum = deflated = math.nan
    if trials is not None:
        maximum = luck.expected_maximum_sharpe(trials.count, trials.sharpe_variance)
        deflated = luck.deflated_sharpe(
            sharpe,
            n,
            skewness,
            kurtosis,
            count=trials.count,
            sharpe_variance=trials.sharpe_variance / year,
        )
    return {
        "probabilistic_sharpe": luck.probabilistic_sharpe(sharpe, n, skewness, kurtosis),
        "min_track_record_years": luck.minimum_track_record(sharpe, skewness, kurtosis) / year,
        "expected_max_sharpe": maximum,
        "deflated_sharpe": deflated,
    }
