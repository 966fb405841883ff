"""Statistics, settings and amounts as text: a title from a name, a figure by its unit."""

from __future__ import annotations

from math import floor, isfinite, log10

from processors.research.report.report import Figure, Setting

UNDEFINED = "–"
TITLES = {
    "equity_final": "Final equity",
    "equity_peak": "Peak equity",
    "equity_low": "Lowest equity",
    "buy_and_hold_return_pct": "Buy & hold return",
    "sharpe": "Sharpe ratio",
    "sortino": "Sortino ratio",
    "calmar": "Calmar ratio",
    "return_pct": "Total return",
    "exposure_pct": "Time in the market",
}
WORDS = {
    **{word: word.upper() for word in ("sqn", "cagr", "mae", "mfe")},
    "pnl": "P&L",
    "var": "VaR",
    "cvar": "CVaR",
    "max": "max.",
    "min": "min.",
    "avg": "average",
}
# How the last word of a name, its unit, is told: beside the figure or after the title.
SIGNS = {"pct": "%"}
UNITS = {
    **{unit: unit for unit in ("days", "hours", "minutes", "bars", "years", "months", "bps")},
    "s": "seconds",
    "ms": "milliseconds",
}


def title(name: str) -> str:
    """What a statistic is called: `max_drawdown_days` is "Max. drawdown, days"; a name that is
    not known is its words."""
    if name in TITLES:
        return TITLES[name]
    words = name.split("_")
    unit = words[-1] if len(words) > 1 else ""
    if unit in SIGNS or unit in UNITS:
        words = words[:-1]
    told = " ".join(WORDS.get(word, word) for word in words if word)
    told = told[:1].upper() + told[1:]
    return f"{told}, {UNITS[unit]}" if unit in UNITS else told


def figure(name: str, value: Figure) -> str:
    """A statistic's value with the sign of its unit; a dash where it is undefined."""
    if value is None or not isfinite(value):
        return UNDEFINED
    sign = SIGNS.get(name.rpartition("_")[2], "")
    return f"{integer(value) if isinstance(value, int) else amount(value)}{sign}"


def setting(value: Setting) -> str:
    """A setting or a parameter as it was given: yes and no, text, or the shortest number."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return _minus(f"{value:,}" if isinstance(value, int) else f"{value:,.12g}")


def integer(value: float) -> str:
    return _minus(f"{value:,.0f}")


def amount(value: float) -> str:
    """Two places and thousands apart; three digits of what would round to nothing."""
    if not isfinite(value):
        return UNDEFINED
    small = 0.0 < abs(value) < 0.005
    return _minus(f"{value:,.3g}" if small else f"{value:,.2f}")


def percent(fraction: float | None, places: int = 2) -> str:
    """A fraction as a percentage; a dash where there is none."""
    if fraction is None or not isfinite(fraction):
        return UNDEFINED
    return _minus(f"{fraction * 100.0:,.{places}f}%")


def price(value: float) -> str:
    """Two places, and below one hundred as many as show five digits, but no more than ten."""
    if not isfinite(value):
        return UNDEFINED
    places = 2 if value == 0.0 else min(max(4 - floor(log10(abs(value))), 2), 10)
    return _minus(f"{value:,.{places}f}")


def _minus(number: str) -> str:
    """With the minus that is as wide as a digit, and none before a zero."""
    if number.startswith("-") and not number.strip("-0.,%"):
        return number[1:]
    return number.replace("-", "−")
